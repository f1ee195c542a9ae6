//! The hooks: which methods are replaced, the functions that replace them, and their installation from live objects.
//!
//! - [`table`]: THE hook table. A row is a selector, a signature and an action.
//! - `trampoline`: the replacing functions, made from the rows' signatures.
//! - `action`: what a trampoline does around the original; `quick`: the short way, which nearly all calls go.
//! - `classes`: the originals of each hooked class, found in constant time.
//! - `coverage`: what became of each row in each class.
//! - `install`: hooking a class when its first object is seen.
//! - `associated`: the report's own design, kept as a measured baseline.
//! - `settings`, `report`: options as the hot path reads them; what is said, and the statistics.
//!
//! The hooks hold no policy: which call may go to the driver is the guard's to say.

mod action;
mod associated;
mod classes;
mod coverage;
mod findings;
mod handlers;
mod host;
mod install;
mod quick;
mod report;
mod retention;
mod settings;
pub mod table;
mod trampoline;
mod wrapping;

pub use coverage::coverage;
pub use findings::findings;
pub use install::{device_seen, install_from_probe, is_installed};
pub use report::{reset_statistics, statistics};
pub use settings::configure;

/// In a forked child: locks that belong to threads which do not live on are free again.
pub fn after_fork_in_child() {
    let (before, after) = agx_fix_objc::platform::renumber_after_fork();
    host::GUARD.after_fork(before, after);
}
