//! The crash classes that users report, one small program for each way into them. A program has one or two threads,
//! breaks one rule of Metal once, at a point that barriers fix, and checks the numbers of all work that it encoded.
//!
//! A thread that waits inside the guard cannot tell the other thread so. The other thread gives it a bounded time
//! ([`scene::grace`]). If that is too short, the misuse does not happen and the run shows less; a good run never becomes a bad
//! one.
//!
//! - `program`: the table of programs; `scene`: what they share;
//! - `open` (classes 1 and 3), `committed` (2), `ended` (4, 5 and 7);
//! - `kinds`: classes 2 and 3 with parallel render encoders and with Metal 4.
//!
//! Classes 6 (a framework's own maps) and 8 (teardown of the process) are not Metal's, and have no program.

mod committed;
mod ended;
mod kinds;
mod open;
mod program;
mod scene;

pub use program::Program;

use crate::expected::Count;
use crate::outcome::Failure;
use crate::{findings, statistics};
use agx_fix_interface::findings::Findings;
use agx_fix_interface::statistics::Statistics;
use agx_fix_metal::Device;
use agx_fix_objc::memory::autorelease_pool;
use scene::Scene;
use serde::{Deserialize, Serialize};

/// The outcome of one program that came to its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassOutcome {
    /// Operations whose numbers were checked.
    pub operations: u64,
    /// Operations whose output was never written.
    pub lost: u64,
    /// Operations whose output was written with anything but the expected numbers.
    pub wrong: u64,
    /// What else was not as it should be, each in one sentence.
    pub complaints: Vec<String>,
    /// What this driver lacks, so that the program did nothing.
    pub unsupported: Option<String>,
    /// What the injected library counted; `None` without the library.
    pub statistics: Option<Statistics>,
    /// What the injected library found; `None` without the library.
    pub findings: Option<Findings>,
}

/// Which program, and the seed of its numbers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the sentence above says it")]
pub struct ClassConfig {
    pub program: Program,
    pub seed: u64,
}

/// Runs a program once, in this process, which it is meant to crash where the driver is not protected.
///
/// # Errors
/// Why it could not begin, or what Metal refused on the way.
pub fn run_class(&ClassConfig { program, seed }: &ClassConfig) -> Result<ClassOutcome, Failure> {
    // Loads the Objective-C runtime, without which there are no pools either.
    let device = Device::system_default().map_err(Failure::NoMetal)?;
    let outcome = autorelease_pool(|| {
        let scene = Scene::new(device, program.operations(), seed)?;
        let remarks = program.play(&scene)?;
        let count = if remarks.unsupported.is_none() { scene.count() } else { Count::default() };
        Ok(ClassOutcome {
            operations: scene.operations.len() as u64,
            lost: count.lost,
            wrong: count.wrong,
            complaints: remarks.complaints,
            unsupported: remarks.unsupported,
            ..ClassOutcome::default()
        })
    })?;
    Ok(ClassOutcome { statistics: statistics()?, findings: findings()?, ..outcome })
}
