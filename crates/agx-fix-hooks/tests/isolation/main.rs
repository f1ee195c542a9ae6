//! Preset `isolate`: whatever several threads do to one encoder, each dispatch works with what its thread has bound,
//! and none is lost. The same programs under `per-command-buffer` show that it is not so by itself.

#![allow(clippy::disallowed_types, reason = "these tests do not fork")]

mod client;
#[path = "../common/mod.rs"]
mod common;
mod driver;
mod program;

use agx_fix_hooks::{configure, findings, reset_statistics, statistics};
use agx_fix_interface::options::Options;
use agx_fix_objc::Id;
use agx_fix_terms::{FindingClass, Outcome, Preset};
use client::{Bind, THINGS, Worker, ask, dispatch, numbered, queue, say, use_resource};
use driver::{Place, extra_references, world};
use program::Program;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The tests share the process's hooks and driver where they share a process.
fn alone(preset: Preset) -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    configure(&Options { preset, wait_timeout: Duration::from_millis(20), ..Options::default() });
    reset_statistics();
    *world() = driver::World::default();
    turn
}

/// A step of a script, on the scene's encoder and command buffer.
#[derive(Clone, Copy, Debug)]
enum Do {
    /// Binds the pipeline and, at 2, the buffer of that number.
    Bind(usize),
    /// Binds, at the first number, the buffer of the second.
    Buffer(usize, usize),
    Dispatch(usize),
    Use(usize),
    End,
    Commit,
    /// Opens another encoder, and binds a pipeline there.
    OpenOther,
    /// The encoder's memory goes.
    Dealloc,
}
use Do::{Bind as Binds, Buffer, Commit, Dealloc, Dispatch, End, OpenOther, Use};

/// Who makes a step.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    A,
    B,
    /// The test's own thread.
    Main,
}
use Who::{A, B, Main};

/// Two threads, one encoder of a new command buffer.
struct Scene {
    buffer: Id,
    encoder: Id,
    workers: [Worker; 2],
    _alone: MutexGuard<'static, ()>,
}

impl Scene {
    fn new(preset: Preset) -> Self {
        let alone = alone(preset);
        let buffer = ask(queue(), c"commandBuffer");
        let encoder = ask(buffer, c"computeCommandEncoder");
        Self { buffer, encoder, workers: [Worker::new(), Worker::new()], _alone: alone }
    }

    fn plays(&self, script: &[(Who, Do)]) {
        for &(who, step) in script {
            match who {
                Main => self.make(step),
                A | B => self.workers[who as usize].does(|| self.make(step)),
            }
        }
    }

    fn make(&self, step: Do) {
        let bind = |encoder, method, index, thing| Bind { method, index, thing, value: 16 }.call(encoder);
        match step {
            Binds(thing) => {
                bind(self.encoder, 0, 0, thing);
                bind(self.encoder, 3, 2, thing);
            }
            Buffer(index, thing) => bind(self.encoder, 3, index, thing),
            Dispatch(number) => dispatch(self.encoder, number),
            Use(thing) => use_resource(self.encoder, numbered(thing)),
            End => say(self.encoder, c"endEncoding"),
            Commit => say(self.buffer, c"commit"),
            OpenOther => bind(ask(self.buffer, c"computeCommandEncoder"), 0, 0, 7),
            Dealloc => say(self.encoder, c"dealloc"),
        }
    }
}

/// A script under a preset, from a new encoder on.
fn play(preset: Preset, script: &[(Who, Do)]) -> Scene {
    let scene = Scene::new(preset);
    scene.plays(script);
    scene
}

/// The dispatches that the GPU was given, each with the number of the pipeline and buffer that it works with.
fn done() -> Vec<(usize, usize)> {
    let bound_to = |state: &driver::State, thing: &usize| {
        state.get(&Place::Pipeline) == Some(&format!("object {thing}"))
            && state.get(&Place::Argument(2)) == Some(&format!("buffer {thing} + 16 by None"))
    };
    let thing = |state| (1..=THINGS).find(|thing| bound_to(state, thing)).unwrap_or(0);
    world().done.iter().map(|it| (it.number, thing(&it.state))).collect()
}

