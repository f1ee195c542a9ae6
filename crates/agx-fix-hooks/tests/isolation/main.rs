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
use client::{Bind, Worker, ask, dispatch, numbered, queue, say};
use driver::{Dispatch, Place, extra_references, world};
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

/// Two threads, one encoder of a new command buffer.
struct Scene {
    queue: Id,
    buffer: Id,
    encoder: Id,
    a: Worker,
    b: Worker,
}

impl Scene {
    fn new() -> Self {
        let (a, b) = (Worker::new(), Worker::new());
        let queue = queue();
        let buffer = ask(queue, c"commandBuffer");
        let encoder = ask(buffer, c"computeCommandEncoder");
        Self { queue, buffer, encoder, a, b }
    }

    /// Binds the pipeline and buffer of that number.
    fn bind(&self, thing: usize) {
        Bind { method: 0, index: 0, thing, value: 0 }.call(self.encoder);
        Bind { method: 3, index: 2, thing, value: 16 }.call(self.encoder);
    }

    fn finish(&self) -> Vec<Dispatch> {
        say(self.encoder, c"endEncoding");
        say(self.buffer, c"commit");
        world().done.clone()
    }
}

fn bound_to(dispatch: &Dispatch, thing: usize) -> bool {
    dispatch.state.get(&Place::Pipeline) == Some(&format!("object {thing}"))
        && dispatch.state.get(&Place::Argument(2)) == Some(&format!("buffer {thing} + 16 by None"))
}

/// A binds, B binds and dispatches, A dispatches.
fn torn() -> (Scene, Vec<Dispatch>) {
    let scene = Scene::new();
    scene.a.does(|| scene.bind(1));
    scene.b.does(|| {
        scene.bind(2);
        dispatch(scene.encoder, 20);
    });
    scene.a.does(|| dispatch(scene.encoder, 10));
    let done = scene.finish();
    (scene, done)
}

#[test]
fn a_torn_sequence_works_with_its_own_bindings() {
    let _alone = alone(Preset::Isolate);
    let (_, done) = torn();
    assert_eq!(done.iter().map(|it| it.number).collect::<Vec<_>>(), [20, 10]);
    assert!(bound_to(&done[0], 2) && bound_to(&done[1], 1), "{done:?}");
    let found = findings().findings;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].class, found[0].outcome), (FindingClass::TornSequence, Outcome::Converted));
    assert_eq!(found[0].call.selector, "dispatchThreads:threadsPerThreadgroup:");
    assert_eq!(found[0].other.as_ref().unwrap().selector, "setBuffer:offset:atIndex:");
    assert!(!found[0].results_may_be_wrong);
}

#[test]
fn without_isolation_it_works_with_those_of_another_thread() {
    let _alone = alone(Preset::PerCommandBuffer);
    let (_, done) = torn();
    assert!(bound_to(&done[1], 2), "{done:?}");
}

/// References to the first two things, those of encoders that other tests of the process have left among them.
fn held() -> [isize; 2] {
    [1, 2].map(|thing| extra_references(numbered(thing)))
}

#[test]
fn one_thread_alone_replays_nothing_and_holds_no_reference() {
    let _alone = alone(Preset::Isolate);
    let before = held();
    let scene = Scene::new();
    scene.a.does(|| {
        scene.bind(1);
        dispatch(scene.encoder, 1);
        scene.bind(2);
        dispatch(scene.encoder, 2);
        assert_eq!(held(), before);
        say(scene.encoder, c"endEncoding");
    });
    say(scene.buffer, c"commit");
    let done = world().done.clone();
    assert!(bound_to(&done[0], 1) && bound_to(&done[1], 2), "{done:?}");
    assert_eq!(statistics().findings, 0);
}

#[test]
fn what_is_kept_is_given_up_with_the_encoder() {
    let _alone = alone(Preset::Isolate);
    let before = held();
    let (scene, _) = torn();
    assert!(held().iter().zip(&before).all(|(now, before)| now > before));
    say(scene.encoder, c"dealloc");
    assert_eq!(held(), before);
}

#[test]
fn a_thread_that_binds_nothing_works_with_what_it_finds() {
    let _alone = alone(Preset::Isolate);
    let scene = Scene::new();
    scene.a.does(|| scene.bind(1));
    scene.b.does(|| dispatch(scene.encoder, 20));
    let done = scene.finish();
    assert!(bound_to(&done[0], 1), "handed over: {done:?}");
    assert_eq!(statistics().findings, 0);
}

/// The case that keeps `isolate` from being the default: threads that take turns and know what the others have bound.
#[test]
fn a_thread_that_relies_on_anothers_binding_over_its_own_gets_its_own() {
    let handed_over = || {
        let scene = Scene::new();
        scene.a.does(|| {
            scene.bind(1);
            dispatch(scene.encoder, 10);
        });
        scene.b.does(|| scene.bind(2));
        scene.a.does(|| dispatch(scene.encoder, 11));
        scene.finish().pop().unwrap()
    };
    let isolated = alone(Preset::Isolate);
    assert!(bound_to(&handed_over(), 1));
    drop(isolated);
    let _alone = alone(Preset::PerCommandBuffer);
    assert!(bound_to(&handed_over(), 2));
}

/// A binds, B ends the encoder, and where it stands then A dispatches.
fn late(before: impl FnOnce(&Scene) + Send) -> Vec<Dispatch> {
    let scene = Scene::new();
    scene.a.does(|| {
        scene.bind(1);
        Bind { method: 3, index: 5, thing: 3, value: 4 }.call(scene.encoder);
        dispatch(scene.encoder, 10);
    });
    scene.b.does(|| {
        say(scene.encoder, c"endEncoding");
        before(&scene);
    });
    scene.a.does(|| {
        Bind { method: 3, index: 2, thing: 1, value: 16 }.call(scene.encoder);
        dispatch(scene.encoder, 11);
    });
    say(scene.buffer, c"commit");
    world().done.clone()
}

