//! A fork in the middle of what another thread does.

use crate::checker::{Bounds, Without, finds, passes};
use crate::driver::{BUFFER, ENCODER, Scene};
use crate::platform::{IN_CHILD, spawn};
use agx_fix_guard::model::{Protection, expect_forks, in_child};
use agx_fix_guard::{Config, Entry, Key, Maker};
use agx_fix_terms::{Call, CallId, CallKind};
use std::sync::Arc;

const NEW: Key = Key(0x3000);

/// The child goes through a life of its own, and through calls on what was there. Its platform fails when it waits.
fn child(scene: &Scene) {
    scene.guard.after_fork(1, 1 + IN_CHILD);
    for key in [ENCODER, NEW] {
        for kind in [CallKind::Dispatch, CallKind::Access, CallKind::End] {
            call(scene, key, kind);
        }
    }
    let opening = Call { id: CallId(50), kind: CallKind::Open };
    let _ = scene.guard.opened(NEW, Maker::Buffer(BUFFER), opening);
    call(scene, NEW, CallKind::Dispatch);
    call(scene, NEW, CallKind::End);
    scene.guard.completed(BUFFER, |_| ());
}

fn call(scene: &Scene, key: Key, kind: CallKind) {
    match scene.guard.enter(key, Call { id: CallId(9), kind }) {
        Entry::Go(permit) => permit.done(),
        Entry::Refused(_) | Entry::Unguarded => {}
        other => panic!("nothing here leads to {other:?}"),
    }
}

/// The other thread encodes, brings a new encoder, and ends.
fn load(scene: &Arc<Scene>) -> loom::thread::JoinHandle<()> {
    let scene = Arc::clone(scene);
    spawn(2, move || {
        scene.call(CallKind::Dispatch);
        call(&scene, NEW, CallKind::Encode);
        scene.call(CallKind::End);
    })
}

fn fork(scene: &Scene) {
    scene.guard.before_fork();
    in_child(|| child(scene));
    scene.guard.after_fork_in_parent();
}

fn fork_outside() {
    expect_forks();
    let scene = Arc::new(Scene::opened(Config::default()));
    let other = load(&scene);
    scene.call(CallKind::Encode);
    fork(&scene);
    other.join().unwrap();
    scene.check();
}

/// The forking thread is inside an original, and stays so in both processes.
fn fork_inside() {
    expect_forks();
    let scene = Arc::new(Scene::opened(Config::default()));
    let other = load(&scene);
    scene.call_with(CallKind::Access, || fork(&scene));
    other.join().unwrap();
    scene.check();
}

#[test]
fn a_child_of_a_thread_outside_waits_for_nobody() {
    passes("fork outside of calls, at any step of another thread", Bounds(2, 3), fork_outside);
}

#[test]
fn a_child_of_a_thread_inside_waits_for_nobody() {
    passes("fork inside a call, at any step of another thread", Bounds(2, 3), fork_inside);
}

#[test]
fn a_child_of_a_growing_table_is_found() {
    let without = Without::Protection(Protection::BeforeFork);
    finds(without, 2, fork_outside, "a forked child waits");
}

#[test]
fn a_child_that_keeps_the_locks_of_others_is_found() {
    let without = Without::Protection(Protection::AfterFork);
    finds(without, 2, fork_outside, "a forked child waits");
}
