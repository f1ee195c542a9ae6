//! Random sequences of calls of three threads on a few encoders, and an oracle that knows what must become of each: which
//! dispatches reach the driver, which come late, and what is counted.
//!
//! The calls come one after the other, each in the thread that it is said to be of, so that there is one right answer.
//! (Calls at once are what `tests/loom` and `tests/shuttle` are for; sequences of bindings through the hooks, against an
//! oracle of what each dispatch must work with, are in `agx-fix-hooks/tests/isolation`; `fuzz/fuzz_targets/calls.rs` makes
//! these sequences by coverage.)

#[path = "../common/mod.rs"]
mod common;
mod sequences;

use agx_fix_terms::CallKind;
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use sequences::{ENCODERS, Move, PRESETS, Stage, Step, THREADS};

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let step = prop_oneof![
        2 => Just(Step::Open),
        4 => Just(Step::Call(CallKind::Dispatch)),
        2 => Just(Step::Call(CallKind::Encode)),
        1 => Just(Step::Call(CallKind::Access)),
        2 => Just(Step::Call(CallKind::End)),
        1 => Just(Step::Call(CallKind::Teardown)),
        1 => Just(Step::Call(CallKind::Free)),
    ];
    proptest::collection::vec((0..THREADS, 0..ENCODERS, step), 0..40)
}

#[test]
fn every_call_comes_out_as_the_oracle_says() {
    let stage = Stage::new(sequences::make);
    let config = Cases { failure_persistence: None, ..Cases::default() };
    let cases = config.cases;
    let outcome = TestRunner::new(config).run(&(0..PRESETS.len(), moves()), |(preset, moves)| {
        stage.run(preset, &moves);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    println!(
        "verify | fuzz | sequences of calls over 3 threads, against an oracle | {cases} executions | proptest"
    );
}
