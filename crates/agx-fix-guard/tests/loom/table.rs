//! Look-up, insertion and removal.

use crate::checker::{Bounds, Without, finds, passes};
use crate::driver::Scene;
use crate::platform::spawn;
use agx_fix_guard::model::Protection;
use agx_fix_guard::{Config, Entry, Key};
use agx_fix_terms::{Call, CallId, CallKind};
use std::sync::Arc;

/// Other objects than the encoder; all stand below one bucket of two ways.
const OTHERS: [Key; 2] = [Key(0x3000), Key(0x4000)];

fn call_on(scene: &Scene, key: Key, kind: CallKind) {
    match scene.guard.enter(key, Call { id: CallId(9), kind }) {
        Entry::Go(permit) => permit.done(),
        Entry::Unguarded => {}
        other => panic!("nothing has ended: {other:?}"),
    }
}

/// Two threads bring an encoder that nobody has seen, both at once.
fn the_same_new_key() {
    let scene = Arc::new(Scene::new(Config::default()));
    let other = Arc::clone(&scene);
    let other = spawn(2, move || assert!(other.call(CallKind::Dispatch)));
    assert!(scene.call(CallKind::Encode));
    other.join().unwrap();
    scene.check();
    scene.check_acquisitions(0);
    assert_eq!(scene.guard.statistics().creations, 1, "I8: two slots for one encoder");
}

/// The same where its bucket is full, so that the table grows below both.
fn the_same_new_key_in_a_full_bucket() {
    let scene = Arc::new(Scene::new(Config::default()));
    OTHERS.into_iter().for_each(|key| call_on(&scene, key, CallKind::Encode));
    let other = Arc::clone(&scene);
    let other = spawn(2, move || assert!(other.call(CallKind::Dispatch)));
    assert!(scene.call(CallKind::Encode));
    other.join().unwrap();
    scene.check();
    assert_eq!(scene.guard.statistics().creations, 3, "I8: two slots for one encoder");
}

/// A key is taken out of the bucket while another one is looked up there, and a third one put in.
fn one_goes_while_another_comes() {
    let scene = Arc::new(Scene::new(Config::default()));
    call_on(&scene, OTHERS[0], CallKind::Encode);
    assert!(scene.call(CallKind::Encode));
    let other = Arc::clone(&scene);
    let other = spawn(2, move || {
        call_on(&other, OTHERS[0], CallKind::Free);
        call_on(&other, OTHERS[1], CallKind::Encode);
    });
    assert!(scene.call(CallKind::Dispatch));
    other.join().unwrap();
    scene.check();
    assert_eq!(scene.guard.statistics().acquisitions, 5, "I8");
    assert_eq!(scene.guard.statistics().unguarded, 0);
}

/// An encoder is ended by one thread while another frees it, and its slot goes to one that nobody ends.
fn an_end_between_two_lives() {
    let scene = Arc::new(Scene::new(Config::default()));
    call_on(&scene, OTHERS[0], CallKind::Encode);
    assert!(scene.call(CallKind::Encode));
    let other = Arc::clone(&scene);
    let other = spawn(2, move || {
        call_on(&other, OTHERS[0], CallKind::Free);
        for _ in 0..2 {
            call_on(&other, OTHERS[1], CallKind::Encode); // never late
        }
    });
    // In time, late, or as of an encoder that nobody has seen.
    if let Entry::Go(permit) = scene.guard.enter(OTHERS[0], Call { id: CallId(8), kind: CallKind::End }) {
        permit.done();
    }
    other.join().unwrap();
}

#[test]
fn an_end_reaches_the_encoder_that_it_was_meant_for() {
    passes("table, end against removal and reuse of the slot (I3)", Bounds(2, 3), an_end_between_two_lives);
}

#[test]
fn threads_that_bring_the_same_key_get_one_slot() {
    passes("table, 2 threads insert one key: one slot (I1, I8)", Bounds(1, 2), the_same_new_key);
}

#[test]
fn threads_that_bring_the_same_key_to_a_full_bucket_get_one_slot() {
    passes(
        "table, 2 threads insert one key as it grows (I1, I8)",
        Bounds(1, 2),
        the_same_new_key_in_a_full_bucket,
    );
}

#[test]
fn look_up_is_right_while_keys_come_and_go() {
    passes(
        "table, look-up against removal and insertion (I1, I8)",
        Bounds(2, 3),
        one_goes_while_another_comes,
    );
}

#[test]
fn creation_by_check_then_set_is_found() {
    let without = Without::Protection(Protection::Insertion);
    finds(without, 3, the_same_new_key, "two slots for one encoder");
}
