//! Sleeping on a word, with the contract of Linux's futex: the queues of `parking_lot_core`, on pthread's mutexes and
//! condition variables.
//!
//! The system's own ways are no match for a lock that names its owner, reports long waits and lives through a fork:
//! `os_unfair_lock` has no time limit and ends the process where its owner has gone; `os_sync_wait_on_address` came with
//! macOS 14.4; `__ulock_wait` is in no header. What `os_unfair_lock` has and a condition variable has not is that the
//! waiter lends its priority to the owner: `boost` does that by pthread's overrides.

use super::boost::Boost;
use core::sync::atomic::{AtomicU32, Ordering};
use parking_lot_core::{DEFAULT_PARK_TOKEN, DEFAULT_UNPARK_TOKEN, park, unpark_all, unpark_one};
use std::time::{Duration, Instant};

pub(in crate::platform) fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    sleep(word, expected, limit, || ());
}

pub(in crate::platform) fn wait_for_owner(
    word: &AtomicU32,
    expected: u32,
    owner: u32,
    limit: Option<Duration>,
) {
    let mut boost = None;
    // The owner may have let go by then, and be gone: at worst a thread is boosted that nobody waits for any more.
    sleep(word, expected, limit, || boost = Boost::of(owner));
    drop(boost);
}

/// `before` runs when the thread is in the queue, and about to sleep.
fn sleep(word: &AtomicU32, expected: u32, limit: Option<Duration>, before: impl FnOnce()) {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let unchanged = || word.load(Ordering::Relaxed) == expected;
    // SAFETY: the key is the address of a word that only this module queues on; none of the functions panics or parks.
    unsafe { park(key(word), unchanged, before, |_, _| (), DEFAULT_PARK_TOKEN, deadline) };
}

pub(in crate::platform) fn wake_one(word: &AtomicU32) {
    // SAFETY: as in `sleep`.
    unsafe { unpark_one(key(word), |_| DEFAULT_UNPARK_TOKEN) };
}

pub(in crate::platform) fn wake_all(word: &AtomicU32) {
    // SAFETY: as in `sleep`.
    unsafe { unpark_all(key(word), DEFAULT_UNPARK_TOKEN) };
}

fn key(word: &AtomicU32) -> usize {
    core::ptr::from_ref(word).addr()
}
