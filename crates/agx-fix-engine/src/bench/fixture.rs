//! A measurement made up for tests.

use super::file::{Bench, Counts, Options, SCHEMA, Sample, Shape, Step, Sweep};
use super::model::{self, COUNTED_THREADS};
use super::{interval, tables};
use crate::call_cost::{AccessPattern, CallCost, Case, Subject};
use crate::provenance::{Driver, Machine, Provenance};
use agx_fix_interface::waits::Waits;

/// As if `per-encoder` had half the throughput and `associated-object` the same, with the paper's counts.
fn samples() -> Vec<Sample> {
    let sample = |contender: &str, round: u32, threads: usize| Sample {
        contender: contender.to_owned(),
        round,
        threads,
        seed: 1,
        operations: threads as u64 * 50,
        encoders: threads as u64 * 100,
        seconds: (0.02 + 0.001 * f64::from(round)) * if contender == "per-encoder" { 2.0 } else { 1.0 },
        counts: (contender != "unguarded").then_some(Counts {
            acquisitions: 6 * 50 * threads as u64,
            contentions: u64::from(round),
            mutex_creations: 2 * 50 * threads as u64,
            waits: Waits::new([(1_279, u64::from(round))], 1_250),
        }),
    };
    let rounds = (0..3).flat_map(|round| [1, 8].map(|threads| (round, threads)));
    rounds.flat_map(|(round, threads)| NAMES.map(|name| sample(name, round, threads))).collect()
}

/// The contenders of [`bench()`].
pub const NAMES: [&str; 3] = ["unguarded", "associated-object", "per-encoder"];

/// A result without a sweep and without calls.
pub fn bench() -> Bench {
    let options = Options {
        iterations: 3,
        threads: vec![1, 8],
        ops: 50,
        counted_threads: COUNTED_THREADS,
        shape: Shape::SMALL,
        seed: 1,
        limit_seconds: 10,
    };
    let (samples, method) = (samples(), interval::method(500, 1));
    Bench {
        schema: SCHEMA.to_owned(),
        provenance: Provenance {
            version: "0.1.0".to_owned(),
            commit: "abc".to_owned(),
            driver: Driver::Simulated,
            machine: Machine { cpu: "a processor".to_owned(), cores: 2, ..Machine::default() },
            command: vec!["agx-fix-lab".to_owned(), "bench".to_owned()],
        },
        time: "2026-01-01T00:00:00Z".to_owned(),
        seconds: 2.0,
        load: Some(0.25),
        gpu: Some(model::fitted(&options.shape)),
        throughput: tables::throughput(&samples, &NAMES, &options, &method),
        contention: tables::contention(&samples, &NAMES, &options),
        options,
        method,
        samples,
        sweep: None,
        calls: None,
    }
}

/// The paper's shape, and one with three times its work.
pub fn sweep(bench: &Bench) -> Sweep {
    let first = bench.options.shape;
    let step = |shape: Shape, work: f64| {
        let samples = vec![work, work];
        let pairs = [(8000.0, work), (8000.0, work)];
        Step {
            varied: "one thing".to_owned(),
            shape,
            work: interval::spread(&samples),
            factor: interval::ratio(&pairs, &bench.method),
            predicted: Some(work),
            share_of_maximum: Some(work / 40_000.0),
            samples,
        }
    };
    let best = Shape { dispatches: 16, queues: 4, ..first };
    let steps = vec![step(first, 8000.0), step(best, 24_000.0)];
    Sweep { contender: "per-encoder".to_owned(), threads: 8, rounds: 2, steps, best: 1 }
}

/// A result with every part.
pub fn whole() -> Bench {
    let bench = bench();
    Bench { sweep: Some(sweep(&bench)), calls: Some(calls()), ..bench }
}

fn calls() -> Vec<CallCost> {
    let cases =
        [(AccessPattern::OneThread, 1), (AccessPattern::OwnEncoders, 8), (AccessPattern::OneEncoder, 8)];
    let contenders = [
        ("unguarded", 4.0),
        ("per-encoder", 120.0),
        ("a name that is far longer than there is room", 3600.0),
    ];
    let row = |pattern, threads, contender: &str, ns: f64| CallCost {
        nanoseconds: [1.0, 1.4, 1.1].map(|noise| noise * ns).to_vec(),
        instructions: (threads == 1).then_some(10.0 * ns),
        ..CallCost::new(Subject::Hook(Case { pattern, threads }), contender)
    };
    let rows = cases.map(|(pattern, threads)| contenders.map(|(name, ns)| row(pattern, threads, name, ns)));
    rows.into_iter().flatten().collect()
}