/// A binds, B binds and dispatches, A dispatches.
const TORN: [(Who, Do); 6] =
    [(A, Binds(1)), (B, Binds(2)), (B, Dispatch(20)), (A, Dispatch(10)), (Main, End), (Main, Commit)];

#[test]
fn a_torn_sequence_works_with_its_own_bindings() {
    let _scene = play(Preset::Isolate, &TORN);
    assert_eq!(done(), [(20, 2), (10, 1)]);
    let found = findings().findings;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].class, found[0].outcome), (FindingClass::TornSequence, Outcome::Converted));
    assert_eq!(found[0].call.selector, "dispatchThreads:threadsPerThreadgroup:");
    assert_eq!(found[0].other.as_ref().unwrap().selector, "setBuffer:offset:atIndex:");
    assert!(!found[0].results_may_be_wrong);
}

#[test]
fn without_isolation_it_works_with_those_of_another_thread() {
    let _scene = play(Preset::PerCommandBuffer, &TORN);
    assert_eq!(done(), [(20, 2), (10, 2)]);
}

/// References to the first two things, those of encoders that other tests of the process have left among them.
fn held() -> [isize; 2] {
    [1, 2].map(|thing| extra_references(numbered(thing)))
}

#[test]
fn one_thread_alone_replays_nothing_and_holds_no_reference() {
    let scene = Scene::new(Preset::Isolate);
    let before = held();
    scene.plays(&[(A, Binds(1)), (A, Dispatch(1)), (A, Binds(2)), (A, Dispatch(2))]);
    assert_eq!(held(), before);
    scene.plays(&[(A, End), (Main, Commit)]);
    assert_eq!((done(), statistics().findings), (vec![(1, 1), (2, 2)], 0));
}

#[test]
fn what_is_kept_is_given_up_with_the_encoder() {
    let scene = Scene::new(Preset::Isolate);
    let before = held();
    scene.plays(&TORN);
    assert!(held().iter().zip(&before).all(|(now, before)| now > before));
    scene.plays(&[(Main, Dealloc)]);
    assert_eq!(held(), before);
}

#[test]
fn a_thread_that_binds_nothing_works_with_what_it_finds() {
    let script = [(A, Binds(1)), (B, Dispatch(20)), (Main, End), (Main, Commit)];
    let _scene = play(Preset::Isolate, &script);
    assert_eq!((done(), statistics().findings), (vec![(20, 1)], 0), "handed over");
}

/// The case that keeps `isolate` from being the default: threads that take turns and know what the others have bound.
#[test]
fn a_thread_that_relies_on_anothers_binding_over_its_own_gets_its_own() {
    let script =
        [(A, Binds(1)), (A, Dispatch(10)), (B, Binds(2)), (A, Dispatch(11)), (Main, End), (Main, Commit)];
    for (preset, thing) in [(Preset::Isolate, 1), (Preset::PerCommandBuffer, 2)] {
        let _scene = play(preset, &script);
        assert_eq!(done(), [(10, 1), (11, thing)]);
    }
}

/// A binds, B ends the encoder, and where it stands then A dispatches.
fn late(preset: Preset, between: &[(Who, Do)]) -> Scene {
    let scene = play(preset, &[(A, Binds(1)), (A, Buffer(5, 3)), (A, Dispatch(10)), (B, End)]);
    scene.plays(between);
    scene.plays(&[(A, Buffer(2, 1)), (A, Dispatch(11)), (Main, Commit)]);
    scene
}

fn assert_rescued() {
    assert_eq!(done(), [(10, 1), (11, 1)]);
    assert_eq!(statistics().rescued_dispatches, 1);
    assert_eq!(world().violations, [""; 0]);
}

