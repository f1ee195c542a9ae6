//! Calls of several threads on one encoder that lives: entering, leaving, nesting, and the end against the entry.

use crate::checker::{Bounds, Without, finds, passes};
use crate::checks::checks;
use crate::driver::{BUFFER, ENCODER, Scene};
use crate::platform::Missing;
use agx_fix_guard::model::Protection;
use agx_fix_guard::{Config, Entry};
use agx_fix_terms::{Call, CallId, CallKind, Preset};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Threads on an encoder that is open; every call is made and counted, but for `nested` ones.
fn together(preset: Preset, nested: u32, others: &[fn(&Scene)], mine: fn(&Scene)) {
    let scene = Scene::opened(Config::new(preset.policy())).run(others, mine);
    scene.check().check_acquisitions(nested);
}

fn enter_and_leave_with(preset: Preset) {
    let other = |scene: &Scene| assert!(scene.call(CallKind::Encode) && scene.call(CallKind::Dispatch));
    let mine = |scene: &Scene| {
        assert!(scene.call(CallKind::Dispatch) && scene.call_slowly(CallKind::Access, || ()));
    };
    together(preset, 0, &[other], mine);
}

fn enter_and_leave() {
    enter_and_leave_with(Preset::PerEncoder);
}

fn enter_and_leave_by_one_lock_a_buffer() {
    enter_and_leave_with(Preset::PerCommandBuffer);
}

fn enter_and_leave_by_one_lock() {
    enter_and_leave_with(Preset::Global);
}

fn three_threads() {
    let other = |scene: &Scene| assert!(scene.call(CallKind::Dispatch));
    let mine = |scene: &Scene| assert!(scene.call_slowly(CallKind::Encode, || ()));
    together(Preset::PerEncoder, 0, &[other, other], mine);
}

fn end(scene: &Scene) {
    assert!(scene.call(CallKind::End));
}

/// A dispatch and a long call against the end: whatever comes late is refused and counted, the rest is done.
fn end_against_enter() {
    let other = |scene: &Scene| {
        scene.call(CallKind::Dispatch);
        scene.call(CallKind::Encode);
    };
    together(Preset::PerEncoder, 0, &[other], end);
}

/// A call that is never late against the end.
fn end_against_access() {
    together(Preset::PerEncoder, 0, &[|scene| assert!(scene.call(CallKind::Access))], end);
}

/// Two threads end the encoder: one does.
fn end_against_end() {
    let end = |scene: &Scene| {
        scene.call(CallKind::End);
    };
    let scene = Scene::opened(Config::default()).run(&[end], end);
    assert_eq!(scene.check().refused.load(Relaxed), 1, "I3: an encoder ends once");
}

/// An original calls the same encoder again, and so does the end, while another thread encodes.
fn nested() {
    let mine = |scene: &Scene| {
        let inner = || assert!(scene.call_slowly(CallKind::Access, || ()), "I5");
        assert!(scene.call_with(CallKind::Encode, inner));
        let inner = || assert!(scene.call(CallKind::Teardown), "I5");
        assert!(scene.call_with(CallKind::End, inner));
    };
    let other = |scene: &Scene| {
        scene.call(CallKind::Dispatch);
    };
    together(Preset::PerEncoder, 2, &[other], mine);
}

/// A commit waits for the end of another thread's encoder, and wakes.
fn commit_against_end() {
    let wait_timeout = Duration::from_secs(1);
    let commit =
        |scene: &Scene| match scene.guard.enter(BUFFER, Call { id: CallId(60), kind: CallKind::Commit }) {
            Entry::Go(permit) => {
                assert!(scene.encoder.ended.load(Relaxed), "a commit went before the end");
                permit.done();
            }
            entry => panic!("the encoder ends by itself: {entry:?}"),
        };
    let scene = Scene::opened(Config { wait_timeout, ..Config::default() }).run(&[commit], end);
    assert!(!scene.check().guard.retains_open(ENCODER));
}

checks! {
    calls_of_two_threads_take_turns_and_are_counted:
        passes("calls, 2 threads with 2 calls (I1, I8)", Bounds(2, 3), enter_and_leave);
    calls_of_three_threads_take_turns_and_are_counted:
        passes("calls, 3 threads (I1, I8)", Bounds(2, 3), three_threads);
    calls_that_share_their_buffers_lock_take_turns_and_are_counted: passes(
        "calls, 2 threads, one lock a buffer (I1, I8)", Bounds(2, 3), enter_and_leave_by_one_lock_a_buffer
    );
    calls_that_share_one_lock_take_turns_and_are_counted:
        passes("calls, 2 threads, one lock for all (I1, I8)", Bounds(2, 3), enter_and_leave_by_one_lock);
    counters_beside_the_lock_are_found:
        finds(Without::Protection(Protection::CountersUnderLock), 3, enter_and_leave, "I8: acquisitions");
    no_late_call_reaches_the_driver:
        passes("end against 2 calls (I1, I2, I3, I8)", Bounds(2, 3), end_against_enter);
    an_end_is_a_call: passes("end against a call that is never late (I2, I8)", Bounds(2, 3), end_against_access);
    an_encoder_ends_once: passes("end against end (I2, I3)", Bounds(2, 3), end_against_end);
    an_end_beside_the_lock_is_found:
        finds(Without::Protection(Protection::EndUnderLock), 3, end_against_access, "I1: ");
    a_missing_look_at_the_state_is_found: finds(
        Without::Protection(Protection::EndedCheck), 3, end_against_enter, "I3: a late call reached the driver"
    );
    a_thread_may_call_what_it_is_inside_of:
        passes("nested calls against another thread (I1, I3, I5, I8)", Bounds(2, 3), nested);
    a_lock_that_does_not_nest_is_found: finds(Without::Protection(Protection::Nesting), 2, nested, "deadlock");
    a_commit_comes_after_the_end_that_it_waits_for:
        passes("commit against end: in order, no lost wake", Bounds(2, 3), commit_against_end);
    an_end_that_wakes_nobody_is_found: finds(Without::Platform(Missing::Wake), 2, commit_against_end, "deadlock");
}
