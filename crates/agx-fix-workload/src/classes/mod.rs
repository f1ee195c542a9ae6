//! The crash classes that users report, one small program for each way into them. A program has one or two threads,
//! breaks one rule of Metal once, at a point that barriers fix, and checks the numbers of all work that it encoded.
//!
//! Where a thread is meant to be waiting inside the guard, nothing tells the other threads so; they give it a bounded
//! time of grace ([`scene::grace`]). Too short a grace makes the misuse not happen, and the run shows less; it never
//! makes a good run a bad one.
//!
//! - `program`: the list of programs; `scene`: what they share;
//! - `second_encoder` (class 1), `committed` (2), `open_commit` (3), `ended` (4), `released` (5), `inside` (7);
//! - `kinds`: classes 2 and 3 with parallel render encoders and with Metal 4.
//!
//! Classes 6 (a framework's own maps) and 8 (teardown of the process) are not Metal's, and have no program.

mod committed;
mod ended;
mod inside;
mod kinds;
mod open_commit;
mod program;
mod released;
mod scene;
mod second_encoder;

pub use program::Program;

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
    /// Operations whose numbers were looked at.
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

/// What a program says of itself, beside the numbers of its operations.
#[derive(Debug, Default)]
struct Remarks {
    complaints: Vec<String>,
    unsupported: Option<String>,
}

impl Remarks {
    fn unsupported(what: &str) -> Self {
        Self { unsupported: Some(what.to_owned()), ..Self::default() }
    }
}

/// Runs a program once, in this process, which it is meant to crash where the driver is not protected.
///
/// # Errors
/// Why it could not begin, or what Metal refused on the way.
pub fn run_class(program: Program, seed: u64) -> Result<ClassOutcome, Failure> {
    // Loads the Objective-C runtime, without which there are no pools either.
    let device = Device::system_default().map_err(Failure::NoMetal)?;
    let outcome = autorelease_pool(|| {
        let scene = Scene::new(device, program.operations(), seed)?;
        let remarks = play(program, &scene)?;
        let count = if remarks.unsupported.is_none() { scene.count() } else { Default::default() };
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

fn play(program: Program, scene: &Scene) -> Result<Remarks, Failure> {
    match program {
        Program::EncoderOtherThread => second_encoder::other_thread(scene),
        Program::BlitOtherThread => second_encoder::blit_of_other_thread(scene),
        Program::EncoderSameThread => second_encoder::same_thread(scene),
        Program::SecondCommit => committed::second_commit(scene),
        Program::LateHandler => committed::late_handler(scene),
        Program::EncoderAfterCommit => committed::encoder_after_commit(scene),
        Program::SecondEnd => kinds::ended_twice(scene),
        Program::CommitThenEnd => open_commit::ended_in_time(scene),
        Program::CommitNeverEnded => open_commit::ended_too_late(scene),
        Program::CommitSameThread => open_commit::same_thread(scene),
        Program::EventThenEnd => open_commit::event(scene),
        Program::MakerFirst => kinds::maker_ended_first(scene),
        Program::OwnLeftOpen => kinds::own_left_open(scene),
        Program::EndWithOpen => kinds::ended_with_encoder_open(scene),
        Program::LateCall => ended::late_call(scene),
        Program::FreedInFlight => ended::freed_in_flight(scene),
        Program::ReleasedOpen => released::then_committed(scene),
        Program::Abandoned => released::with_its_buffer(scene),
        Program::TwoThreads => inside::two_threads(scene),
    }
}
