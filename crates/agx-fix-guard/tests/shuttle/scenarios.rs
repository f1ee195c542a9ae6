//! The scenarios, each with the strategies that have locks of their own.

use crate::checker::{finds, passes};
use crate::checks::checks;
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

/// Has `thread` happen at once in threads of these numbers, and waits until all are through.
fn at_once(world: &Arc<World>, numbers: impl IntoIterator<Item = u32>, thread: fn(&Arc<World>, u32)) {
    let start = |number| {
        let world = Arc::clone(world);
        spawn(number, move || thread(&world, number))
    };
    let threads: Vec<_> = numbers.into_iter().map(start).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// A command buffer with an encoder that is open.
fn with_encoder(preset: Preset) -> Arc<World> {
    let world = World::new(preset);
    world.new_buffer(0);
    assert!(world.open(0, 0));
    Arc::new(world)
}

/// The GPU completes the first command buffer, and all is as it should be.
fn complete(world: &World) {
    world.complete(0);
    world.check();
}

/// Three threads encode into one encoder; one ends it meanwhile, and one commits; the GPU completes.
fn one_encoder(preset: Preset) {
    let world = with_encoder(preset);
    at_once(&world, 2..5, |world, number| {
        (0..3).for_each(|_| encode(world, 0));
        match number {
            2 => {
                world.call(0, CallKind::End);
                world.release_encoder(0);
            }
            3 => assert!(world.commit(0)),
            _ => {}
        }
    });
    complete(&world);
}

/// Two threads open encoders on one command buffer in turns, and a third commits when it likes: what comes afterwards is
/// refused, what was open before is waited for.
fn one_buffer(preset: Preset) {
    let world = Arc::new(World::new(preset));
    world.new_buffer(0);
    at_once(&world, 2..5, |world, number| {
        if number == 4 {
            assert!(world.commit(0));
            assert!(!world.commit(0), "a command buffer is committed once");
            return;
        }
        let index = number as usize - 2;
        for encoder in [index, index + 2] {
            if !world.open(encoder, 0) {
                return;
            }
            encode(world, encoder);
            world.call(encoder, CallKind::End);
            world.release_encoder(encoder);
        }
    });
    complete(&world);
}

/// Threads go through whole lives of command buffers and encoders, at addresses that come back, while others call their
/// encoders, in time and late, as long as somebody holds a reference.
fn lives(preset: Preset) {
    let world = Arc::new(World::new(preset));
    at_once(&world, [2, 4], |world, number| (0..2).for_each(|_| one_life(world, number)));
    world.check();
}

fn one_life(world: &Arc<World>, number: u32) {
    let index = number as usize / 2 - 1;
    world.new_buffer(index);
    assert!(world.open(index, index));
    let helper = Arc::clone(world);
    let helper = spawn(number + 1, move || (0..2).for_each(|_| encode(&helper, index)));
    encode(world, index);
    assert!(world.call(index, CallKind::End));
    world.release_encoder(index);
    assert!(world.commit(index));
    helper.join().unwrap();
    world.complete(index);
    assert!(!world.is_alive(index), "I4: nobody gave the last reference back");
}

/// Two threads call an encoder that another one ends, by calls that are never late.
fn end_and_access() {
    let world = with_encoder(Preset::PerEncoder);
    at_once(&world, 2..5, |world, number| {
        let kind = if number == 2 { CallKind::End } else { CallKind::Access };
        assert!(world.call(0, kind));
    });
    world.release_encoder(0);
    complete(&world);
}

/// Nobody has told the guard of the encoder: its first callers make its slot.
fn first_callers() {
    let world = Arc::new(World::new(Preset::PerEncoder));
    world.adopt(0);
    at_once(&world, 2..5, |world, _| {
        assert!(world.call(0, CallKind::Dispatch), "I3: a call on an open encoder is late");
    });
    assert_eq!(world.dispatched.load(SeqCst), 3, "a dispatch was lost");
    world.check();
}

checks! {
    one_encoder_with_a_lock_of_its_own:
        passes("3 threads on one encoder that ends, PerEncoder", || one_encoder(Preset::PerEncoder));
    one_encoder_with_its_buffers_lock:
        passes("3 threads on one encoder that ends, PerCommandBuffer", || one_encoder(Preset::PerCommandBuffer));
    one_encoder_with_one_lock_for_all:
        passes("3 threads on one encoder that ends, Global", || one_encoder(Preset::Global));
    one_buffer_with_locks_of_their_own:
        passes("encoders in turns on one buffer, commit, PerEncoder", || one_buffer(Preset::PerEncoder));
    one_buffer_with_its_lock: passes(
        "encoders in turns on one buffer, commit, PerCommandBuffer", || one_buffer(Preset::PerCommandBuffer)
    );
    lives_with_locks_of_their_own:
        passes("4 threads, lives at addresses that come back, PerEncoder", || lives(Preset::PerEncoder));
    lives_with_their_buffers_locks:
        passes("4 threads, lives at addresses that come back, PerCommandBuffer", || lives(Preset::PerCommandBuffer));
    an_end_is_a_call: passes("end and 2 threads whose calls are never late", end_and_access);
    first_callers_of_an_encoder: passes("3 threads on an encoder that nobody saw open", first_callers);
    an_end_beside_the_lock_is_found_and_replayed: finds(Protection::EndUnderLock, end_and_access, "I1: ");
    a_missing_look_at_the_state_is_found_and_replayed: finds(
        Protection::EndedCheck, || one_encoder(Preset::PerEncoder), "I3: a late call reached the driver"
    );
    a_missing_reference_is_found_and_replayed:
        finds(Protection::Retain, || lives(Preset::PerEncoder), "I4: ");
    an_adoption_that_makes_waiting_calls_late_is_found_and_replayed:
        finds(Protection::AdoptedNotLate, first_callers, "I3: a call on an open encoder is late");
    creation_by_check_then_set_is_found_and_replayed: finds(Protection::Insertion, first_callers, "I1: ");
}
