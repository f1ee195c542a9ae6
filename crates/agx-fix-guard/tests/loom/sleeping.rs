//! The lock by itself: no two holders, and no lost wake.

use crate::checker::{Bounds, Without, finds, passes};
use crate::checks::checks;
use crate::platform::{Missing, Model, spawn};
use agx_fix_guard::Lock;
use loom::sync::atomic::AtomicU64;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

struct Shared {
    lock: Lock,
    work: AtomicU64,
}

impl Shared {
    fn turn(&self) {
        let _held = self.lock.lock::<Model>();
        let work = self.work.load(Relaxed);
        self.work.store(work + 1, Relaxed);
    }
}

fn hand_over(threads: u32, turns: u32) {
    let shared = Arc::new(Shared { lock: Lock::new(), work: AtomicU64::new(0) });
    let others: Vec<_> = (2..=threads)
        .map(|number| {
            let shared = Arc::clone(&shared);
            spawn(number, move || (0..turns).for_each(|_| shared.turn()))
        })
        .collect();
    (0..turns).for_each(|_| shared.turn());
    others.into_iter().for_each(|other| other.join().unwrap());
    assert_eq!(shared.work.load(Relaxed), u64::from(threads * turns), "I1: work was lost");
}

fn two_threads() {
    hand_over(2, 2);
}

fn three_threads() {
    hand_over(3, 1);
}

checks! {
    two_threads_hand_the_lock_over:
        passes("lock, 2 threads with 2 turns: exclusion, no lost wake", Bounds(2, 3), two_threads);
    three_threads_hand_the_lock_over:
        passes("lock, 3 threads: exclusion, no lost wake", Bounds(2, 3), three_threads);
    without_the_owners_fence_a_wake_is_lost:
        finds(Without::Platform(Missing::LightFence), 3, two_threads, "deadlock");
    without_the_sleepers_fence_a_wake_is_lost:
        finds(Without::Platform(Missing::HeavyFence), 3, two_threads, "deadlock");
    without_a_wake_a_thread_sleeps_for_ever:
        finds(Without::Platform(Missing::Wake), 3, two_threads, "deadlock");
}
