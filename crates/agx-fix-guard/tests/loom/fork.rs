//! A fork in the middle of what another thread does.

use crate::checker::{Bounds, Without, finds, passes};
use crate::checks::checks;
use crate::driver::{BUFFER, ENCODER, Scene};
use crate::platform::IN_CHILD;
use agx_fix_guard::model::{Protection, expect_forks, in_child};
use agx_fix_guard::{Config, Key, Maker};
use agx_fix_terms::{Call, CallId, CallKind};

const NEW: Key = Key(0x3000);

/// The child goes through a life of its own, and through calls on what was there. Its platform fails when it waits.
fn child(scene: &Scene) {
    scene.guard.after_fork(1, 1 + IN_CHILD);
    for key in [ENCODER, NEW] {
        for kind in [CallKind::Dispatch, CallKind::Access, CallKind::End] {
            scene.call_on(key, kind);
        }
    }
    let opening = Call { id: CallId(50), kind: CallKind::Open };
    let _ = scene.guard.opened(NEW, Maker::Buffer(BUFFER), opening);
    scene.call_on(NEW, CallKind::Dispatch);
    scene.call_on(NEW, CallKind::End);
    scene.guard.completed(BUFFER, |_| ());
}

fn fork(scene: &Scene) {
    scene.guard.before_fork();
    in_child(|| child(scene));
    scene.guard.after_fork_in_parent();
}

/// The other thread encodes, brings a new encoder, and ends.
fn load(scene: &Scene) {
    scene.call(CallKind::Dispatch);
    scene.call_on(NEW, CallKind::Encode);
    scene.call(CallKind::End);
}

fn fork_outside() {
    expect_forks();
    let mine = |scene: &Scene| {
        scene.call(CallKind::Encode);
        fork(scene);
    };
    Scene::opened(Config::default()).run(&[load], mine).check();
}

/// The forking thread is inside an original, and stays so in both processes.
fn fork_inside() {
    expect_forks();
    let mine = |scene: &Scene| {
        scene.call_with(CallKind::Access, || fork(scene));
    };
    Scene::opened(Config::default()).run(&[load], mine).check();
}

checks! {
    a_child_of_a_thread_outside_waits_for_nobody:
        passes("fork outside of calls, at any step of another thread", Bounds(2, 3), fork_outside);
    a_child_of_a_thread_inside_waits_for_nobody:
        passes("fork inside a call, at any step of another thread", Bounds(2, 3), fork_inside);
    a_child_of_a_growing_table_is_found:
        finds(Without::Protection(Protection::BeforeFork), 2, fork_outside, "a forked child waits");
    a_child_that_keeps_the_locks_of_others_is_found:
        finds(Without::Protection(Protection::AfterFork), 2, fork_outside, "a forked child waits");
}
