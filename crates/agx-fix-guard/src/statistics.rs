//! Statistics: sums over all slots, which keep their counters when they are reused.

use crate::guard::Guard;
use crate::late::LateCall;
use crate::platform::Platform;
use crate::retained;
use crate::sync::{AtomicU64, Ordering};
use agx_fix_terms::CallId;
use const_fn::const_fn;
use std::time::Duration;

/// What has been counted. Exact once the threads that made the calls have been joined (I8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Locks taken for a call; a call from inside another on the same encoder takes none.
    pub acquisitions: u64,
    /// Acquisitions that had to wait for another thread.
    pub contentions: u64,
    /// Locks made: one for each opening of an encoder, or one in all.
    pub creations: u64,
    /// Calls on ended encoders.
    pub late_calls: u64,
    /// Those of them that were dispatches.
    pub late_dispatches: u64,
    /// Those of the dispatches that were done elsewhere.
    pub rescued_dispatches: u64,
    /// Waits beyond the limit.
    pub long_waits: u64,
    /// Calls that went to the driver without a lock, as the table was full.
    pub unguarded: u64,
    /// Misuses seen.
    pub findings: u64,
    /// Encoders retained at this moment.
    pub retained: u64,
    /// The contended acquisitions by how long they waited: the longest wait of a class in nanoseconds, and how many.
    pub wait_times: Vec<(u64, u64)>,
    /// The longest of these waits.
    pub longest_wait: Duration,
    /// The longest hold of a lock and the call that it was for, where holds are timed.
    pub longest_hold: Option<(CallId, Duration)>,
    /// Late calls by call.
    pub late_by_call: Vec<(CallId, u64)>,
    /// The first late calls.
    pub first_late_calls: Vec<LateCall>,
}

/// The sums at the last reset: slots' counters are written under locks that a reset does not take.
#[derive(Debug)]
pub(crate) struct Baseline {
    acquisitions: AtomicU64,
    contentions: AtomicU64,
}

impl Baseline {
    #[const_fn(cfg(not(loom)))]
    pub(crate) const fn new() -> Self {
        Self { acquisitions: AtomicU64::new(0), contentions: AtomicU64::new(0) }
    }
}

struct Sums {
    acquisitions: u64,
    contentions: u64,
    creations: u64,
}

fn sums<P: Platform>(guard: &Guard<P>) -> Sums {
    let in_vain = guard.in_vain.load(Ordering::Relaxed);
    let mut sums = Sums { acquisitions: in_vain, contentions: in_vain, creations: 0 };
    for slot in guard.table.slots() {
        sums.acquisitions += slot.acquisitions.get();
        sums.contentions += slot.contentions.get();
        sums.creations += slot.creations.get();
    }
    if guard.is_global() {
        sums.creations = sums.creations.min(1);
    }
    sums
}

impl Statistics {
    pub(crate) fn of<P: Platform>(guard: &Guard<P>) -> Self {
        let sums = sums(guard);
        Self {
            acquisitions: sums
                .acquisitions
                .saturating_sub(guard.baseline.acquisitions.load(Ordering::Relaxed)),
            contentions: sums.contentions.saturating_sub(guard.baseline.contentions.load(Ordering::Relaxed)),
            creations: sums.creations,
            late_calls: guard.late.total(),
            late_dispatches: guard.late.dispatches(),
            rescued_dispatches: guard.late.rescued(),
            long_waits: guard.long_waits.load(Ordering::Relaxed),
            unguarded: guard.unguarded.load(Ordering::Relaxed),
            findings: guard.findings.total(),
            retained: retained::count(&guard.table),
            wait_times: guard.wait_times.classes(),
            longest_wait: guard.wait_times.longest(),
            longest_hold: guard.holds.longest(),
            late_by_call: guard.late.by_call().collect(),
            first_late_calls: guard.late.records().collect(),
        }
    }
}

pub(crate) fn reset<P: Platform>(guard: &Guard<P>) {
    let sums = sums(guard);
    guard.baseline.acquisitions.store(sums.acquisitions, Ordering::Relaxed);
    guard.baseline.contentions.store(sums.contentions, Ordering::Relaxed);
    guard.late.reset();
    guard.findings.reset();
    guard.long_waits.store(0, Ordering::Relaxed);
    guard.wait_times.reset();
    guard.holds.reset();
    guard.unguarded.store(0, Ordering::Relaxed);
}

#[cfg(test)]
pub(crate) mod tests {
    //! A platform for unit tests: threads give themselves numbers, waiting is yielding.
    use crate::platform::{LongWait, Platform, Thread};
    use core::sync::atomic::{AtomicU32, Ordering};
    use std::cell::RefCell;
    use std::time::Duration;

    pub(crate) struct TestPlatform;

    type Event = Box<dyn FnOnce()>;

    thread_local!(static AT_UNLOCK: RefCell<Option<(u32, Event)>> = const { RefCell::new(None) });

    /// Has `event` happen when this thread has let go of a lock for the `number`-th time from now, before it does anything
    /// else.
    pub(crate) fn at_unlock(number: u32, event: impl FnOnce() + 'static) {
        AT_UNLOCK.set(Some((number, Box::new(event))));
    }

    impl Platform for TestPlatform {
        fn thread() -> Thread {
            static NEXT: AtomicU32 = AtomicU32::new(1);
            thread_local!(static ME: Thread = NEXT.fetch_add(1, Ordering::Relaxed));
            ME.with(|me| *me)
        }
        fn wait(_word: &AtomicU32, _expected: u32, _limit: Option<Duration>) {
            std::thread::yield_now();
        }
        fn wake_one(_word: &AtomicU32) {}
        fn wake_all(_word: &AtomicU32) {}
        fn light_fence() {
            core::sync::atomic::fence(Ordering::SeqCst);
            match AT_UNLOCK.take() {
                Some((1, event)) => event(),
                Some((number, event)) => AT_UNLOCK.set(Some((number - 1, event))),
                None => {}
            }
        }
        fn long_wait(_wait: &LongWait) {}
        fn found(_finding: &crate::Finding, _first: Option<usize>) {}
    }
}
