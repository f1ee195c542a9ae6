//! What the tool `agx-fix` and the laboratory `agx-fix-lab` share. They run subjects under contenders, each in a process of its
//! own, and make a verdict, tables and files of what comes of it.
//!
//! - `contender`: what is compared;
//! - `child`: a run, the child's side; `run`: the parent's side; `supervise`: the child process; `crash`: why it died;
//! - `inject`: what a child is made of: this program, the library, the simulator;
//! - `session`: runs in turn, progress, and the end on a signal;
//! - `verdict`: how a condition came out; `provenance`: what every result names, and the heading that says it;
//! - `grid`, `numbers`, `output`: results for people and as files;
//! - `bench`, `call_cost`: what the samples of a measurement come to, for `agx-fix-lab bench` and `calls` and for
//!   `agx-fix report`.

#![forbid(unsafe_code)]

pub mod bench;
pub mod call_cost;
pub mod child;
pub mod contender;
pub mod crash;
pub mod error;
pub mod grid;
pub mod inject;
pub mod numbers;
pub mod output;
pub mod provenance;
pub mod run;
pub mod session;
pub mod supervise;
pub mod verdict;
