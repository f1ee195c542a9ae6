//! What the operating system gives, and the only crate with a `cfg` on the system for it. It knows no Objective-C and no Metal.
//!
//! - [`threads`]: numbers and names of threads.
//! - [`parking`]: waiting until a word changes, and waking who waits.
//! - [`fences`]: a cheap fence whose other side is expensive.
//! - [`fork`]: mutexes that a forked child finds free, and handlers around a fork.
//! - [`process`]: symbols, libraries, the log, exit handlers, rights.
//!
//! `linux` and `apple` implement the same functions for the modules above. The crate depends on no other crate of the project.
//! The functions of [`threads`], [`parking`] and [`fences`] have the signatures of the guard's trait `Platform`, so that
//! whoever makes a guard implements the trait by naming them.

pub mod fences;
pub mod fork;
pub mod parking;
pub mod process;
pub mod threads;

#[cfg(target_vendor = "apple")]
#[path = "apple/mod.rs"]
mod system;
#[cfg(not(target_vendor = "apple"))]
#[path = "linux.rs"]
mod system;

pub use fences::{heavy_fence, light_fence, prepare_fences};
pub use parking::{wait, wait_for_owner, wake_all, wake_one};
pub use process::{at_exit, is_privileged, load_library, log, pin_library, symbol, symbol_behind};
pub use threads::{known_thread_id, thread_id, thread_name};
