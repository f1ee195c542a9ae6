//! The record of a command buffer, in its slot: how far it is, and which encoder is open on it. (A sub-encoder of a
//! parallel render encoder is one of several, so that its own record says that it is open.)
//!
//! ```text
//!   recording (no encoder | an encoder, opened by a thread in a call) -> committed -> completed
//! ```
//!
//! A command buffer of Metal 4 is committed, here, when it ends, and records again when it begins anew.
//!
//! The phase changes under the buffer's lock. The open encoder is set under it and cleared by whoever ends the encoder,
//! with the encoder's lock only: it is compared and swapped, and the bell wakes those that wait for the end.
//!
//! Usually nobody does, and then the end makes no system call (I7): whoever waits says so in `waiting` before it looks at
//! `open`, and whoever closes clears `open` before it looks at `waiting`. These four accesses are in one order for all
//! (SeqCst), so that one of the two sees the other.

use crate::late::Who;
use crate::platform::{Platform, Thread};
use crate::slot::SlotId;
use crate::sync::{AtomicU8, AtomicU32, Ordering};
use agx_fix_terms::{CallId, Phase};
use const_fn::const_fn;

#[derive(Debug, Default)]
pub(crate) struct Record {
    phase: AtomicU8,
    /// The slot of the open encoder; 0 for none.
    open: AtomicU32,
    opener: AtomicU32,
    open_call: AtomicU32,
    /// Counts the ends that somebody waited for. Waiters sleep on it.
    pub(crate) bell: AtomicU32,
    /// Threads that wait for the end of the open encoder.
    waiting: AtomicU32,
}

impl Record {
    #[const_fn(cfg(not(loom)))]
    pub(crate) const fn new() -> Self {
        Self {
            phase: AtomicU8::new(0),
            open: AtomicU32::new(0),
            opener: AtomicU32::new(0),
            open_call: AtomicU32::new(0),
            bell: AtomicU32::new(0),
            waiting: AtomicU32::new(0),
        }
    }

    #[inline]
    pub(crate) fn reset(&self) {
        self.phase.store(Phase::Recording as u8, Ordering::Relaxed);
        self.open.store(0, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Recording,
            1 => Phase::Committed,
            _ => Phase::Completed,
        }
    }

    /// Never back, but by a reset.
    pub(crate) fn advance(&self, phase: Phase) {
        self.phase.fetch_max(phase as u8, Ordering::Release);
    }

    #[inline]
    pub(crate) fn set_open(&self, encoder: SlotId, thread: Thread, call: CallId) {
        self.opener.store(thread, Ordering::Relaxed);
        self.open_call.store(call.0.into(), Ordering::Relaxed);
        self.open.store(encoder, Ordering::Release);
    }

    /// The open encoder, and who opened it.
    #[inline]
    pub(crate) fn open(&self) -> Option<(SlotId, Who)> {
        let encoder = self.open.load(Ordering::SeqCst);
        let call = CallId(self.open_call.load(Ordering::Relaxed) as u16);
        (encoder != 0).then(|| (encoder, Who { thread: self.opener.load(Ordering::Relaxed), call }))
    }

    /// That encoder has ended or is gone.
    #[inline]
    pub(crate) fn close<P: Platform>(&self, encoder: SlotId) {
        let closed = self.open.compare_exchange(encoder, 0, Ordering::SeqCst, Ordering::Relaxed).is_ok();
        if closed && self.waiting.load(Ordering::SeqCst) != 0 {
            self.bell.fetch_add(1, Ordering::Release);
            P::wake_all(&self.bell);
        }
    }

    /// This thread is about to wait for the end of the open encoder, until the answer is dropped.
    pub(crate) fn wait(&self) -> impl Drop + '_ {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Waiting(&self.waiting)
    }

    /// In a forked child nobody waits.
    pub(crate) fn after_fork(&self) {
        self.waiting.store(0, Ordering::Relaxed);
    }
}

struct Waiting<'r>(&'r AtomicU32);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::tests::TestPlatform;

    /// How often the bell has rung after an encoder was opened and has ended.
    fn rung(record: &Record) -> u32 {
        record.set_open(5, 1, CallId(1));
        record.close::<TestPlatform>(5);
        record.bell.load(Ordering::Relaxed)
    }

    /// I7.
    #[test]
    fn the_bell_rings_for_those_that_wait_and_for_nobody_else() {
        let record = Record::new();
        assert_eq!(rung(&record), 0);
        let waiting = record.wait();
        assert_eq!(rung(&record), 1);
        drop(waiting);
        assert_eq!(rung(&record), 1, "nobody waits any longer");
        core::mem::forget(record.wait());
        assert_eq!(rung(&record), 2);
        record.after_fork();
        assert_eq!(rung(&record), 2, "in the child there is nobody");
    }
}
