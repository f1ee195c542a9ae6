//! What the injected library and the tool say to each other: the environment options that the tool sets and the
//! library reads, and the statistics, findings, coverage and notices that the library writes and the tool reads.

pub mod coverage;
pub mod document;
pub mod findings;
pub mod notice;
pub mod options;
pub mod statistics;
pub mod waits;

pub use document::Document;
