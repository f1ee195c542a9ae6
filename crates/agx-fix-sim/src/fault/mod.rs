//! How the driver fails: by a hardware fault at a named place, or by a failed assertion.
//!
//! - [`access`]: loads and stores that fault at the same address in every build.
//! - [`site`]: the names of the places, and the place where a thread is.
//! - [`report`]: lines on stderr, assertions.
//! - [`signals`]: one line about a fatal signal.

pub(crate) mod access;
pub(crate) mod report;
pub(crate) mod signals;
pub(crate) mod site;
