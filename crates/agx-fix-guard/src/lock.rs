//! A lock whose word names its owner.
//!
//! | `word` | meaning |
//! |---|---|
//! | 0 | free |
//! | `t` | held by thread `t` |
//!
//! The owner alone clears the word, by a plain store: an exchange would cost as much again as taking the lock does. So
//! those that sleep are told of beside it:
//!
//! | `sleep` | meaning |
//! |---|---|
//! | odd | somebody sleeps, or is about to |
//! | even | nobody does, or whoever does has been woken |
//!
//! A thread that wants to sleep makes `sleep` odd, looks at the word once more, and sleeps while `sleep` is unchanged. The
//! owner clears the word and looks at `sleep` then; if it is odd it makes it even, which is a change, and wakes one
//! sleeper. A thread that has slept makes it odd again when it gets the lock, as others may sleep too: a wake too many is
//! harmless, one too few is not.
//!
//! **No wake is lost** if of these two, at least one sees what the other has written:
//!
//! ```text
//!   owner:    word = 0;      light fence;  reads `sleep`
//!   sleeper:  sleep = odd;   heavy fence;  reads `word`
//! ```
//!
//! Both would be sequentially consistent fences, but that the owner passes here on every call and the sleeper seldom. A
//! [`Platform`] that can, lets the sleeper pay for both ([`Platform::heavy_fence`]).
//!
//! Taking is Acquire, letting go is Release: what the last holder wrote, the next one reads.

use crate::platform::{Platform, Thread};
use crate::sync::{AtomicU32, Instant, Ordering, spin_loop};
use const_fn::const_fn;
use std::time::Duration;

/// The bit of `sleep` that says that somebody does.
const ASLEEP: u32 = 1;
/// Pauses before each look at a lock that is held.
const PAUSES: u32 = if MODEL { 1 } else { 4 };
/// The same once it is seen to be taken over and over, at least once in two pauses; twice as many each time. A look takes the
/// word's cache line from a thread that comes back at once, and a change of hands costs more than many of its calls.
const PAUSES_WHEN_HOT: u32 = 128;
/// Pauses before sleeping: some 28 us on the machine of `docs/performance.md`, as long as a sleeper and who wakes it take.
const PAUSES_IN_ALL: u32 = if MODEL { 1 } else { 1008 };
/// A model checker would go through each pause.
const MODEL: bool = cfg!(any(loom, shuttle));

/// The lock. It does not nest: the owner asks [`Lock::is_mine`] first.
#[derive(Debug, Default)]
pub struct Lock {
    word: AtomicU32,
    sleep: AtomicU32,
}

impl Lock {
    /// A free lock.
    #[const_fn(cfg(not(loom)))]
    pub const fn new() -> Self {
        Self { word: AtomicU32::new(0), sleep: AtomicU32::new(0) }
    }

    /// Whether `me` holds it. Exact for the calling thread: only the owner writes its own number here.
    #[inline]
    pub fn is_mine(&self, me: Thread) -> bool {
        self.word.load(Ordering::Relaxed) == me
    }

    /// The thread that holds it at this moment.
    pub fn owner(&self) -> Option<Thread> {
        let owner = self.word.load(Ordering::Relaxed);
        (owner != 0).then_some(owner)
    }

    /// Whether a thread holds it at this moment.
    #[inline]
    pub fn is_held(&self) -> bool {
        self.word.load(Ordering::Relaxed) != 0
    }

    /// Whether somebody sleeps until it is free, or may do so.
    pub fn is_waited_for(&self) -> bool {
        self.sleep.load(Ordering::Relaxed) & ASLEEP != 0
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
        self.wait::<P>(me, || 0, limit, long_wait);
        true
    }

