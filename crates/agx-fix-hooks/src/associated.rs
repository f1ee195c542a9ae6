//! The report's design as it stands, for comparison: a mutex in an associated object of each encoder, made on the first
//! call, around four methods; process-wide counters; no state, no retention. And its other variant: the same, with one mutex
//! for all.
//!
//! It keeps its weaknesses: the first call checks, then sets, so two first callers can each make a mutex; a call on an
//! ended encoder reaches the driver; a hooked method that calls another one on the same encoder waits for itself.
//! One thing differs: mutexes are reused, not freed, so that a waiter never touches freed memory.

use crate::fork::ForkMutex;
use crate::host::Host;
use crate::report;
use agx_fix_guard::{Lock, WaitTimes};
use agx_fix_interface::waits::Waits;
use agx_fix_objc::Id;
use agx_fix_objc::associated::{self, Key};
use core::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

static KEY: Key = Key::new();
static ACQUISITIONS: AtomicU64 = AtomicU64::new(0);
static CONTENTIONS: AtomicU64 = AtomicU64::new(0);
static CREATIONS: AtomicU64 = AtomicU64::new(0);
static WAITS: WaitTimes = WaitTimes::new();
static GLOBAL: Lock = Lock::new();
pub(crate) static SPARE: ForkMutex<Vec<&'static Lock>> = ForkMutex::new(Vec::new());

/// The encoder's mutex, held.
#[derive(Debug)]
pub(crate) struct Held(#[allow(dead_code, reason = "held, not read")] agx_fix_guard::Held<'static, Host>);

impl Held {
    /// Takes the mutex of an encoder.
    ///
    /// # Safety
    /// `encoder` is alive.
    pub(crate) unsafe fn of(encoder: Id) -> Self {
        // SAFETY: forwarded.
        Self::take(unsafe { mutex_of(encoder) })
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

unsafe fn mutex_of(encoder: Id) -> &'static Lock {
    // SAFETY: alive.
    let word = unsafe { associated::get(encoder, &KEY) };
    if word != 0 {
        // SAFETY: the word was stored below and is the address of a leaked lock.
        return unsafe { &*(word as *const Lock) };
    }
    let made = SPARE.lock().pop().unwrap_or_else(|| Box::leak(Box::new(Lock::new())));
    CREATIONS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: alive.
    unsafe { associated::set(encoder, &KEY, core::ptr::from_ref(made) as usize) };
    made
}

/// Drops the association of an encoder that is about to be freed, as Apple's runtime does by itself.
///
/// # Safety
/// `encoder` is alive.
pub(crate) unsafe fn forget(encoder: Id) {
    // SAFETY: alive.
    let word = unsafe { associated::get(encoder, &KEY) };
    if word != 0 {
        associated::forget(encoder);
        // SAFETY: as in `mutex_of`.
        SPARE.lock().push(unsafe { &*(word as *const Lock) });
    }
}

/// Acquisitions, contentions, creations.
pub(crate) fn counts() -> [u64; 3] {
    [&ACQUISITIONS, &CONTENTIONS, &CREATIONS].map(|count| count.load(Ordering::Relaxed))
}

/// How long acquisitions waited.
pub(crate) fn waits() -> Waits {
    report::waits(WAITS.classes(), WAITS.longest())
}

/// Acquisitions and contentions count from zero again; creations do not, as in the report's library.
pub(crate) fn reset() {
    ACQUISITIONS.store(0, Ordering::Relaxed);
    CONTENTIONS.store(0, Ordering::Relaxed);
    WAITS.reset();
}
