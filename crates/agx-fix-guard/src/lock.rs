//! A lock in one word, which names its owner.
//!
//! | word | meaning |
//! |---|---|
//! | 0 | free |
//! | `t` | held by thread `t`, nobody sleeps |
//! | `t + WAITERS` | held by thread `t`; somebody may sleep on the word |
//!
//! The owner alone clears the word. Whoever wants it sets `WAITERS` before sleeping, and keeps the bit on when it
//! gets the lock after a sleep, as others may sleep too: a wake too many is harmless, one too few is not.
//!
//! Taking is Acquire, letting go is Release: what the last holder wrote, the next one reads.

use crate::platform::{Platform, Thread};
use crate::sync::{AtomicU32, Ordering, spin_loop};
use std::time::Duration;

const WAITERS: u32 = 1 << 31;
const SPINS: u32 = 64;

/// The lock. It does not nest: the owner asks [`Lock::is_mine`] first.
#[derive(Debug, Default)]
pub struct Lock {
    word: AtomicU32,
}

impl Lock {
    /// A free lock.
    pub const fn new() -> Self {
        Self { word: AtomicU32::new(0) }
    }

    /// Whether `me` holds it. Exact for the calling thread: only the owner writes its own number here.
    #[inline]
    pub fn is_mine(&self, me: Thread) -> bool {
        self.word.load(Ordering::Relaxed) & !WAITERS == me
    }

    /// The thread that holds it at this moment.
    pub fn owner(&self) -> Option<Thread> {
        let owner = self.word.load(Ordering::Relaxed) & !WAITERS;
        (owner != 0).then_some(owner)
    }

    /// Takes the lock if it is free.
    #[inline]
    pub fn try_lock(&self, me: Thread) -> bool {
        self.word.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Takes the lock. True if it had to wait for another thread. `long_wait` is called once when `limit` has passed.
    #[inline]
    pub fn lock<P: Platform>(
        &self,
        me: Thread,
        limit: Option<Duration>,
        long_wait: impl FnOnce(Thread),
    ) -> bool {
        if self.try_lock(me) {
            return false;
        }
        self.wait::<P>(me, limit, long_wait);
        true
    }

    #[cold]
    fn wait<P: Platform>(&self, me: Thread, limit: Option<Duration>, long_wait: impl FnOnce(Thread)) {
        if self.spin(me) {
            return;
        }
        let mut limit = limit;
        let mut long_wait = Some(long_wait);
        let started = std::time::Instant::now();
        let mut taken = me;
        loop {
            let word = self.word.load(Ordering::Relaxed);
            if word == 0 {
                if self.word.compare_exchange(0, taken, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                    return;
                }
                continue;
            }
            let flagged = word | WAITERS;
            if word != flagged
                && self.word.compare_exchange(word, flagged, Ordering::Relaxed, Ordering::Relaxed).is_err()
            {
                continue;
            }
            let left = limit.map(|limit| limit.saturating_sub(started.elapsed()));
            P::wait_for_owner(&self.word, flagged, flagged & !WAITERS, left);
            taken = me | WAITERS;
            if limit.is_some_and(|limit| started.elapsed() >= limit) {
                limit = None;
                if let Some(long_wait) = long_wait.take() {
                    long_wait(self.owner().unwrap_or(0));
                }
            }
        }
    }

    /// A holder is usually inside for less time than a sleep takes.
    fn spin(&self, me: Thread) -> bool {
        for _ in 0..SPINS {
            let word = self.word.load(Ordering::Relaxed);
            if word == 0 && self.try_lock(me) {
                return true;
            }
            if word & WAITERS != 0 {
                return false;
            }
            spin_loop();
        }
        false
    }

    /// Lets go.
    #[inline]
    pub fn unlock<P: Platform>(&self) {
        if self.word.swap(0, Ordering::Release) & WAITERS != 0 {
            P::wake_one(&self.word);
        }
    }

    /// In a forked child, where only the forking thread lives on: a lock that it holds goes to its new number, a
    /// lock that another thread holds is free.
    pub fn after_fork(&self, before: Thread, after: Thread) {
        match self.owner() {
            None => {}
            Some(owner) if owner == before => self.word.store(after, Ordering::Relaxed),
            Some(_) => self.word.store(0, Ordering::Relaxed),
        }
    }
}