    /// The same for a lock that was just found held: a first try would only disturb the holder. `turns` counts how often it is
    /// taken, or something like that: it decides only how long to leave a holder alone.
    #[cold]
    pub(crate) fn wait<P: Platform>(
        &self,
        me: Thread,
        turns: impl Fn() -> u64,
        limit: Option<Duration>,
        long_wait: impl FnOnce(Thread),
    ) {
        if self.spin(me, &turns) {
            return;
        }
        let mut limit = limit;
        let mut long_wait = Some(long_wait);
        let started = Instant::now();
        loop {
            let seen = self.tell_of_sleep();
            P::heavy_fence();
            if self.try_lock(me) {
                return; // `sleep` stays odd: others may sleep too
            }
            let left = limit.map(|limit| limit.saturating_sub(started.elapsed()));
            match self.owner() {
                Some(owner) => P::wait_for_owner(&self.sleep, seen, owner, left),
                None => P::wait(&self.sleep, seen, left),
            }
            if self.spin(me, &turns) {
                self.tell_of_sleep();
                return;
            }
            if limit.is_some_and(|limit| started.elapsed() >= limit) {
                limit = None;
                if let Some(long_wait) = long_wait.take() {
                    long_wait(self.owner().unwrap_or(0));
                }
            }
        }
    }

    /// Makes `sleep` odd, and answers what it is then.
    fn tell_of_sleep(&self) -> u32 {
        self.sleep.fetch_or(ASLEEP, Ordering::SeqCst) | ASLEEP
    }

    /// A holder is usually inside for less time than a sleep takes. `turns` counts how often the lock is taken, as far as
    /// somebody does.
    fn spin(&self, me: Thread, turns: &impl Fn() -> u64) -> bool {
        let (mut pauses, mut hot, mut left) = (PAUSES, false, PAUSES_IN_ALL);
        while left > 0 {
            let before = turns();
            (0..pauses).for_each(|_| spin_loop());
            left = left.saturating_sub(pauses);
            if hot {
                pauses *= 2;
            } else if turns().wrapping_sub(before) >= u64::from(PAUSES / 2).max(1) {
                (pauses, hot) = (PAUSES_WHEN_HOT.min(left), true);
                continue; // it would be taken back at once
            }
            pauses = pauses.min(left);
            if !self.is_held() && self.try_lock(me) {
                return true;
            }
        }
        false
    }

    /// Lets go.
    #[inline]
    pub fn unlock<P: Platform>(&self) {
        self.word.store(0, Ordering::Release);
        P::light_fence();
        if self.sleep.load(Ordering::Relaxed) & ASLEEP != 0 {
            self.wake::<P>();
        }
    }

    #[cold]
    fn wake<P: Platform>(&self) {
        let seen = self.sleep.load(Ordering::Relaxed);
        let even = seen.wrapping_add(1);
        // Where it is even already, or becomes so, somebody else has seen to it.
        if seen & ASLEEP != 0
            && self.sleep.compare_exchange(seen, even, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            P::wake_one(&self.sleep);
        }
    }

