//! What the samples of a measurement come to: tables, ratios with intervals, and the paper's figures beside them.
//! `agx-fix-lab bench` measures, `agx-fix report` shows.
//!
//! - `file`: the file of `--json`; `interval`, `tables`: from samples to figures;
//! - `model`: the paper's figures, and the modelled GPU with its fit to them;
//! - `render`, `paper_side`, `sweep`: the figures for people.

pub mod file;
pub mod interval;
pub mod model;
pub mod paper_side;
pub mod render;
pub mod sweep;
pub mod tables;

/// Results made up for tests.
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
