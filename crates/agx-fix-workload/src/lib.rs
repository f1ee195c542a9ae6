//! A Metal client: the workload that the stress test, the benchmark and the tests run. The same source runs on a
//! Mac's Metal and on the simulator.
//!
//! [`run`] makes the Metal objects and the expected numbers, starts the threads of one [`Scenario`], and compares every output
//! afterwards. Outputs begin as sentinels: an operation whose work never reached the GPU (*lost*) leaves them, and one that
//! was computed from other arguments (*wrong*) does not. Each thread has an input of its own, so that a thread's work done with
//! another thread's input shows as wrong.
//!
//! - `gpu`: device, queue, layers; `own_encoder`, `shared_encoder`: the scenarios (the latter without its lock is
//!   `torn-encoder`);
//! - `stream`, `pace`: what the threads of the latter share, and how its races are made to happen;
//! - `expected`: the numbers, computed independently, and the verdict; `random`: where they come from;
//! - [`team`]: threads that begin together;
//! - `encoder_kind`: the kinds of encoder, what makes them and what they take; `named`: enums as text;
//! - `calls`: open encoders, on which the cost of a call is measured ([`Stage`]);
//! - `classes`: small programs for the crash classes that users report ([`run_class`]); `soak`: random
//!   interleavings of their misuses ([`soak()`]); `programs`: random programs on shared encoders, compared with the same
//!   programs on encoders of their own ([`programs()`]).

#![forbid(unsafe_code)]

mod calls;
mod classes;
mod config;
mod encoder_kind;
mod expected;
mod gpu;
mod outcome;
mod own_encoder;
mod pace;
mod programs;
mod random;
mod shared_encoder;
mod soak;
mod stream;
pub mod team;

use agx_fix_interface::Document as _;
use agx_fix_interface::findings::Findings;
use agx_fix_interface::statistics::Statistics;
use agx_fix_metal::Device;
use agx_fix_metal::injected;
use agx_fix_objc::memory::autorelease_pool;
pub use calls::Stage;
pub use classes::{ClassConfig, ClassOutcome, Program, run_class};
pub use config::{Batching, Config, Model, Scenario};
pub use encoder_kind::EncoderKind;
pub use outcome::{Failure, Outcome};
pub use programs::{ProgramsConfig, ProgramsOutcome, programs};
pub use soak::{KindOutcome, SoakConfig, SoakOutcome, resident_kib, soak};

/// What a scenario counts.
struct Tally {
    encoders: u64,
    count: expected::Count,
    seconds: f64,
}

/// Runs the workload once, in this process: with a driver that has no protection, `shared-encoder` may crash it.
///
/// # Errors
/// Why the run could not begin, or what Metal refused on the way.
pub fn run(config: &Config) -> Result<Outcome, Failure> {
    // Loads the Objective-C runtime, without which there are no pools either.
    let device = Device::system_default().map_err(Failure::NoMetal)?;
    let tally = autorelease_pool(|| {
        let gpu = gpu::Gpu::new(device, config.model, config.batching.queues, config.seed)?;
        match config.scenario {
            Scenario::OwnEncoder => own_encoder::run(&gpu, config),
            Scenario::SharedEncoder | Scenario::TornEncoder => shared_encoder::run(&gpu, config),
        }
    })?;
    Ok(Outcome {
        operations: config.threads as u64 * config.ops as u64,
        encoders: tally.encoders,
        lost: tally.count.lost,
        wrong: tally.count.wrong,
        seconds: tally.seconds,
        statistics: statistics()?,
    })
}

/// What the injected library has counted so far; `None` without one.
fn statistics() -> Result<Option<Statistics>, Failure> {
    let json = injected::statistics_json();
    json.map(|json| Statistics::from_json(&json))
        .transpose()
        .map_err(|flaw| Failure::Statistics(flaw.to_string()))
}

/// What the injected library has found so far; `None` without one.
fn findings() -> Result<Option<Findings>, Failure> {
    let json = injected::findings_json();
    json.map(|json| Findings::from_json(&json))
        .transpose()
        .map_err(|flaw| Failure::Findings(flaw.to_string()))
}
