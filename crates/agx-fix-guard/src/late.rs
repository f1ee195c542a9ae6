//! Late calls: calls on an ended encoder, which did not reach the driver (I3).
//!
//! All are counted, in sum and by call; the first ones are kept one by one. No call that goes through comes here.

use crate::ids::{Key, Who};
use crate::sync::{AtomicU32, AtomicU64, AtomicUsize, Ordering, array, length};
use agx_fix_terms::CallId;
use const_fn::const_fn;

/// A call on an encoder that had ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateCall {
    /// The encoder.
    pub key: Key,
    /// The late call.
    pub late: Who,
    /// The call that had ended the encoder.
    pub ended_by: Who,
}

/// Where the command buffer of late work stands. It stays there as long as the permit is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BufferOfLate {
    /// It records, and no encoder is open on it.
    Recording(Key),
    /// It records, and this encoder is open on it.
    Encoding(Key),
    /// It has been committed or freed.
    Gone,
}

/// Calls beyond this number are counted in sum only.
const CALLS: usize = length(512, 1);
/// How many late calls are kept one by one.
const FIRST: usize = length(16, 1);

#[derive(Debug)]
pub(crate) struct LateCalls {
    total: AtomicU64,
    dispatches: AtomicU64,
    rescued: AtomicU64,
    by_call: [AtomicU64; CALLS],
    claimed: AtomicUsize,
    first: [FirstLateCall; FIRST],
}

#[derive(Debug)]
struct FirstLateCall {
    /// Written last: with a key, the other fields are there.
    key: AtomicUsize,
    late_thread: AtomicU32,
    late_call: AtomicU32,
    ender_thread: AtomicU32,
    ender_call: AtomicU32,
}

impl LateCalls {
    #[const_fn(cfg(not(loom)))]
    pub(crate) const fn new() -> Self {
        Self {
            total: AtomicU64::new(0),
            dispatches: AtomicU64::new(0),
            rescued: AtomicU64::new(0),
            by_call: array![AtomicU64::new(0); CALLS],
            claimed: AtomicUsize::new(0),
            first: array![FirstLateCall::new(); FIRST],
        }
    }

    pub(crate) fn add(&self, late: &LateCall, is_dispatch: bool) {
        self.total.fetch_add(1, Ordering::Relaxed);
        if is_dispatch {
            self.dispatches.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(count) = self.by_call.get(usize::from(late.late.call.0)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(first) = self.first.get(self.claimed.fetch_add(1, Ordering::Relaxed)) {
            first.write(late);
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    pub(crate) fn dispatches(&self) -> u64 {
        self.dispatches.load(Ordering::Relaxed)
    }

    /// Dispatches that were done elsewhere.
    pub(crate) fn rescued(&self) -> u64 {
        self.rescued.load(Ordering::Relaxed)
    }

    pub(crate) fn add_rescued(&self) {
        self.rescued.fetch_add(1, Ordering::Relaxed);
    }

    /// Calls that came late at least once, with how often.
    pub(crate) fn by_call(&self) -> impl Iterator<Item = (CallId, u64)> {
        self.by_call.iter().enumerate().filter_map(|(call, count)| {
            let count = count.load(Ordering::Relaxed);
            (count > 0).then_some((CallId(call as u16), count))
        })
    }

    pub(crate) fn first(&self) -> impl Iterator<Item = LateCall> {
        self.first.iter().filter_map(FirstLateCall::read)
    }

    pub(crate) fn reset(&self) {
        self.total.store(0, Ordering::Relaxed);
        self.dispatches.store(0, Ordering::Relaxed);
        self.rescued.store(0, Ordering::Relaxed);
        for count in &self.by_call {
            count.store(0, Ordering::Relaxed);
        }
        for first in &self.first {
            first.key.store(0, Ordering::Relaxed);
        }
        self.claimed.store(0, Ordering::Relaxed);
    }
}

impl FirstLateCall {
    #[const_fn(cfg(not(loom)))]
    const fn new() -> Self {
        Self {
            key: AtomicUsize::new(0),
            late_thread: AtomicU32::new(0),
            late_call: AtomicU32::new(0),
            ender_thread: AtomicU32::new(0),
            ender_call: AtomicU32::new(0),
        }
    }

    fn write(&self, late: &LateCall) {
        self.late_thread.store(late.late.thread, Ordering::Relaxed);
        self.late_call.store(late.late.call.0.into(), Ordering::Relaxed);
        self.ender_thread.store(late.ended_by.thread, Ordering::Relaxed);
        self.ender_call.store(late.ended_by.call.0.into(), Ordering::Relaxed);
        self.key.store(late.key.0, Ordering::Release);
    }

    fn read(&self) -> Option<LateCall> {
        let key = self.key.load(Ordering::Acquire);
        let who = |thread: &AtomicU32, call: &AtomicU32| Who {
            thread: thread.load(Ordering::Relaxed),
            call: CallId(call.load(Ordering::Relaxed) as u16),
        };
        (key != 0).then(|| LateCall {
            key: Key(key),
            late: who(&self.late_thread, &self.late_call),
            ended_by: who(&self.ender_thread, &self.ender_call),
        })
    }
}
