//! What the samples of a measurement come to: tables, ratios with intervals, and the paper's figures beside them.
//! `agx-fix-lab bench` measures; `agx-fix report` shows. The file is `agx_fix_interface::bench`.
//!
//! - `interval`, `tables`: from samples to figures; `figures`: the paper's own;
//! - `model`: the modelled GPU and its fit to the paper;
//! - `render`, `paper_side`, `sweep`, `chart`: the figures for people.

mod chart;
pub mod figures;
pub mod interval;
pub mod model;
pub mod paper_side;
pub mod render;
pub mod sweep;
pub mod tables;

pub use render::{Section, contention, load, model, throughput, what_was_run, work};

use agx_fix_interface::bench::Shape;
use agx_fix_workload::{Batching, Model};

/// The shape as files have it.
pub const fn shape_of(model: Model, batching: Batching) -> Shape {
    let Model { input, hidden, batch } = model;
    let Batching { dispatches, encoders, queues } = batching;
    Shape { input, hidden, batch, dispatches, encoders, queues }
}

/// Results made up for tests.
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
