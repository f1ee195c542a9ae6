//! A lock whose word names its owner.
//!
//! | `word` | meaning |
//! |---|---|
//! | 0 | free |
//! | `t` | held by thread `t` |
//! | `t` and [`FOR_FORK`] | held by thread `t` until its fork is over |
//!
//! Only the owner clears the word, by a plain store: an exchange would cost as much again as taking the lock. So a second
//! word says whether somebody sleeps:
//!
//! | `sleep` | meaning |
//! |---|---|
//! | odd | a thread sleeps, or is about to |
//! | even | no thread sleeps, or the one that does has been woken |
//!
//! A thread that wants to sleep makes `sleep` odd, looks at the word once more, and sleeps while `sleep` is unchanged. The
//! owner clears the word and then looks at `sleep`; if it is odd, the owner makes it even, which is a change, and wakes one
//! sleeper. A thread that has slept makes it odd again when it gets the lock, as others may sleep too: a needless wake is
//! harmless, a missing one is not.
//!
//! **No wake is lost** if at least one of these two sees what the other has written:
//!
//! ```text
//!   owner:    word = 0;      light fence;  reads `sleep`
//!   sleeper:  sleep = odd;   heavy fence;  reads `word`
//! ```
//!
//! Two sequentially consistent fences would do, but the owner passes its fence on every call and the sleeper seldom. A
//! [`Platform`] that can, lets the sleeper pay for both ([`Platform::heavy_fence`]).
//!
//! Locking is Acquire, unlocking is Release: the next holder reads what the last one wrote.
//!
//! Locking returns a token, [`Held`]; only the token unlocks. The one exception is a forked child ([`Lock::after_fork`]).

use crate::ids::Thread;
use crate::platform::Platform;
use crate::sync::{AtomicU32, Instant, Ordering, Protection, protects, spin_loop};
use const_fn::const_fn;
use core::marker::PhantomData;
use std::time::Duration;

/// The bit of `word` that says that the owner holds the lock for a fork.
const FOR_FORK: u32 = 1 << 31;
/// The bit of `sleep` that says that a thread sleeps.
const ASLEEP: u32 = 1;
/// Pauses before each look at a lock that is held.
const PAUSES: u32 = if MODEL { 1 } else { 4 };
/// The same once the lock is seen to be taken over and over, at least once in two pauses; doubled each time. A look takes the
/// word's cache line from a thread that comes back at once, and moving the line costs more than many of its calls.
const PAUSES_WHEN_HOT: u32 = 128;
/// Pauses before sleeping: some 28 us on the machine of `docs/performance.md`, as long as a sleep and a wake take.
const PAUSES_IN_ALL: u32 = if MODEL { 1 } else { 1008 };
/// A model checker would go through each pause.
const MODEL: bool = cfg!(any(loom, shuttle));

/// The lock. It does not nest.
#[derive(Debug, Default)]
pub struct Lock {
    word: AtomicU32,
    sleep: AtomicU32,
}

/// What has a lock in it. A token for it is one pointer, whatever lies beside the lock.
pub trait Locked {
    /// Its lock.
    fn lock(&self) -> &Lock;

    /// Runs just before the lock is free.
    #[inline]
    fn before_unlock(&self) {}

    /// Runs just after.
    #[inline]
    fn after_unlock(&self) {}
}

impl Locked for Lock {
    #[inline]
    fn lock(&self) -> &Lock {
        self
    }
}

/// A lock that the calling thread holds. Dropping it unlocks, also when the thread unwinds.
#[derive(Debug)]
#[must_use = "it unlocks when it is dropped"]
pub struct Held<'l, P: Platform, L: Locked = Lock> {
    locked: &'l L,
    /// The lock is the thread's own.
    not_send: PhantomData<(*const (), P)>,
}

impl<'l, P: Platform, L: Locked> Held<'l, P, L> {
    /// Locks, if the lock is free. `me` is the calling thread.
    #[inline]
    pub(crate) fn try_lock(locked: &'l L, me: Thread) -> Option<Self> {
        // Not `then_some`: the token of a lock that was not taken would unlock it.
        locked.lock().take(me).then(|| Self { locked, not_send: PhantomData })
    }

    /// Locks. Made for a lock that was just found held: a first try would only disturb the holder. `acquisitions`
    /// approximates how often the lock is taken; it is used only to choose the back-off. `long_wait` is called once when
    /// `limit` has passed.
    #[cold]
    pub(crate) fn wait(
        locked: &'l L,
        me: Thread,
        acquisitions: impl Fn() -> u64,
        limit: Option<Duration>,
        long_wait: impl FnOnce(Thread),
    ) -> Self {
        locked.lock().wait::<P>(me, acquisitions, limit, long_wait);
        Self { locked, not_send: PhantomData }
    }

