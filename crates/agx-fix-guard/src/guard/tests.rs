//! What only tests in the crate see of the guard: short steps of forks, and what comes between two steps of a call.

use super::*;
use crate::fast_path::{Fast, FastPermit};
use crate::lifecycle::Maker;
use crate::permit::Entry;
use crate::platform::tests::{TestPlatform, at_unlock};
use crate::table::tests::colliding_keys;
use agx_fix_terms::{Call, CallId, CallKind};

fn new_guard() -> &'static Guard<TestPlatform> {
    Box::leak(Box::new(Guard::new(Box::leak(Box::new(Storage::new())))))
}

/// Opens an encoder. True if there is a reference to give back.
fn open(guard: &Guard<TestPlatform>, key: Key) -> bool {
    guard.opened(key, Maker::Buffer(Key(1 << 40)), Call { id: CallId(1), kind: CallKind::Open })
}

fn enter(guard: &Guard<TestPlatform>, key: Key, kind: CallKind) -> Entry<'_, TestPlatform> {
    guard.enter(key, Call { id: CallId(4), kind })
}

#[test]
fn a_fork_holds_what_a_child_could_not_wait_for() {
    let guard = new_guard();
    let held = || guard.table.insertion_locks().filter(|lock| lock.owner().is_some()).count();
    guard.before_fork();
    assert_eq!(held(), 1);
    guard.after_fork_in_parent();
    assert_eq!(held(), 0);
    guard.before_fork();
    let me = TestPlatform::thread();
    guard.after_fork(me, me);
    assert_eq!(held(), 0, "in the child as well");
}

#[test]
fn the_fast_path_stays_open_among_many() {
    let guard = new_guard();
    let keys = colliding_keys();
    let many = &keys[..keys.len() / 2];
    assert!(many.iter().all(|&key| open(guard, key)));
    for &key in many {
        assert!(guard.table.slot_of(key).is_err(), "the test is meant to have a table that has grown");
        drop(fast(guard, key, 2));
    }
}

/// The encoder is open, and nobody is inside.
fn fast(guard: &Guard<TestPlatform>, key: Key, call: u16) -> FastPermit<'_, TestPlatform> {
    match guard.enter_fast(key, CallId(call), |fast| fast) {
        Fast::Go(permit) => permit,
        other => panic!("{other:?}"),
    }
}

/// Makes a call, all of it. True if it may reach the driver.
fn made(guard: &Guard<TestPlatform>, key: Key, kind: CallKind) -> bool {
    match enter(guard, key, kind) {
        Entry::Go(permit) => permit.done(),
        Entry::Refused(_) => return false,
        _ => panic!("nothing is open, and there is room"),
    }
    true
}

/// A call finds its encoder. Before it has the lock, the encoder is freed, and its slot goes to another one, which ends.
#[test]
fn a_slot_that_was_freed_between_look_up_and_lock_is_looked_up_again() {
    let guard = new_guard();
    let (key, next) = (colliding_keys()[0], colliding_keys()[1]);
    let slot = |key| core::ptr::from_ref(guard.table.find(key).unwrap().slot());
    // The call finds nothing, and makes a slot: it unlocks the bucket first, then the slot.
    at_unlock(2, move || {
        let freed = slot(key);
        assert!(made(guard, key, CallKind::Free) && made(guard, next, CallKind::End));
        assert!(core::ptr::eq(slot(next), freed), "the test is meant to have one slot for both");
    });
    assert!(made(guard, key, CallKind::Dispatch), "it is not the call's encoder that has ended");
    assert!(!made(guard, next, CallKind::Dispatch), "and it has happened");
}

#[test]
fn waits_have_a_limit_if_one_is_set() {
    let guard = new_guard();
    for long_wait in [None, Some(Duration::from_millis(1)), None] {
        guard.configure(Config { long_wait, ..Config::default() });
        assert_eq!(guard.long_wait(), long_wait);
    }
}

#[test]
fn nobody_is_inside_when_a_call_is_over() {
    let guard = new_guard();
    let key = Key(0x40);
    assert!(open(guard, key));
    let inside = || guard.table.find(key).unwrap().slot().inside();
    let permit = enter(guard, key, CallKind::Access);
    assert_eq!(inside(), Some(CallId(4)));
    drop(permit);
    assert_eq!(inside(), None);
    let permit = fast(guard, key, 8);
    assert_eq!(inside(), Some(CallId(8)));
    drop(permit);
    assert_eq!(inside(), None);
}

/// I9.
#[test]
fn a_call_on_an_encoder_without_a_slot_goes_through_and_is_counted() {
    let guard = new_guard();
    let keys = colliding_keys();
    let (last, fitting) = keys.split_last().unwrap();
    assert!(fitting.iter().all(|&key| made(guard, key, CallKind::Dispatch)));
    assert!(matches!(enter(guard, *last, CallKind::Dispatch), Entry::Unguarded));
    assert!(!open(guard, *last), "and there is no reference to keep");
    let statistics = guard.statistics();
    assert_eq!((statistics.unguarded, statistics.acquisitions), (2, fitting.len() as u64));
}

#[test]
fn nobody_waits_in_a_child_and_the_lock_is_free() {
    let guard = new_guard();
    assert!(guard.waits.begin::<TestPlatform>(1, 2));
    core::mem::forget(guard.waits.lock().lock::<TestPlatform>()); // by a thread that the child does not have
    guard.after_fork(u32::MAX >> 1, 3);
    assert_eq!(guard.waits.lock().owner(), None);
    assert!(guard.waits.begin::<TestPlatform>(2, 1));
}