fn assert_rescued(done: &[Dispatch]) {
    assert_eq!(done.iter().map(|it| it.number).collect::<Vec<_>>(), [10, 11]);
    assert!(done.iter().all(|it| bound_to(it, 1)), "{done:?}");
    assert_eq!(done[1].state.get(&Place::Argument(5)).unwrap(), "buffer 3 + 4 by None");
    assert_eq!(world().violations, [""; 0]);
    let counted = statistics();
    assert_eq!((counted.late_calls, counted.late_dispatches, counted.rescued_dispatches), (2, 1, 1));
    let found = findings().findings;
    assert!(found.iter().all(|it| it.outcome == Outcome::Converted && !it.results_may_be_wrong));
    let late = found.iter().find(|it| it.call.selector.starts_with("dispatch")).unwrap();
    assert_eq!(late.class, FindingClass::LateCall);
    let (mine, ender) = (late.call.thread, late.other.as_ref().unwrap());
    assert_eq!((ender.selector.as_str(), ender.thread == mine), ("endEncoding", false));
}

#[test]
fn late_work_goes_into_a_short_encoder_while_the_buffer_records() {
    let _alone = alone(Preset::Isolate);
    assert_rescued(&late(|_| ()));
}

#[test]
fn late_work_goes_into_the_encoder_that_is_open_on_the_buffer() {
    let _alone = alone(Preset::Isolate);
    let mut other = Id::NULL;
    let done = late(|scene| {
        other = ask(scene.buffer, c"computeCommandEncoder");
        Bind { method: 0, index: 0, thing: 7, value: 0 }.call(other);
    });
    // The commit ends the other encoder for its owner, which is reported, and is not what this test is about.
    assert_eq!(done.iter().map(|it| it.number).collect::<Vec<_>>(), [10, 11]);
    assert!(done.iter().all(|it| bound_to(it, 1)), "{done:?}");
    assert_eq!(statistics().rescued_dispatches, 1);
    assert_eq!(world().violations, [""; 0]);
}

#[test]
fn late_work_goes_into_a_buffer_of_its_own_after_the_commit() {
    let _alone = alone(Preset::Isolate);
    let done = late(|scene| say(scene.buffer, c"commit"));
    assert_rescued_after_commit(&done);
}

/// The second commit of `late` is a finding of its own.
fn assert_rescued_after_commit(done: &[Dispatch]) {
    assert_eq!(done.iter().map(|it| it.number).collect::<Vec<_>>(), [10, 11]);
    assert!(done.iter().all(|it| bound_to(it, 1)), "{done:?}");
    assert_eq!(statistics().rescued_dispatches, 1);
    assert_eq!(world().violations, [""; 0]);
}

#[test]
fn without_isolation_late_work_is_lost_and_reported() {
    let _alone = alone(Preset::PerCommandBuffer);
    let done = late(|_| ());
    assert_eq!(done.iter().map(|it| it.number).collect::<Vec<_>>(), [10]);
    let counted = statistics();
    assert_eq!((counted.late_dispatches, counted.rescued_dispatches), (1, 0));
}

#[test]
fn late_work_keeps_the_resources_that_its_encoder_was_told_to_use() {
    let _alone = alone(Preset::Isolate);
    let scene = Scene::new();
    scene.a.does(|| {
        scene.bind(1);
        // SAFETY: a method of the driver's encoders.
        unsafe {
            let selector = agx_fix_objc::runtime::selector(c"useResource:usage:");
            agx_fix_objc::send::<_, ()>(scene.encoder, selector, (numbered(9), 1usize));
        }
    });
    scene.b.does(|| say(scene.encoder, c"endEncoding"));
    scene.a.does(|| dispatch(scene.encoder, 11));
    say(scene.buffer, c"commit");
    assert_eq!(world().done[0].uses, [9]);
    say(scene.encoder, c"dealloc");
    assert_eq!(extra_references(numbered(9)), 0);
}

#[test]
fn a_thread_that_ended_the_encoder_itself_has_given_its_bindings_up() {
    let _alone = alone(Preset::Isolate);
    let scene = Scene::new();
    scene.a.does(|| {
        scene.bind(1);
        say(scene.encoder, c"endEncoding");
        dispatch(scene.encoder, 11);
    });
    say(scene.buffer, c"commit");
    assert!(world().done.is_empty());
    let found = findings().findings;
    assert_eq!((found[0].outcome, found[0].results_may_be_wrong), (Outcome::Prevented, true));
    assert_eq!(statistics().rescued_dispatches, 0);
}

#[test]
fn an_encoder_of_before_the_hooks_is_isolated_from_then_on_and_that_is_said() {
    let _alone = alone(Preset::Isolate);
    let scene = Scene::new();
    // As if it had been there: its slot is given up.
    say(scene.encoder, c"dealloc");
    scene.a.does(|| scene.bind(1));
    scene.b.does(|| {
        scene.bind(2);
        dispatch(scene.encoder, 20);
    });
    scene.a.does(|| dispatch(scene.encoder, 10));
    let done = scene.finish();
    assert!(bound_to(&done[0], 2) && bound_to(&done[1], 1), "{done:?}");
    assert!(findings().findings.iter().any(|it| it.class == FindingClass::UnknownBindings));
    let _ = scene.queue;
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
