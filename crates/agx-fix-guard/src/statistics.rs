//! Statistics: sums over all slots, which keep their counters when they are reused.

use crate::guard::Guard;
use crate::late::LateCall;
use crate::platform::Platform;
use crate::retained;
use crate::sync::Ordering;
use agx_fix_terms::CallId;
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

struct Sums {
    acquisitions: u64,
    contentions: u64,
    creations: u64,
}

impl<P: Platform> Guard<P> {
    fn sums(&self) -> Sums {
        let mut sums = Sums { acquisitions: 0, contentions: 0, creations: 0 };
        for slot in self.table.slots().chain([&self.global]) {
            sums.acquisitions += slot.acquisitions.get();
            sums.contentions += slot.contentions.get();
            sums.creations += slot.creations.get();
        }
        if self.is_global() {
            sums.creations = sums.creations.min(1);
        }
        sums
    }

    /// What has been counted so far.
    pub fn statistics(&self) -> Statistics {
        let Sums { acquisitions, contentions, creations } = self.sums();
        Statistics {
            acquisitions: acquisitions.saturating_sub(self.acquisitions_before.load(Ordering::Relaxed)),
            contentions: contentions.saturating_sub(self.contentions_before.load(Ordering::Relaxed)),
            creations,
            late_calls: self.late_calls.total(),
            late_dispatches: self.late_calls.dispatches(),
            rescued_dispatches: self.late_calls.rescued(),
            long_waits: self.long_waits.load(Ordering::Relaxed),
            unguarded: self.unguarded.load(Ordering::Relaxed),
            findings: self.findings.total(),
            retained: retained::count(&self.table),
            wait_times: self.wait_times.classes(),
            longest_wait: self.wait_times.longest(),
            longest_hold: self.holds.longest(),
            late_by_call: self.late_calls.by_call().collect(),
            first_late_calls: self.late_calls.first().collect(),
        }
    }

    /// Counts from zero again, except for mutexes made.
    pub fn reset_statistics(&self) {
        let sums = self.sums();
        self.acquisitions_before.store(sums.acquisitions, Ordering::Relaxed);
        self.contentions_before.store(sums.contentions, Ordering::Relaxed);
        self.late_calls.reset();
        self.findings.reset();
        self.long_waits.store(0, Ordering::Relaxed);
        self.wait_times.reset();
        self.holds.reset();
        self.unguarded.store(0, Ordering::Relaxed);
    }
}
