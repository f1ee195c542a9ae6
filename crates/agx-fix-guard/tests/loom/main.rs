//! The guard's kernel, model-checked by loom: every interleaving of two or three threads within a bound on preemptions, and
//! every value that a relaxed load may see. `cargo xtask verify` runs it; by hand:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test --release --package agx-fix-guard --test loom -- --nocapture
//! ```
//!
//! With `AGX_VERIFY_LONG` the bounds are higher; `LOOM_MAX_PREEMPTIONS` sets one for all.
//!
//! A model asserts invariants, cited by number. For each protection there is a test in which the same model runs without it
//! and must fail, with the assertion that is meant.
//!
//! What loom does not see: it takes sequentially consistent accesses for acquire and release, so [`agx_fix_guard::model`]
//! adds fences to them; and the owner's light fence and the sleeper's heavy one (membarrier on Linux) are both modelled as
//! sequentially consistent fences, which is what the pair promises.

#![cfg(loom)]

mod checker;
#[path = "../common/checks.rs"]
mod checks;
mod driver;
mod fork;
mod lives;
mod platform;
mod sleeping;
mod table;
mod together;
