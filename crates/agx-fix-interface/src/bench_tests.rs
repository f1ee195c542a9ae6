//! Tests of `bench`.

use super::*;
use crate::provenance::{Driver, Machine};

const SHAPE: Shape = Shape { input: 32, hidden: 64, batch: 4, dispatches: 1, encoders: 2, queues: 1 };
const SPREAD: Spread = Spread { n: 2, mean: 9.5, deviation: Some(0.5), min: 9.0, max: 10.0 };
const RATIO: Ratio = Ratio { ratio: 0.9, interval: Some([0.8, 1.1]), verdict: Verdict::NoDifference };

fn sample() -> Bench {
    let name = || "per-encoder".to_owned();
    let run = Sample {
        contender: name(),
        round: 0,
        threads: 8,
        seed: 1,
        operations: 400,
        encoders: 800,
        seconds: 0.04,
        counts: Some(Counts {
            acquisitions: 2400,
            contentions: 3,
            mutex_creations: 800,
            waits: Waits::new([(1_023, 3)], 1_000),
        }),
    };
    let step = Step {
        varied: "nothing".into(),
        shape: SHAPE,
        samples: vec![9.0, 10.0],
        work: SPREAD,
        factor: Ratio { interval: None, verdict: Verdict::Unknown, ..RATIO },
        predicted: Some(10.0),
        share_of_maximum: None,
    };
    let call = CallCost {
        contender: name(),
        scenario: CallScenario::OwnEncoders,
        threads: 2,
        ns_per_call: vec![9.5],
        instructions_per_call: None,
    };
    Bench {
        schema: SCHEMA.into(),
        provenance: Provenance {
            version: "0.1.0".into(),
            commit: "unknown".into(),
            driver: Driver::Simulated,
            machine: Machine { cpu: "a processor".into(), cores: 2, ..Machine::default() },
            command: vec!["agx-fix-lab".into(), "bench".into()],
        },
        time: "2026-01-01T00:00:00Z".into(),
        seconds: 1.5,
        load: Some(0.25),
        gpu: Some(GpuModel {
            latency_us: 150.0,
            buffer_us: 26.5,
            encoder_us: 13.0,
            dispatch_us: 13.0,
            flop_ps: 807.0,
        }),
        options: Options {
            iterations: 1,
            threads: vec![8],
            ops: 50,
            counted_threads: 8,
            shape: SHAPE,
            seed: 1,
            limit_seconds: 10,
        },
        method: Method { name: "bootstrap".into(), confidence: 0.95, resamples: 100, seed: 1 },
        throughput: vec![Throughput {
            contender: name(),
            threads: 8,
            ops_per_second: SPREAD,
            ratio: Some(RATIO),
        }],
        contention: vec![Contention {
            contender: name(),
            threads: 8,
            operations: 400,
            acquisitions: SPREAD,
            contentions: SPREAD,
            rate: 0.01,
            mutex_creations: SPREAD,
            waits: Waits::default(),
        }],
        samples: vec![run],
        sweep: Some(Sweep { contender: name(), threads: 8, rounds: 2, steps: vec![step], best: 0 }),
        calls: Some(Calls { rows: vec![call] }),
    }
}

fn json() -> String {
    serde_json::to_string_pretty(&sample()).unwrap()
}

#[test]
fn json_goes_round() {
    assert_eq!(Bench::from_json(&json()), Ok(sample()));
}

#[test]
fn every_field_is_documented() {
    crate::document::tests::assert_documented(&sample());
}

#[test]
fn another_version_a_cut_and_a_foreign_field_are_refused_with_their_line() {
    let said = |text: &str| Bench::from_json(text).unwrap_err().to_string();
    assert!(said(&json().replace("agx-fix-bench/1", "agx-fix-bench/2")).starts_with("line 2: the schema is"));
    let json = json();
    let cut = &json[..json.find("\"samples\"").unwrap() + 20];
    let line = cut.lines().count();
    assert!(said(cut).starts_with(&format!("line {line}: the text is cut off")), "{}", said(cut));
    let foreign = json.replacen("\"seconds\"", "\"hours\": 1,\n  \"seconds\"", 1);
    let line = foreign.lines().position(|line| line.contains("hours")).unwrap() + 1;
    assert!(said(&foreign).starts_with(&format!("line {line}: unknown field `hours`")), "{}", said(&foreign));
}

#[test]
fn the_reports_operation_has_its_flops() {
    let reports = Shape { input: 512, hidden: 1024, batch: 32, ..SHAPE };
    assert_eq!(reports.flops(), 67_108_864);
    assert_eq!(SHAPE.flops(), 32_768);
}

#[test]
fn throughput_is_operations_by_seconds() {
    assert!((sample().samples[0].throughput() - 10_000.0).abs() < 1e-9);
}