#[test]
fn late_work_goes_into_a_short_encoder_while_the_buffer_records() {
    let _scene = late(Preset::Isolate, &[]);
    assert_rescued();
    assert_eq!(world().done[1].state[&Place::Argument(5)], "buffer 3 + 16 by None");
    let counted = statistics();
    assert_eq!((counted.late_calls, counted.late_dispatches), (2, 1));
    let found = findings().findings;
    assert!(found.iter().all(|it| it.outcome == Outcome::Converted && !it.results_may_be_wrong));
    let late = found.iter().find(|it| it.call.selector.starts_with("dispatch")).unwrap();
    assert_eq!(late.class, FindingClass::LateCall);
    let (mine, ender) = (late.call.thread, late.other.as_ref().unwrap());
    assert_eq!((ender.selector.as_str(), ender.thread == mine), ("endEncoding", false));
}

/// The commit ends the other encoder for its owner, which is reported, and is not what this test is about.
#[test]
fn late_work_goes_into_the_encoder_that_is_open_on_the_buffer() {
    let _scene = late(Preset::Isolate, &[(B, OpenOther)]);
    assert_rescued();
}

/// The second commit of `late` is a finding of its own.
#[test]
fn late_work_goes_into_a_buffer_of_its_own_after_the_commit() {
    let _scene = late(Preset::Isolate, &[(B, Commit)]);
    assert_rescued();
}

#[test]
fn without_isolation_late_work_is_lost_and_reported() {
    let _scene = late(Preset::PerCommandBuffer, &[]);
    let counted = statistics();
    assert_eq!(done(), [(10, 1)]);
    assert_eq!((counted.late_dispatches, counted.rescued_dispatches), (1, 0));
}

#[test]
fn late_work_keeps_the_resources_that_its_encoder_was_told_to_use() {
    let script = [(A, Binds(1)), (A, Use(9)), (B, End), (A, Dispatch(11)), (Main, Commit)];
    let scene = play(Preset::Isolate, &script);
    assert_eq!(world().done[0].uses, [9]);
    scene.plays(&[(Main, Dealloc)]);
    assert_eq!(extra_references(numbered(9)), 0);
}

#[test]
fn a_thread_that_ended_the_encoder_itself_has_given_its_bindings_up() {
    let _scene = play(Preset::Isolate, &[(A, Binds(1)), (A, End), (A, Dispatch(11)), (Main, Commit)]);
    let found = findings().findings;
    assert_eq!((found[0].outcome, found[0].results_may_be_wrong), (Outcome::Prevented, true));
    assert_eq!((done(), statistics().rescued_dispatches), (vec![], 0));
}

/// As if it had been there: its slot is given up first.
#[test]
fn an_encoder_of_before_the_hooks_is_isolated_from_then_on_and_that_is_said() {
    let scene = play(Preset::Isolate, &[(Main, Dealloc)]);
    scene.plays(&TORN);
    assert_eq!(done(), [(20, 2), (10, 1)]);
    assert!(findings().findings.iter().any(|it| it.class == FindingClass::UnknownBindings));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random programs on shared encoders with random ends and commits: each dispatch finds what its thread has bound, as
    /// if the encoder were the thread's own, each arrives once, and those of a thread in their order.
    #[test]
    fn programs_of_many_threads_work_as_on_encoders_of_their_own(program in Program::any()) {
        let _alone = alone(Preset::Isolate);
        let verdict = program.run();
        prop_assert_eq!(verdict, Ok(()));
    }
}

/// The same programs are not right by themselves: most fail under a lock alone.
#[test]
fn without_isolation_such_programs_go_wrong() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let wrong = (0..64).filter(|_| {
        let program = Program::any().new_tree(&mut runner).unwrap().current();
        let _alone = alone(Preset::PerCommandBuffer);
        program.run().is_err()
    });
    assert!(wrong.count() > 16);
}
