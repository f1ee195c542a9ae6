//! Objective-C runtimes, and nothing else: no Metal, and no system but for what `agx-fix-platform` offers.
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
//! - [`block`]: callbacks in the layout of Apple's blocks, without captures.
//! - [`callback`]: blocks of the application, kept to be called later.

pub mod abi;
pub mod associated;
pub mod block;
pub mod callback;
pub mod class_builder;
pub mod encoding;
pub mod exception;
pub mod memory;
pub mod message;
pub mod runtime;
pub mod types;

pub use message::send;
pub use types::{Class, Id, Imp, Method, Sel};
