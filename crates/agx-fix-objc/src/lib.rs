//! The only crate that touches an Objective-C runtime, and the only one with a `cfg` on the platform.
//!
//! Above this crate there is one contract; below it there are two runtimes: Apple's `libobjc`, linked, on macOS,
//! and GCC's `libobjc.so.4`, loaded at run time, on Linux (where a process that never meets an Objective-C object
//! never loads it). Each module says what it adds:
//!
//! - [`types`]: object, class, selector, method and implementation as plain words, no ownership.
//! - [`runtime`]: look-ups and [`runtime::replace_method`], with Apple's semantics on both runtimes.
//! - [`message`]: typed message sends.
//! - [`abi`]: the argument types of Metal's methods and their type encodings.
//! - [`encoding`]: reading type encodings, to check a signature before a method is hooked.
//! - [`memory`]: retain, release and autorelease pools.
//! - [`class_builder`]: registering classes of one's own.
//! - [`exception`]: throwing Objective-C exceptions.
//! - [`associated`]: associated objects, emulated on GCC's runtime, which has none.
//! - [`platform`]: thread identity, waiting on a word, fork handlers, symbols, library pinning.
//! - [`block`]: callbacks in the layout of Apple's blocks, without captures.
//! - [`callback`]: blocks that somebody handed in, kept to be called later.
//! - [`metal`]: a Metal client, as owned references.
//! - [`injected`]: the statistics and the coverage of an injected agx-fix library.
//! - [`simulated`]: what the simulated driver has counted.
//!
//! The macro [`interpose_metal!`] places what an injected library needs in its image.

pub mod abi;
pub mod associated;
pub mod block;
pub mod callback;
pub mod class_builder;
pub mod encoding;
pub mod exception;
pub mod injected;
mod interpose;
pub mod memory;
pub mod message;
pub mod metal;
pub mod platform;
pub mod runtime;
pub mod simulated;
pub mod types;

pub use interpose::__private;
pub use message::send;
pub use types::{Class, Id, Imp, Method, Sel};