    /// What is locked.
    #[inline]
    pub(crate) fn locked(&self) -> &'l L {
        self.locked
    }
}

impl<P: Platform, L: Locked> Drop for Held<'_, P, L> {
    #[inline]
    fn drop(&mut self) {
        self.locked.before_unlock();
        self.locked.lock().unlock::<P>();
        self.locked.after_unlock();
    }
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
        let owner = self.word.load(Ordering::Relaxed) & !FOR_FORK;
        (owner != 0).then_some(owner)
    }

    /// Whether a thread holds it at this moment.
    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        self.word.load(Ordering::Relaxed) != 0
    }

    /// Whether a thread sleeps until it is free, or may do so.
    pub fn is_waited_for(&self) -> bool {
        self.sleep.load(Ordering::Relaxed) & ASLEEP != 0
    }

    /// Locks, if the lock is free.
    pub fn try_lock<P: Platform>(&self) -> Option<Held<'_, P>> {
        Held::try_lock(self, P::thread())
    }

    /// Locks, and waits for another thread if need be. A thread that holds the lock already waits for itself.
    #[inline]
    pub fn lock<P: Platform>(&self) -> Held<'_, P> {
        self.lock_as(P::thread())
    }

    /// The same for a caller that knows its thread.
    #[inline]
    pub(crate) fn lock_as<P: Platform>(&self, me: Thread) -> Held<'_, P> {
        Held::try_lock(self, me).unwrap_or_else(|| Held::wait(self, me, || 0, None, |_| ()))
    }

    #[inline]
    fn take(&self, me: Thread) -> bool {
        self.word.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn wait<P: Platform>(
        &self,
        me: Thread,
        acquisitions: impl Fn() -> u64,
        limit: Option<Duration>,
        long_wait: impl FnOnce(Thread),
    ) {
        if self.spin(me, &acquisitions) {
            return;
        }
        let mut limit = limit;
        let mut long_wait = Some(long_wait);
        let started = Instant::now();
        loop {
            let seen = self.announce_sleep();
            P::heavy_fence();
            if self.take(me) {
                return; // `sleep` stays odd: others may sleep too
            }
            let left = limit.map(|limit| limit.saturating_sub(started.elapsed()));
            match self.owner() {
                Some(owner) => P::wait_for_owner(&self.sleep, seen, owner, left),
                None => P::wait(&self.sleep, seen, left),
            }
            if self.spin(me, &acquisitions) {
                if protects(Protection::SleepAnnounced) {
                    self.announce_sleep();
                }
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

    /// Makes `sleep` odd, and returns its new value.
    fn announce_sleep(&self) -> u32 {
        self.sleep.fetch_or(ASLEEP, Ordering::SeqCst) | ASLEEP
    }

    /// Waits without sleeping, as a holder usually unlocks sooner than a sleep takes. True if the lock was taken.
    fn spin(&self, me: Thread, acquisitions: &impl Fn() -> u64) -> bool {
        let (mut pauses, mut hot, mut left) = (PAUSES, false, PAUSES_IN_ALL);
        while left > 0 {
            let before = acquisitions();
            (0..pauses).for_each(|_| spin_loop());
            left = left.saturating_sub(pauses);
            if hot {
                pauses *= 2;
            } else if acquisitions().wrapping_sub(before) >= u64::from(PAUSES / 2).max(1) {
                (pauses, hot) = (PAUSES_WHEN_HOT.min(left), true);
                continue; // it would be taken back at once
            }
            pauses = pauses.min(left);
            if !self.is_held() && self.take(me) {
                return true;
            }
        }
        false
    }

    /// For tokens alone, and for forks.
    #[inline]
    fn unlock<P: Platform>(&self) {
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
        // If it is even already, or becomes so, another thread has woken the sleeper.
        if seen & ASLEEP != 0
            && self.sleep.compare_exchange(seen, even, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            P::wake_one(&self.sleep);
        }
    }

    /// Before a fork: locks, unless this thread holds the lock already. [`Lock::release_after_fork`] unlocks again.
    pub fn hold_for_fork<P: Platform>(&self) {
        let me = P::thread();
        if !self.is_mine(me) {
            let held = self.lock::<P>();
            self.word.store(me | FOR_FORK, Ordering::Relaxed);
            core::mem::forget(held);
        }
    }

    /// After a fork, in parent and child: unlocks what this thread's [`Lock::hold_for_fork`] has locked. In the child,
    /// [`Lock::after_fork`] comes first.
    pub fn release_after_fork<P: Platform>(&self) {
        if self.word.load(Ordering::Relaxed) == P::thread() | FOR_FORK {
            self.unlock::<P>();
        }
    }

    /// For a forked child, where only the forking thread lives on: a lock that this thread holds (`before` is its number in
    /// the parent) goes to its new number, `after`. A lock that another thread held is free. No thread sleeps.
    pub fn after_fork(&self, before: Thread, after: Thread) {
        let for_fork = self.word.load(Ordering::Relaxed) & FOR_FORK;
        match self.owner() {
            None => {}
            Some(owner) if owner == before => self.word.store(after | for_fork, Ordering::Relaxed),
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
    static WAKE: Condvar = Condvar::new();

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
            WAKE.notify_all();
            while sleepers.wakes == 0 {
                sleepers = WAKE.wait(sleepers).unwrap();
            }
            sleepers.wakes -= 1;
            sleepers.asleep -= 1;
        }
        fn wake_one(_word: &AtomicU32) {
            let mut sleepers = SLEEPERS.lock().unwrap();
            if sleepers.asleep > sleepers.wakes {
                sleepers.wakes += 1;
                WAKE.notify_all();
            }
        }
        fn wake_all(word: &AtomicU32) {
            Self::wake_one(word);
        }
    }

    /// Whether the lock was taken, and how often the count was asked for until then.
    fn asked(lock: &Lock, acquisitions_a_look: u64) -> (bool, u64) {
        let asked = Cell::new(0);
        let taken = lock.spin(1, &|| {
            asked.set(asked.get() + 1);
            asked.get() * acquisitions_a_look
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
        assert!(lock.take(2));
        assert_eq!(asked(&lock, 0), (false, u64::from(2 * PAUSES_IN_ALL / PAUSES)));
        // 4, then 128, 256, 512, and what is left.
        assert_eq!(asked(&lock, 2), (false, 2 + 4));
        assert!(lock.is_held());
    }

    /// A fork from inside the lock leaves it to the thread that holds it.
    #[test]
    fn a_fork_holds_the_lock_and_releases_what_it_took() {
        let lock = Lock::new();
        lock.hold_for_fork::<Exact>();
        assert!(lock.owner() == Some(1) && lock.try_lock::<Exact>().is_none());
        lock.release_after_fork::<Exact>();
        let held = lock.try_lock::<Exact>().expect("the fork has unlocked");
        lock.hold_for_fork::<Exact>();
        lock.release_after_fork::<Exact>();
        assert!(lock.is_mine(1), "it was held before");
        drop(held);
        lock.hold_for_fork::<Exact>();
        lock.after_fork(1, 3);
        lock.release_after_fork::<Exact>();
        assert_eq!(
            lock.owner(),
            Some(3),
            "this thread has another number in the child, and has not changed it here"
        );
    }

    #[test]
    fn a_forked_child_has_no_sleepers() {
        for owner in [7, 8] {
            let lock = Lock::new();
            assert!(lock.take(owner));
            lock.announce_sleep();
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
            assert_eq!(lock.announce_sleep(), lock.sleep.load(Ordering::Relaxed));
            assert!(lock.is_waited_for());
        }
    }

    /// A sleeper that was woken already is not woken again.
    #[test]
    fn a_wake_is_told_to_those_that_sleep() {
        let lock = Lock::new();
        lock.announce_sleep();
        for _ in 0..2 {
            lock.wake::<Exact>();
            assert_eq!(lock.sleep.load(Ordering::Relaxed), 2, "even, and not what it was");
        }
    }

    #[test]
    fn whoever_gets_the_lock_after_a_sleep_speaks_for_the_others() {
        static LOCK: Lock = Lock::new();
        let held = Held::<Exact>::try_lock(&LOCK, 1).unwrap();
        assert!(!LOCK.is_waited_for());
        let (done, all_done) = channel();
        for me in [2, 3] {
            let done = done.clone();
            // Not joined: with a wake lost, one of them sleeps for ever.
            std::thread::spawn(move || {
                drop(Held::<Exact>::wait(&LOCK, me, || 0, None, |_| ()));
                done.send(me).unwrap();
            });
        }
        let sleepers = SLEEPERS.lock().unwrap();
        drop(WAKE.wait_while(sleepers, |sleepers| sleepers.asleep < 2).unwrap());
        assert!(LOCK.is_waited_for());
        drop(held);
        for _ in 0..2 {
            assert_ne!(all_done.recv_timeout(Duration::from_secs(20)), Err(RecvTimeoutError::Timeout));
        }
    }
}
