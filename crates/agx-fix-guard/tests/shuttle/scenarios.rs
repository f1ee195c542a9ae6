//! The scenarios, each with the strategies that have locks of their own.

use crate::checker::{finds, passes};
use crate::driver::World;
use crate::platform::spawn;
use agx_fix_guard::model::Protection;
use agx_fix_terms::{CallKind, Preset};
use shuttle::rand::{Rng, thread_rng};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

fn below(end: usize) -> usize {
    thread_rng().gen_range(0..end)
}

fn encode(world: &World, encoder: usize) {
    let kinds = [CallKind::Encode, CallKind::Dispatch, CallKind::Dispatch, CallKind::Access];
    world.call(encoder, kinds[below(kinds.len())]);
}

/// Three threads encode into one encoder; one ends it meanwhile, and one commits; the GPU completes.
fn one_encoder(preset: Preset) {
    let world = Arc::new(World::new(preset));
    world.new_buffer(0);
    assert!(world.open(0, 0));
    let threads: Vec<_> = (2..5)
        .map(|number| {
            let world = Arc::clone(&world);
            spawn(number, move || {
                for _ in 0..3 {
                    encode(&world, 0);
                }
                match number {
                    2 => {
                        world.call(0, CallKind::End);
                        world.release_encoder(0);
                    }
                    3 => assert!(world.commit(0)),
                    _ => {}
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    world.complete(0);
    world.check();
}

/// Two threads open encoders on one command buffer in turns, and a third commits when it likes: what comes afterwards is
/// refused, what was open before is waited for.
fn one_buffer(preset: Preset) {
    let world = Arc::new(World::new(preset));
    world.new_buffer(0);
    let mut threads: Vec<_> = [0, 1]
        .map(|index| {
            let world = Arc::clone(&world);
            spawn(index as u32 + 2, move || {
                for encoder in [index, index + 2] {
                    if !world.open(encoder, 0) {
                        return;
                    }
                    encode(&world, encoder);
                    world.call(encoder, CallKind::End);
                    world.release_encoder(encoder);
                }
            })
        })
        .into();
    let committer = Arc::clone(&world);
    threads.push(spawn(4, move || {
        assert!(committer.commit(0));
        assert!(!committer.commit(0), "a command buffer is committed once");
    }));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    world.complete(0);
    world.check();
}

/// Threads go through whole lives of command buffers and encoders, at addresses that come back, while others call their
/// encoders, in time and late, as long as somebody holds a reference.
fn lives(preset: Preset) {
    let world = Arc::new(World::new(preset));
    let threads: Vec<_> = (0..2)
        .map(|index| {
            let world = Arc::clone(&world);
            spawn(2 + 2 * index as u32, move || {
                for _ in 0..2 {
                    one_life(&world, index);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    world.check();
}

fn one_life(world: &Arc<World>, index: usize) {
    world.new_buffer(index);
    assert!(world.open(index, index));
    let helper = Arc::clone(world);
    let helper = spawn(3 + 2 * index as u32, move || {
        for _ in 0..2 {
            encode(&helper, index);
        }
    });
    encode(world, index);
    assert!(world.call(index, CallKind::End));
    world.release_encoder(index);
    assert!(world.commit(index));
    helper.join().unwrap();
    world.complete(index);
    assert!(!world.is_alive(index), "I4: nobody gave the last reference back");
}

macro_rules! scenario {
    ($test:ident, $scenario:ident, $preset:ident, $name:expr) => {
        #[test]
        fn $test() {
            passes(concat!($name, ", ", stringify!($preset)), || $scenario(Preset::$preset));
        }
    };
}

scenario!(one_encoder_with_a_lock_of_its_own, one_encoder, PerEncoder, "3 threads on one encoder that ends");
scenario!(
    one_encoder_with_its_buffers_lock,
    one_encoder,
    PerCommandBuffer,
    "3 threads on one encoder that ends"
);
scenario!(one_encoder_with_one_lock_for_all, one_encoder, Global, "3 threads on one encoder that ends");
scenario!(
    one_buffer_with_locks_of_their_own,
    one_buffer,
    PerEncoder,
    "encoders in turns on one buffer, commit"
);
scenario!(one_buffer_with_its_lock, one_buffer, PerCommandBuffer, "encoders in turns on one buffer, commit");
scenario!(lives_with_locks_of_their_own, lives, PerEncoder, "4 threads, lives at addresses that come back");
scenario!(
    lives_with_their_buffers_locks,
    lives,
    PerCommandBuffer,
    "4 threads, lives at addresses that come back"
);

/// Two threads call an encoder that another one ends, by calls that are never late.
fn end_and_access() {
    let world = Arc::new(World::new(Preset::PerEncoder));
    world.new_buffer(0);
    assert!(world.open(0, 0));
    let threads = [2, 3].map(|number| {
        let world = Arc::clone(&world);
        spawn(number, move || assert!(world.call(0, CallKind::Access)))
    });
    assert!(world.call(0, CallKind::End));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    world.release_encoder(0);
    world.complete(0);
    world.check();
}

/// Nobody has told the guard of the encoder: its first callers make its slot.
fn first_callers() {
    let world = Arc::new(World::new(Preset::PerEncoder));
    world.adopt(0);
    let threads = [2, 3, 4].map(|number| {
        let world = Arc::clone(&world);
        spawn(number, move || {
            assert!(world.call(0, CallKind::Dispatch), "I3: a call on an open encoder is late")
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(world.dispatched.load(SeqCst), 3, "a dispatch was lost");
    world.check();
}

#[test]
fn an_end_is_a_call() {
    passes("end and 2 threads whose calls are never late", end_and_access);
}

#[test]
fn first_callers_of_an_encoder() {
    passes("3 threads on an encoder that nobody saw open", first_callers);
}

#[test]
fn an_end_beside_the_lock_is_found_and_replayed() {
    finds(Protection::EndUnderLock, end_and_access, "I1: ");
}

#[test]
fn a_missing_look_at_the_state_is_found_and_replayed() {
    finds(Protection::EndedCheck, || one_encoder(Preset::PerEncoder), "I3: a late call reached the driver");
}

#[test]
fn a_missing_reference_is_found_and_replayed() {
    finds(Protection::Retain, || lives(Preset::PerEncoder), "I4: ");
}

#[test]
fn an_adoption_that_makes_waiting_calls_late_is_found_and_replayed() {
    finds(Protection::AdoptedNotLate, first_callers, "I3: a call on an open encoder is late");
}

#[test]
fn creation_by_check_then_set_is_found_and_replayed() {
    finds(Protection::Insertion, first_callers, "I1: ");
}
