//! The vocabulary of agx-fix: words that guard, hooks, record, tool and laboratory share.
//!
//! This crate is the ground floor: tables and small enums. It depends on nothing, calls nothing and allocates nothing.
//!
//! - [`call`]: what a call does to the object that it is made on;
//! - [`crash`]: the eight kinds of crash that users report;
//! - [`finding`]: the classes of findings, a row each;
//! - [`policy`]: what the library does, and the presets that users choose from.

#![forbid(unsafe_code)]
#![no_std]

pub mod call;
pub mod crash;
pub mod finding;
mod named;
pub mod policy;

pub use call::{Call, CallId, CallKind, Phase};
pub use crash::CrashClass;
pub use finding::{FindingClass, Outcome};
pub use named::Named;
pub use policy::{Bindings, Late, LockScope, Misuse, Policy, Preset};
