//! The hooks: which methods are replaced, the functions that replace them, and their installation from live objects.
//!
//! The hooks decide nothing about who may go to the driver: that is the guard's part. No file knows a floor above its own;
//! the lowest comes first:
//!
//! - [`table`]: the hook table, as data. A row is a selector, a signature and an action.
//! - `settings`: the options as calls read them.
//! - `classes`: the originals of each hooked class, found in constant time.
//! - `say`, `labels`, `findings`: the observers, which hear of hooked classes, contention, long waits and findings.
//! - `guard`: the guard of this process, which tells the observers.
//! - `handlers`, `retention`, `wrapping`: command buffers' handlers, encoders' lives, wrappers of validation layers.
//! - `paper`: the paper's own designs, which are measured baselines.
//! - `coverage`, `install`: what became of each row in each class; hooking a class when its first object is seen.
//! - `isolation`: bindings for each thread, and late work done elsewhere.
//! - `action`, `fast_path`: the slow and the fast path around an original.
//! - `trampoline`: the replacing functions, made from the rows' signatures.
//! - `statistics`: the counts and findings of this process.

mod action;
mod classes;
mod coverage;
mod fast_path;
mod findings;
mod guard;
mod handlers;
mod install;
mod isolation;
mod labels;
mod paper;
mod retention;
mod say;
mod settings;
mod statistics;
pub mod table;
mod trampoline;
mod wrapping;

use agx_fix_objc::Id;

pub use coverage::{class_count, coverage, is_installed};
pub use guard::{configure, survive_forks};
pub use install::tell_of_classes;
pub use statistics::{findings, reset_statistics, statistics};

/// A device that Metal is about to hand to the application.
///
/// # Safety
/// `device` is a live Metal device.
pub unsafe fn device_seen(device: Id) {
    install::replace_by(&trampoline::TRAMPOLINES);
    // SAFETY: a live device, as the caller says.
    unsafe { install::device_seen(device) };
}

/// Hooks what the system's default device is made of, for a library that was loaded after the application had made its own.
/// False if there is no Metal here.
pub fn install_from_probe() -> bool {
    install::replace_by(&trampoline::TRAMPOLINES);
    install::from_probe()
}
