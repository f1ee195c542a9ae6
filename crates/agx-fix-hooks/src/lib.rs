//! The hooks: which methods are replaced, the functions that replace them, and their installation from live objects.
//!
//! - [`table`]: THE hook table. A row is a selector, a signature and an action.
//! - `trampoline`: the replacing functions, made from the rows' signatures.
//! - `action`: what a trampoline does around the original; `fast_path`: the path that nearly all calls take.
//! - `classes`: the originals of each hooked class, found in constant time.
//! - `coverage`: what became of each row in each class.
//! - `install`: hooking a class when its first object is seen.
//! - `contended`: which labels were waited for;
//! - `isolation`: bindings for each thread, and late work done elsewhere.
//! - `associated`: the report's own design, kept as a measured baseline.
//! - `fork`: the locks of the cold paths, and what a fork does about all locks.
//! - `settings`, `report`: options as the hot path reads them; what is said, and the statistics.
//!
//! The hooks hold no policy: which call may go to the driver is the guard's to say.

mod action;
mod associated;
mod classes;
mod contended;
mod coverage;
mod fast_path;
mod findings;
mod fork;
mod handlers;
mod host;
mod install;
mod isolation;

mod report;
mod retention;
mod settings;
pub mod table;
mod trampoline;
mod wrapping;

pub use coverage::coverage;
pub use findings::findings;
pub use fork::survive_forks;
pub use install::{class_count, device_seen, install_from_probe, is_installed, tell_of_classes};
pub use report::{reset_statistics, statistics};
pub use settings::configure;
