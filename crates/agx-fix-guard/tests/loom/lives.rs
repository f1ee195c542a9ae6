//! One encoder after another: references, freeing, and addresses that come back.

use crate::checker::{Bounds, Without, finds, passes};
use crate::driver::{BUFFER, Scene};
use crate::platform::{spawn, when_asleep};
use agx_fix_guard::Config;
use agx_fix_guard::model::Protection;
use agx_fix_terms::CallKind;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

std::thread_local! {
    /// How many encoders have lived at the address, and which one the other thread slept for.
    static LIVES: Cell<u32> = const { Cell::new(0) };
    static SLEPT_IN: Cell<u32> = const { Cell::new(0) };
}

/// The call that slept goes to the encoder that it slept for, or nowhere.
fn remember_life() {
    SLEPT_IN.set(LIVES.get());
}

fn same_life() {
    let slept_in = SLEPT_IN.get();
    assert!(slept_in == 0 || slept_in == LIVES.get(), "I10: a waiter reached another encoder than its own");
}

fn other_thread(scene: &Arc<Scene>) -> loom::thread::JoinHandle<()> {
    LIVES.set(1);
    SLEPT_IN.set(0);
    let scene = Arc::clone(scene);
    spawn(2, move || {
        when_asleep(remember_life);
        scene.call_with(CallKind::Dispatch, same_life);
    })
}

/// The driver gives the same pointer again, while another thread calls it.
fn the_same_pointer_again() {
    let scene = Arc::new(Scene::opened(Config::default()));
    let other = other_thread(&scene);
    scene.call(CallKind::End);
    LIVES.set(2);
    scene.open();
    assert!(scene.call(CallKind::Encode), "I3: the new encoder is open");
    other.join().unwrap();
    scene.check();
}

/// The encoder is freed, whatever holds references, and its address becomes another's.
fn another_at_the_same_address() {
    let scene = Arc::new(Scene::opened(Config::default()));
    // The other thread may come when nobody lives there, which no guard can know.
    scene.encoder.is_never_freed.store(true, Relaxed);
    let other = other_thread(&scene);
    scene.call_slowly(CallKind::Free, || LIVES.set(2));
    scene.open();
    assert!(scene.call(CallKind::Encode), "I3: the new encoder is open");
    other.join().unwrap();
    scene.check();
}

/// The application ends and releases its encoder; another thread, which has no reference, calls it late.
fn a_call_after_the_last_release() {
    let scene = Arc::new(Scene::opened(Config::default()));
    let other = Arc::clone(&scene);
    let other = spawn(2, move || {
        assert_eq!(other.encoder.freed.load(Relaxed), 0, "I4: a message to a freed encoder");
        other.call(CallKind::Dispatch);
    });
    scene.call(CallKind::End);
    scene.release();
    other.join().unwrap();
    scene.guard.completed(BUFFER, |_| scene.release());
    scene.check();
    assert_eq!(scene.encoder.freed.load(Relaxed), 1, "I4: the encoder is freed once, at completion");
    assert_eq!(scene.guard.statistics().retained, 0);
}

/// The application's last release against the buffer's completion.
fn release_against_completion() {
    let scene = Arc::new(Scene::opened(Config::default()));
    let other = Arc::clone(&scene);
    scene.call(CallKind::End);
    let other = spawn(2, move || other.guard.completed(BUFFER, |_| other.release()));
    scene.release();
    other.join().unwrap();
    scene.check();
    assert_eq!(scene.encoder.freed.load(Relaxed), 1, "I4: freed once");
    assert_eq!(scene.guard.statistics().retained, 0);
}

#[test]
fn a_pointer_given_again_is_another_encoder() {
    passes("reuse of a pointer against a call (I1, I3, I10)", Bounds(1, 2), the_same_pointer_again);
}

#[test]
fn a_freed_address_is_another_encoder() {
    passes(
        "free and reuse of an address against a call (I1, I3, I10)",
        Bounds(1, 2),
        another_at_the_same_address,
    );
}

#[test]
fn a_waiter_that_does_not_look_who_lives_there_is_found() {
    let without = Without::Protection(Protection::Generation);
    finds(without, 2, the_same_pointer_again, "I10: a waiter reached another encoder");
}

#[test]
fn an_encoder_is_alive_until_its_buffer_completes() {
    passes("call after the last release (I3, I4)", Bounds(2, 3), a_call_after_the_last_release);
}

#[test]
fn a_missing_reference_is_found() {
    let without = Without::Protection(Protection::Retain);
    finds(without, 3, a_call_after_the_last_release, "I4: ");
}

#[test]
fn an_encoder_is_freed_once() {
    passes("last release against completion (I4)", Bounds(2, 3), release_against_completion);
}
