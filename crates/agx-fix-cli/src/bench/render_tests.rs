//! Tests of `render`, of the report's side and of the sweep's text.

use super::*;
use crate::bench::args::shape_of;
use crate::bench::figures::COUNTED_THREADS;
use crate::bench::{interval, model, tables};
use agx_fix_interface::bench::{Counts, Options, SCHEMA, Sample, Step, Sweep};
use agx_fix_interface::provenance::Machine;
use agx_fix_interface::waits::Waits;
use agx_fix_workload::{Batching, Model};

/// As if `per-encoder` had half the throughput and `associated-object` the same, with the report's counts.
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
    let names = ["unguarded", "associated-object", "per-encoder"];
    let rounds = (0..3).flat_map(|round| [1, 8].map(|threads| (round, threads)));
    rounds.flat_map(|(round, threads)| names.map(|name| sample(name, round, threads))).collect()
}

/// A result without a sweep.
pub(crate) fn bench() -> Bench {
    let options = Options {
        iterations: 3,
        threads: vec![1, 8],
        ops: 50,
        counted_threads: COUNTED_THREADS,
        shape: shape_of(Model::SMALL, Batching::REPORT),
        seed: 1,
        limit_seconds: 10,
    };
    let (samples, method) = (samples(), interval::method(500, 1));
    let names = ["unguarded", "associated-object", "per-encoder"];
    Bench {
        schema: SCHEMA.to_owned(),
        version: "0.1.0".to_owned(),
        commit: "abc".to_owned(),
        driver: Driver::Simulated,
        machine: Machine { cpu: "a processor".to_owned(), cores: 2, ..Machine::default() },
        command: vec!["agx-fix".to_owned(), "bench".to_owned()],
        time: "2026-01-01T00:00:00Z".to_owned(),
        seconds: 2.0,
        load: Some(0.25),
        gpu: Some(model::fitted(&options.shape)),
        throughput: tables::throughput(&samples, &names, &options, &method),
        contention: tables::contention(&samples, &names, &options),
        options,
        method,
        samples,
        sweep: None,
        calls: None,
    }
}

fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

#[test]
fn the_tables_and_what_they_say_are_there() {
    let text = render(&bench());
    assert_has(
        &text,
        &[
            "a processor, 2 cores",
            "commit abc",
            "load:    0.25 ",
            "1,192 ± 57", // 50 operations in 0.040, 0.042 and 0.044 s
            "0.50 (0.50-0.50)",
            "1.00 (1.00-1.00)",
            "50.0 % less",
            "no difference",
            "| associated-object |        2,400 |",
            "1.0 (0-2)",
            "1.2 us |",
            "0.04 %",
            "Of 4 intervals at 95 %, 0.2 miss",
            "n = 3 rounds, 500 resamples, seed 1",
        ],
    );
}

#[test]
fn the_reports_figures_stand_beside_ours() {
    let text = render(&bench());
    assert_has(&text, &["10,386 ± 351", "associated-object: report", "9,458", "1 / 105.7 us", "8: +6.0 %"]);
    let small = Bench { options: Options { ops: 7, ..bench().options }, ..bench() };
    let counts: Vec<Contention> =
        small.contention.iter().cloned().map(|row| Contention { operations: 56, ..row }).collect();
    let other = render(&Bench { contention: counts, ..small });
    assert!(!other.contains("statistics of one iteration"), "another size is not compared");
}

#[test]
fn every_title_with_figures_says_simulated_and_none_on_a_mac() {
    let titles = |bench: &Bench| -> Vec<String> { sections(bench).into_iter().map(|it| it.title).collect() };
    let (simulated, metal) = (bench(), Bench { driver: Driver::Metal, gpu: None, ..bench() });
    assert!(titles(&simulated).iter().all(|title| title.contains("(simulated)")));
    assert!(titles(&metal).iter().all(|title| !title.contains("simulated")));
    assert!(!render(&metal).to_lowercase().contains("simulated"));
    assert!(markdown(&simulated).contains("SIMULATED"));
}

/// The report's shape, and one with three times its work.
pub(crate) fn sweep(bench: &Bench) -> Sweep {
    let first = bench.options.shape;
    let step = |shape: agx_fix_interface::bench::Shape, work: f64| {
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
    let best = agx_fix_interface::bench::Shape { dispatches: 16, queues: 4, ..first };
    let steps = vec![step(first, 8000.0), step(best, 24_000.0)];
    Sweep { contender: "per-encoder".to_owned(), threads: 8, rounds: 2, steps, best: 1 }
}

#[test]
fn a_sweep_ends_with_its_best_shape_its_factor_and_the_share() {
    let bench = bench();
    let sweep = sweep(&bench);
    let text = render(&Bench {
        sweep: Some(sweep),
        samples: vec![],
        throughput: vec![],
        contention: vec![],
        ..bench
    });
    assert_has(
        &text,
        &[
            "16 dispatches in an encoder",
            "4 queues",
            "3.00 (3.00-3.00)",
            "60.0 %",
            "no finding about a real GPU",
        ],
    );
    assert!(!text.contains("Throughput by threads"), "only what was run is shown");
}

#[test]
fn tables_fit_a_terminal() {
    let text = render(&bench());
    let widest = text.lines().filter(|line| line.starts_with('|')).map(|line| line.chars().count()).max();
    assert!(widest.is_some_and(|width| width <= 130), "{widest:?}");
}
