//! Look-up, insertion and removal.

use crate::checker::{Bounds, Without, finds, passes};
use crate::checks::checks;
use crate::driver::Scene;
use agx_fix_guard::model::Protection;
use agx_fix_guard::{Config, Key};
use agx_fix_terms::CallKind;

/// Other objects than the encoder; all stand below one bucket of two ways.
const OTHERS: [Key; 2] = [Key(0x3000), Key(0x4000)];

/// Two threads bring an encoder that nobody has seen, both at once. These were there before.
fn the_same_new_key_beside(others: &[Key]) {
    let scene = Scene::new(Config::default());
    assert!(others.iter().all(|&key| scene.call_on(key, CallKind::Encode)));
    let other = |scene: &Scene| assert!(scene.call(CallKind::Dispatch));
    let scene = scene.run(&[other], |scene| assert!(scene.call(CallKind::Encode)));
    let counted = scene.check().guard.statistics();
    assert_eq!(counted.acquisitions, 2 + others.len() as u64, "I8");
    assert_eq!(counted.creations, 1 + others.len() as u64, "I8: two slots for one encoder");
}

fn the_same_new_key() {
    the_same_new_key_beside(&[]);
}

/// The bucket is full, so that the table grows below both.
fn the_same_new_key_in_a_full_bucket() {
    the_same_new_key_beside(&OTHERS);
}

/// The encoder, and another object, in one bucket.
fn two_in_a_bucket() -> Scene {
    let scene = Scene::new(Config::default());
    assert!(scene.call_on(OTHERS[0], CallKind::Encode) && scene.call(CallKind::Encode));
    scene
}

/// A key is taken out of the bucket while another one is looked up there, and a third one put in.
fn one_goes_while_another_comes() {
    let other = |scene: &Scene| {
        assert!(scene.call_on(OTHERS[0], CallKind::Free) && scene.call_on(OTHERS[1], CallKind::Encode));
    };
    let scene = two_in_a_bucket().run(&[other], |scene| assert!(scene.call(CallKind::Dispatch)));
    let counted = scene.check().guard.statistics();
    assert_eq!((counted.acquisitions, counted.unguarded), (5, 0), "I8");
}

/// An encoder is ended by one thread while another frees it, and its slot goes to one that nobody ends.
fn an_end_between_two_lives() {
    let other = |scene: &Scene| {
        assert!(scene.call_on(OTHERS[0], CallKind::Free));
        assert!((0..2).all(|_| scene.call_on(OTHERS[1], CallKind::Encode)), "never late");
    };
    // In time, late, or as of an encoder that nobody has seen.
    two_in_a_bucket().run(&[other], |scene| {
        scene.call_on(OTHERS[0], CallKind::End);
    });
}

checks! {
    an_end_reaches_the_encoder_that_it_was_meant_for: passes(
        "table, end against removal and reuse of the slot (I3)", Bounds(2, 3), an_end_between_two_lives
    );
    threads_that_bring_the_same_key_get_one_slot:
        passes("table, 2 threads insert one key: one slot (I1, I8)", Bounds(1, 2), the_same_new_key);
    threads_that_bring_the_same_key_to_a_full_bucket_get_one_slot: passes(
        "table, 2 threads insert one key as it grows (I1, I8)", Bounds(1, 2), the_same_new_key_in_a_full_bucket
    );
    look_up_is_right_while_keys_come_and_go: passes(
        "table, look-up against removal and insertion (I1, I8)", Bounds(2, 3), one_goes_while_another_comes
    );
    creation_by_check_then_set_is_found:
        finds(Without::Protection(Protection::Insertion), 3, the_same_new_key, "two slots for one encoder");
}