    /// In a forked child, where only the forking thread lives on: a lock that it holds goes to its new number, a
    /// lock that another thread holds is free. Nobody sleeps.
    pub fn after_fork(&self, before: Thread, after: Thread) {
        match self.owner() {
            None => {}
            Some(owner) if owner == before => self.word.store(after, Ordering::Relaxed),
            Some(_) => self.word.store(0, Ordering::Relaxed),
        }
        if self.sleep.load(Ordering::Relaxed) != 0 {
            self.sleep.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;
    use crate::platform::LongWait;
    use core::cell::Cell;
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::sync::{Condvar, Mutex};

    /// Sleeping in which a wake is for one thread, and nobody wakes for no reason.
    struct Exact;

    struct Sleepers {
        asleep: u32,
        wakes: u32,
    }

    static SLEEPERS: Mutex<Sleepers> = Mutex::new(Sleepers { asleep: 0, wakes: 0 });
    static BELL: Condvar = Condvar::new();

    impl Platform for Exact {
        fn thread() -> Thread {
            1
        }
        fn wait(word: &AtomicU32, expected: u32, _limit: Option<Duration>) {
            let mut sleepers = SLEEPERS.lock().unwrap();
            if word.load(Ordering::Relaxed) != expected {
                return;
            }
            sleepers.asleep += 1;
            BELL.notify_all();
            while sleepers.wakes == 0 {
                sleepers = BELL.wait(sleepers).unwrap();
            }
            sleepers.wakes -= 1;
            sleepers.asleep -= 1;
        }
        fn wake_one(_word: &AtomicU32) {
            let mut sleepers = SLEEPERS.lock().unwrap();
            if sleepers.asleep > sleepers.wakes {
                sleepers.wakes += 1;
                BELL.notify_all();
            }
        }
        fn wake_all(word: &AtomicU32) {
            Self::wake_one(word);
        }
        fn found(_finding: &Finding, _first: Option<usize>) {}
        fn long_wait(_wait: &LongWait) {}
    }

    /// How often the count was asked for until the lock was taken, or given up.
    fn asked(lock: &Lock, turns_a_look: u64) -> (bool, u64) {
        let asked = Cell::new(0);
        let taken = lock.spin(1, &|| {
            asked.set(asked.get() + 1);
            asked.get() * turns_a_look
        });
        (taken, asked.get())
    }

    #[test]
    fn a_lock_that_is_taken_over_and_over_is_left_alone_at_first() {
        assert_eq!(asked(&Lock::new(), 0), (true, 2), "one look");
        assert_eq!(asked(&Lock::new(), 1), (true, 2));
        assert_eq!(asked(&Lock::new(), 2), (true, 3), "not at the first look");
    }

    #[test]
    fn a_lock_that_stays_held_is_given_up() {
        let lock = Lock::new();
        assert!(lock.try_lock(2));
        assert_eq!(asked(&lock, 0), (false, u64::from(2 * PAUSES_IN_ALL / PAUSES)));
        // 4, then 128, 256, 512, and what is left.
        assert_eq!(asked(&lock, 2), (false, 2 + 4));
        assert!(lock.is_held());
    }

    #[test]
    fn a_forked_child_has_no_sleepers() {
        for owner in [7, 8] {
            let lock = Lock::new();
            assert!(lock.try_lock(owner));
            lock.tell_of_sleep();
            lock.after_fork(7, 70);
            assert!(!lock.is_waited_for());
            assert_eq!(lock.owner(), (owner == 7).then_some(70), "the forking thread keeps what it holds");
        }
    }

    /// Otherwise it would not sleep at all.
    #[test]
    fn a_sleeper_expects_what_it_has_made_of_the_word() {
        for sleep in 0..4 {
            let lock = Lock { word: AtomicU32::new(1), sleep: AtomicU32::new(sleep) };
            assert_eq!(lock.tell_of_sleep(), lock.sleep.load(Ordering::Relaxed));
            assert!(lock.is_waited_for());
        }
    }

    /// A sleeper that was woken already is not woken again.
    #[test]
    fn a_wake_is_told_to_those_that_sleep() {
        let lock = Lock::new();
        lock.tell_of_sleep();
        for _ in 0..2 {
            lock.wake::<Exact>();
            assert_eq!(lock.sleep.load(Ordering::Relaxed), 2, "even, and not what it was");
        }
    }

    #[test]
    fn whoever_gets_the_lock_after_a_sleep_speaks_for_the_others() {
        static LOCK: Lock = Lock::new();
        assert!(LOCK.try_lock(1));
        assert!(!LOCK.is_waited_for());
        let (done, all_done) = channel();
        for me in [2, 3] {
            let done = done.clone();
            // Not joined: with a wake lost, one of them sleeps for ever.
            std::thread::spawn(move || {
                LOCK.lock::<Exact>(me, None, |_| ());
                LOCK.unlock::<Exact>();
                done.send(me).unwrap();
            });
        }
        let sleepers = SLEEPERS.lock().unwrap();
        drop(BELL.wait_while(sleepers, |sleepers| sleepers.asleep < 2).unwrap());
        assert!(LOCK.is_waited_for());
        LOCK.unlock::<Exact>();
        for _ in 0..2 {
            assert_ne!(all_done.recv_timeout(Duration::from_secs(20)), Err(RecvTimeoutError::Timeout));
        }
    }
}
