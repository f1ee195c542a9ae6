//! What the tool `agx-fix` and the laboratory `agx-fix-lab` share: from subjects and contenders to a verdict, a table and a
//! file.
//!
//! - `contender`: what is compared; `child`: one job in a process of its own, the child's side; `run`: the parent's side, and
//!   what became of a run; `supervise`: the process itself; `crash`: why it died;
//! - `tool`, `inject`: what a child is made of: this program, the library, the simulator;
//! - `session`: set up, progress, and the end on a signal;
//! - `verdict`: how a condition came out; `provenance`: what every result names, and the heading that says it;
//! - `grid`, `numbers`, `document`, `destination`, `output`: results for people and as files;
//! - `bench`, `call_cost`: what the samples of a measurement come to, for `agx-fix-lab bench` and `calls` and for
//!   `agx-fix report`.
//!
//! Without the feature `runs` there are only `document`, `error` and `supervise`: what `xtask` uses.

#![forbid(unsafe_code)]

#[cfg(feature = "runs")]
pub mod bench;
#[cfg(feature = "runs")]
pub mod call_cost;
#[cfg(feature = "runs")]
pub mod child;
#[cfg(feature = "runs")]
pub mod contender;
#[cfg(feature = "runs")]
pub mod crash;
#[cfg(feature = "runs")]
pub mod destination;
pub mod document;
pub mod error;
#[cfg(feature = "runs")]
pub mod grid;
#[cfg(feature = "runs")]
pub mod inject;
#[cfg(feature = "runs")]
pub mod numbers;
#[cfg(feature = "runs")]
pub mod output;
#[cfg(feature = "runs")]
pub mod provenance;
#[cfg(feature = "runs")]
pub mod run;
#[cfg(feature = "runs")]
pub mod session;
pub mod supervise;
#[cfg(feature = "runs")]
pub mod tool;
#[cfg(feature = "runs")]
pub mod verdict;
