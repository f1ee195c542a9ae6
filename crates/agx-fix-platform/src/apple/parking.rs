//! Sleeping on a word, with the contract of Linux's futex: queues of sleeping threads, on pthread's mutexes and condition
//! variables.
//!
//! The system's own ways are no match for a lock that names its owner, reports long waits and lives through a fork:
//! `os_unfair_lock` has no time limit and ends the process where its owner has gone; `os_sync_wait_on_address` came with
//! macOS 14.4; `__ulock_wait` is in no header. What `os_unfair_lock` has and a condition variable has not is that the
//! waiter lends its priority to the owner: `boost` does that by pthread's overrides. And it is not `parking_lot_core`, because a
//! forked child inherits its queues as they were: with threads in them that the child does not have, and perhaps locked by
//! one. Here the child begins with empty ones.

use super::boost::Boost;
use core::cell::{Cell, UnsafeCell};
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use libc::{pthread_cond_t, pthread_mutex_t, timespec};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Words that share a queue only share its mutex, for a moment each time.
static QUEUES: [Queue; 64] = [const { Queue::new() }; 64];

/// On a cache line of its own.
#[repr(align(128))]
struct Queue {
    mutex: UnsafeCell<pthread_mutex_t>,
    /// Who sleeps, the longest first. By `mutex`.
    first: Cell<*const Sleeper>,
}

// SAFETY: what is not a mutex is reached by who holds the mutex alone.
unsafe impl Sync for Queue {}

/// A thread that sleeps, on its own stack. Everything but `word` by the queue's mutex.
struct Sleeper {
    word: usize,
    /// It was taken out of the queue.
    woken: Cell<bool>,
    next: Cell<*const Sleeper>,
    bell: UnsafeCell<pthread_cond_t>,
}

impl Queue {
    const fn new() -> Self {
        Self { mutex: UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER), first: Cell::new(ptr::null()) }
    }

    fn of(word: &AtomicU32) -> &'static Self {
        // Slots are 128 bytes, and begin at such addresses; the locks of one lie side by side.
        let address = ptr::from_ref(word).addr();
        &QUEUES[(address >> 7 ^ address >> 2) % QUEUES.len()]
    }

    fn lock(&self) {
        // SAFETY: a mutex that lives as long as the process, and no thread locks twice.
        unsafe { libc::pthread_mutex_lock(self.mutex.get()) };
    }

    fn unlock(&self) {
        // SAFETY: locked by this thread.
        unsafe { libc::pthread_mutex_unlock(self.mutex.get()) };
    }

    /// The place that leads to the first sleeper of which `is` holds, or to the end. Under the mutex.
    fn find(&self, is: impl Fn(&Sleeper) -> bool) -> &Cell<*const Sleeper> {
        let mut place = &self.first;
        // SAFETY: who is in the queue waits to be taken out of it before its stack goes.
        while let Some(sleeper) = unsafe { place.get().as_ref() } {
            if is(sleeper) {
                break;
            }
            place = &sleeper.next;
        }
        place
    }

    /// Wakes the first thread that sleeps on the word. False if none does. Under the mutex.
    fn wake(&self, word: usize) -> bool {
        let place = self.find(|sleeper| sleeper.word == word);
        // SAFETY: as above.
        let Some(sleeper) = (unsafe { place.get().as_ref() }) else { return false };
        place.set(sleeper.next.get());
        sleeper.woken.set(true);
        // SAFETY: it cannot leave its sleep before the mutex is free.
        unsafe { libc::pthread_cond_signal(sleeper.bell.get()) };
        true
    }
}

pub(crate) fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    sleep(word, expected, limit, || ());
}

pub(crate) fn wait_for_owner(word: &AtomicU32, expected: u32, owner: u32, limit: Option<Duration>) {
    let mut boost = None;
    // The owner may have let go by then, and be gone: at worst a thread is boosted that nobody waits for any more.
    sleep(word, expected, limit, || boost = Boost::of(owner));
    drop(boost);
}

/// `before` runs when the thread is in the queue, and about to sleep. It does not panic.
fn sleep(word: &AtomicU32, expected: u32, limit: Option<Duration>, before: impl FnOnce()) {
    let deadline = limit.map(deadline);
    let queue = Queue::of(word);
    let sleeper = Sleeper {
        word: ptr::from_ref(word).addr(),
        woken: Cell::new(false),
        next: Cell::new(ptr::null()),
        bell: UnsafeCell::new(libc::PTHREAD_COND_INITIALIZER),
    };
    queue.lock();
    if word.load(Ordering::Relaxed) != expected {
        queue.unlock();
        return;
    }
    queue.find(|_| false).set(&raw const sleeper);
    queue.unlock();
    before();
    queue.lock();
    while !sleeper.woken.get() {
        let (bell, mutex) = (sleeper.bell.get(), queue.mutex.get());
        // SAFETY: both are live, and this thread holds the mutex.
        let ended = unsafe {
            match &deadline {
                None => libc::pthread_cond_wait(bell, mutex),
                Some(deadline) => libc::pthread_cond_timedwait(bell, mutex, deadline),
            }
        };
        if ended != 0 {
            break;
        }
    }
    if !sleeper.woken.get() {
        queue.find(|other| ptr::eq(other, &raw const sleeper)).set(sleeper.next.get());
    }
    queue.unlock();
    // SAFETY: nobody knows of it any more.
    unsafe { libc::pthread_cond_destroy(sleeper.bell.get()) };
}

/// The time of day after so long, which is what condition variables wait for.
fn deadline(limit: Duration) -> timespec {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let then = now.saturating_add(limit);
    timespec {
        tv_sec: then.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: then.subsec_nanos().into(),
    }
}

pub(crate) fn wake_one(word: &AtomicU32) {
    let queue = Queue::of(word);
    queue.lock();
    queue.wake(ptr::from_ref(word).addr());
    queue.unlock();
}

pub(crate) fn wake_all(word: &AtomicU32) {
    let queue = Queue::of(word);
    queue.lock();
    while queue.wake(ptr::from_ref(word).addr()) {}
    queue.unlock();
}

/// In a forked child, before anything else: nobody sleeps, and no mutex is locked. What threads of the parent have left there is
/// not looked at.
pub(crate) fn forget_sleepers() {
    for queue in &QUEUES {
        // SAFETY: the child has one thread, this one, which is in no queue.
        unsafe { queue.mutex.get().write(libc::PTHREAD_MUTEX_INITIALIZER) };
        queue.first.set(ptr::null());
    }
}
