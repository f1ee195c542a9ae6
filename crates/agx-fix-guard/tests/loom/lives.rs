//! One encoder after another: references, freeing, and addresses that come back.

use crate::checker::{Bounds, Without, finds, passes};
use crate::checks::checks;
use crate::driver::{BUFFER, Scene};
use crate::platform::when_asleep;
use agx_fix_guard::Config;
use agx_fix_guard::model::Protection;
use agx_fix_terms::CallKind;
use std::cell::Cell;
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

fn dispatch(scene: &Scene) {
    when_asleep(remember_life);
    scene.call_with(CallKind::Dispatch, same_life);
}

/// One life of the address follows the other, while another thread calls.
fn next_life(scene: Scene, end: fn(&Scene)) {
    LIVES.set(1);
    SLEPT_IN.set(0);
    let mine = |scene: &Scene| {
        end(scene);
        scene.open();
        assert!(scene.call(CallKind::Encode), "I3: the new encoder is open");
    };
    scene.run(&[dispatch], mine).check();
}

/// The driver gives the same pointer again, while another thread calls it.
fn the_same_pointer_again() {
    next_life(Scene::opened(Config::default()), |scene| {
        scene.call(CallKind::End);
        LIVES.set(2);
    });
}

/// The encoder is freed, whatever holds references, and its address becomes another's.
fn another_at_the_same_address() {
    let scene = Scene::opened(Config::default());
    // The other thread may come when nobody lives there, which no guard can know.
    scene.encoder.is_never_freed.store(true, Relaxed);
    next_life(scene, |scene| {
        scene.call_slowly(CallKind::Free, || LIVES.set(2));
    });
}

fn assert_freed_once(scene: &Scene) {
    assert_eq!(scene.encoder.freed.load(Relaxed), 1, "I4: the encoder is freed once, at completion");
    assert_eq!(scene.guard.statistics().retained, 0);
}

/// The application ends and releases its encoder; another thread, which has no reference, calls it late.
fn a_call_after_the_last_release() {
    let other = |scene: &Scene| {
        assert_eq!(scene.encoder.freed.load(Relaxed), 0, "I4: a message to a freed encoder");
        scene.call(CallKind::Dispatch);
    };
    let mine = |scene: &Scene| {
        scene.call(CallKind::End);
        scene.release();
    };
    let scene = Scene::opened(Config::default()).run(&[other], mine);
    scene.guard.completed(BUFFER, |_| scene.release());
    assert_freed_once(scene.check());
}

/// The application's last release against the buffer's completion.
fn release_against_completion() {
    let scene = Scene::opened(Config::default());
    scene.call(CallKind::End);
    let complete = |scene: &Scene| scene.guard.completed(BUFFER, |_| scene.release());
    assert_freed_once(scene.run(&[complete], Scene::release).check());
}

checks! {
    a_pointer_given_again_is_another_encoder:
        passes("reuse of a pointer against a call (I1, I3, I10)", Bounds(1, 2), the_same_pointer_again);
    a_freed_address_is_another_encoder: passes(
        "free and reuse of an address against a call (I1, I3, I10)", Bounds(1, 2), another_at_the_same_address
    );
    a_waiter_that_does_not_look_who_lives_there_is_found: finds(
        Without::Protection(Protection::Generation), 2, the_same_pointer_again,
        "I10: a waiter reached another encoder"
    );
    an_encoder_is_alive_until_its_buffer_completes:
        passes("call after the last release (I3, I4)", Bounds(2, 3), a_call_after_the_last_release);
    a_missing_reference_is_found:
        finds(Without::Protection(Protection::Retain), 3, a_call_after_the_last_release, "I4: ");
    an_encoder_is_freed_once:
        passes("last release against completion (I4)", Bounds(2, 3), release_against_completion);
}
