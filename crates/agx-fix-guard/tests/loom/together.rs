//! Calls of several threads on one encoder that lives: entering, leaving, nesting, and the end against the entry.

use crate::checker::{Bounds, Without, finds, passes};
use crate::driver::{BUFFER, ENCODER, Scene};
use crate::platform::spawn;
use agx_fix_guard::model::Protection;
use agx_fix_guard::{Config, Entry};
use agx_fix_terms::{Call, CallId, CallKind, Preset};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

fn enter_and_leave_with(preset: Preset) {
    let scene = Arc::new(Scene::opened(Config::new(preset.policy())));
    let other = Arc::clone(&scene);
    let other = spawn(2, move || assert!(other.call(CallKind::Encode) && other.call(CallKind::Dispatch)));
    assert!(scene.call(CallKind::Dispatch) && scene.call_slowly(CallKind::Access, || ()));
    other.join().unwrap();
    scene.check();
    scene.check_acquisitions(0);
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
    let scene = Arc::new(Scene::opened(Config::default()));
    let others = [2, 3].map(|number| {
        let scene = Arc::clone(&scene);
        spawn(number, move || assert!(scene.call(CallKind::Dispatch)))
    });
    assert!(scene.call_slowly(CallKind::Encode, || ()));
    others.into_iter().for_each(|other| other.join().unwrap());
    scene.check();
    scene.check_acquisitions(0);
}

/// A dispatch and a long call against the end: whatever comes late is refused and counted, the rest is done.
fn end_against_enter() {
    let scene = Arc::new(Scene::opened(Config::default()));
    let other = Arc::clone(&scene);
    let other = spawn(2, move || {
        other.call(CallKind::Dispatch);
        other.call(CallKind::Encode);
    });
    assert!(scene.call(CallKind::End));
    other.join().unwrap();
    scene.check();
    scene.check_acquisitions(0);
}

/// A call that is never late against the end.
fn end_against_access() {
    let scene = Arc::new(Scene::opened(Config::default()));
    let other = Arc::clone(&scene);
    let other = spawn(2, move || assert!(other.call(CallKind::Access)));
    assert!(scene.call(CallKind::End));
    other.join().unwrap();
    scene.check();
    scene.check_acquisitions(0);
}

/// Two threads end the encoder: one does.
fn end_against_end() {
    let scene = Arc::new(Scene::opened(Config::default()));
    let other = Arc::clone(&scene);
    let other = spawn(2, move || {
        other.call(CallKind::End);
    });
    scene.call(CallKind::End);
    other.join().unwrap();
    scene.check();
    assert_eq!(scene.refused.load(Relaxed), 1, "I3: an encoder ends once");
}

/// An original calls the same encoder again, and so does the end, while another thread encodes.
fn nested() {
    let scene = Arc::new(Scene::opened(Config::default()));
    let other = Arc::clone(&scene);
    let other = spawn(2, move || {
        other.call(CallKind::Dispatch);
    });
    let inner = || assert!(scene.call_slowly(CallKind::Access, || ()), "I5");
    assert!(scene.call_with(CallKind::Encode, inner));
    let inner = || assert!(scene.call(CallKind::Teardown), "I5");
    assert!(scene.call_with(CallKind::End, inner));
    other.join().unwrap();
    scene.check();
    scene.check_acquisitions(2);
}

/// A commit waits for the end of another thread's encoder, and wakes.
fn commit_against_end() {
    let wait_timeout = Duration::from_secs(1);
    let scene = Arc::new(Scene::opened(Config { wait_timeout, ..Config::default() }));
    let other = Arc::clone(&scene);
    let other = spawn(2, move || {
        let commit = Call { id: CallId(60), kind: CallKind::Commit };
        match other.guard.enter(BUFFER, commit) {
            Entry::Go(permit) => {
                assert!(other.encoder.ended.load(Relaxed), "a commit went before the end");
                permit.done();
            }
            entry => panic!("the encoder ends by itself: {entry:?}"),
        }
    });
    assert!(scene.call(CallKind::End));
    other.join().unwrap();
    scene.check();
    assert!(!scene.guard.retains_open(ENCODER));
}

#[test]
fn calls_of_two_threads_take_turns_and_are_counted() {
    passes("calls, 2 threads with 2 calls (I1, I8)", Bounds(2, 3), enter_and_leave);
}

#[test]
fn calls_of_three_threads_take_turns_and_are_counted() {
    passes("calls, 3 threads (I1, I8)", Bounds(2, 3), three_threads);
}

#[test]
fn calls_that_share_a_lock_take_turns_and_are_counted() {
    passes(
        "calls, 2 threads, one lock a buffer (I1, I8)",
        Bounds(2, 3),
        enter_and_leave_by_one_lock_a_buffer,
    );
    passes("calls, 2 threads, one lock for all (I1, I8)", Bounds(2, 3), enter_and_leave_by_one_lock);
}

#[test]
fn counters_beside_the_lock_are_found() {
    let without = Without::Protection(Protection::CountersUnderLock);
    finds(without, 3, enter_and_leave, "I8: acquisitions");
}

#[test]
fn no_late_call_reaches_the_driver() {
    passes("end against 2 calls (I1, I2, I3, I8)", Bounds(2, 3), end_against_enter);
}

#[test]
fn an_end_is_a_call() {
    passes("end against a call that is never late (I2, I8)", Bounds(2, 3), end_against_access);
}

#[test]
fn an_encoder_ends_once() {
    passes("end against end (I2, I3)", Bounds(2, 3), end_against_end);
}

#[test]
fn an_end_beside_the_lock_is_found() {
    let without = Without::Protection(Protection::EndUnderLock);
    finds(without, 3, end_against_access, "I1: ");
}

#[test]
fn a_missing_look_at_the_state_is_found() {
    let without = Without::Protection(Protection::EndedCheck);
    finds(without, 3, end_against_enter, "I3: a late call reached the driver");
}

#[test]
fn a_thread_may_call_what_it_is_inside_of() {
    passes("nested calls against another thread (I1, I3, I5, I8)", Bounds(2, 3), nested);
}

#[test]
fn a_lock_that_does_not_nest_is_found() {
    finds(Without::Protection(Protection::Nesting), 2, nested, "deadlock");
}

#[test]
fn a_commit_comes_after_the_end_that_it_waits_for() {
    passes("commit against end: in order, no lost wake", Bounds(2, 3), commit_against_end);
}

#[test]
fn an_end_that_wakes_nobody_is_found() {
    let without = Without::Platform(crate::platform::Missing::Wake);
    finds(without, 2, commit_against_end, "deadlock");
}
