//! The paper's two designs, as measured baselines. One has a mutex in an associated object of each encoder, made at the
//! first call, around four methods; the other has one mutex for all encoders. Both have counters of the process, no state
//! and no retention.
//!
//! Their weaknesses are kept: the first call checks, then sets, so two first callers can each make a mutex; a call on an
//! ended encoder reaches the driver; a hooked method that calls another one on the same encoder waits for itself. One thing
//! differs: mutexes are reused, not freed, so a waiter never touches freed memory.

use crate::guard::Process;
use agx_fix_guard::{Held, Lock, WaitTimes};
use agx_fix_objc::Id;
use agx_fix_objc::associated::{self, Key};
use agx_fix_platform::fork::ForkMutex;
use core::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

static KEY: Key = Key::new();
static ACQUISITIONS: AtomicU64 = AtomicU64::new(0);
static CONTENTIONS: AtomicU64 = AtomicU64::new(0);
static CREATIONS: AtomicU64 = AtomicU64::new(0);
static WAITS: WaitTimes = WaitTimes::new();
static GLOBAL: Lock = Lock::new();
static SPARE: ForkMutex<Vec<&'static Lock>> = ForkMutex::new(Vec::new());

/// A mutex of the paper's, held.
#[derive(Debug)]
pub(crate) struct PaperLock(#[allow(dead_code, reason = "held, not read")] Held<'static, Process>);

impl PaperLock {
    /// Takes the mutex of an encoder.
    ///
    /// # Safety
    /// `encoder` is alive.
    pub(crate) unsafe fn of(encoder: Id) -> Self {
        // SAFETY: the encoder is alive, as the caller says.
        Self::take(unsafe { mutex_of(encoder) })
    }

    /// Drops the association of an encoder that is about to be freed, as Apple's runtime does by itself.
    ///
    /// # Safety
    /// `encoder` is alive.
    pub(crate) unsafe fn forget(encoder: Id) {
        // SAFETY: the encoder is alive, as the caller says.
        let word = unsafe { associated::get(encoder, &KEY) };
        if word != 0 {
            associated::forget(encoder);
            // SAFETY: as in `mutex_of`.
            SPARE.lock().push(unsafe { &*(word as *const Lock) });
        }
    }

    /// Takes the one mutex.
    pub(crate) fn of_all() -> Self {
        let held = Self::take(&GLOBAL);
        if CREATIONS.load(Ordering::Relaxed) == 0 {
            CREATIONS.store(1, Ordering::Relaxed);
        }
        held
    }

    fn take(lock: &'static Lock) -> Self {
        ACQUISITIONS.fetch_add(1, Ordering::Relaxed);
        Self(lock.try_lock().unwrap_or_else(|| {
            let began = Instant::now();
            let held = lock.lock();
            WAITS.add(began.elapsed());
            CONTENTIONS.fetch_add(1, Ordering::Relaxed);
            held
        }))
    }
}

/// # Safety
/// `encoder` is alive.
unsafe fn mutex_of(encoder: Id) -> &'static Lock {
    // SAFETY: the encoder is alive, as the caller says.
    let word = unsafe { associated::get(encoder, &KEY) };
    if word != 0 {
        // SAFETY: the word was stored below and is the address of a leaked lock.
        return unsafe { &*(word as *const Lock) };
    }
    let made = SPARE.lock().pop().unwrap_or_else(|| Box::leak(Box::new(Lock::new())));
    CREATIONS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the encoder is alive, as the caller says.
    unsafe { associated::set(encoder, &KEY, core::ptr::from_ref(made) as usize) };
    made
}

/// Acquisitions, contentions, creations.
pub(crate) fn counts() -> [u64; 3] {
    [&ACQUISITIONS, &CONTENTIONS, &CREATIONS].map(|count| count.load(Ordering::Relaxed))
}

/// How long acquisitions waited: classes of waits, and the longest.
pub(crate) fn waits() -> (Vec<(u64, u64)>, Duration) {
    (WAITS.classes(), WAITS.longest())
}

/// Acquisitions and contentions count from zero again; creations do not, as in the paper's library.
pub(crate) fn reset() {
    ACQUISITIONS.store(0, Ordering::Relaxed);
    CONTENTIONS.store(0, Ordering::Relaxed);
    WAITS.reset();
}
