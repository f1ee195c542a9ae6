//! Whole scenarios of a guard above a driver in a few lines, on random schedules by shuttle. `cargo xtask verify` runs them; by
//! hand:
//!
//! ```text
//! RUSTFLAGS="--cfg shuttle" cargo test --release --package agx-fix-guard --test shuttle -- --nocapture
//! ```
//!
//! A schedule that fails is printed. `AGX_SHUTTLE_SCHEDULE`, set to it, replays it in place of the random ones:
//! `AGX_SHUTTLE_SCHEDULE=91... cargo test ... --test shuttle NAME`, with the name of the test that failed.
//!
//! Half of the schedules take a random step each time; the other half are those of "probabilistic concurrency testing", which
//! find bugs of few ordered steps with known probability. Memory is sequentially consistent here: that is loom's part.

#![cfg(shuttle)]

mod checker;
#[path = "../common/checks.rs"]
mod checks;
mod driver;
mod platform;
mod scenarios;
