//! The state of a command buffer, in its slot: how far it is, and which encoder is open on it. (A parallel render encoder can
//! have several open sub-encoders: each one's own state says whether it is open.)
//!
//! ```text
//!   stateing (no encoder | an encoder, opened by a thread in a call) -> committed -> completed
//! ```
//!
//! A command buffer of Metal 4 counts as committed when it ends, and states again when it begins anew.
//!
//! The phase changes under the buffer's lock. The open encoder is set under the buffer's lock, but whoever ends the encoder
//! holds only the encoder's lock: so it is cleared by compare and swap, and `end_event` wakes the threads that wait for the end.
//!
//! Usually no thread waits, and then the end makes no system call (I7): a thread that waits announces itself in `waiting`
//! before it looks at `open`, and a thread that closes clears `open` before it looks at `waiting`. All four accesses are
//! SeqCst, so at least one of the two threads sees the other.

use crate::ids::{SlotId, Who};
use crate::platform::Platform;
use crate::sync::{AtomicU8, AtomicU32, Ordering};
use agx_fix_terms::{CallId, Phase};
use const_fn::const_fn;

#[derive(Debug, Default)]
pub(crate) struct BufferState {
    phase: AtomicU8,
    /// The slot of the open encoder; 0 for none.
    open: AtomicU32,
    opener: AtomicU32,
    open_call: AtomicU32,
    /// Counts the ends that a thread waited for. Waiters sleep on it.
    pub(crate) end_event: AtomicU32,
    /// Threads that wait for the end of the open encoder.
    waiting: AtomicU32,
}

impl BufferState {
    #[const_fn(cfg(not(loom)))]
    pub(crate) const fn new() -> Self {
        Self {
            phase: AtomicU8::new(0),
            open: AtomicU32::new(0),
            opener: AtomicU32::new(0),
            open_call: AtomicU32::new(0),
            end_event: AtomicU32::new(0),
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

    /// Only a reset leads back.
    pub(crate) fn advance(&self, phase: Phase) {
        self.phase.fetch_max(phase as u8, Ordering::Release);
    }

    #[inline]
    pub(crate) fn set_open(&self, encoder: SlotId, opener: Who) {
        self.opener.store(opener.thread, Ordering::Relaxed);
        self.open_call.store(opener.call.0.into(), Ordering::Relaxed);
        self.open.store(encoder, Ordering::Release);
    }

    /// The open encoder, and who opened it.
    #[inline]
    pub(crate) fn open(&self) -> Option<(SlotId, Who)> {
        let encoder = self.open.load(Ordering::SeqCst);
        let call = CallId(self.open_call.load(Ordering::Relaxed) as u16);
        (encoder != 0).then(|| (encoder, Who { thread: self.opener.load(Ordering::Relaxed), call }))
    }

    /// That encoder has ended or is freed.
    #[inline]
    pub(crate) fn close<P: Platform>(&self, encoder: SlotId) {
        let closed = self.open.compare_exchange(encoder, 0, Ordering::SeqCst, Ordering::Relaxed).is_ok();
        if closed && self.waiting.load(Ordering::SeqCst) != 0 {
            self.end_event.fetch_add(1, Ordering::Release);
            P::wake_all(&self.end_event);
        }
    }

    /// Announces that this thread waits for the end of the open encoder, until the result is dropped.
    pub(crate) fn announce_wait(&self) -> impl Drop + '_ {
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
    use crate::platform::tests::TestPlatform;

    /// The count of the event after an encoder was opened and has ended.
    fn events(state: &BufferState) -> u32 {
        state.set_open(5, Who { thread: 1, call: CallId(1) });
        state.close::<TestPlatform>(5);
        state.end_event.load(Ordering::Relaxed)
    }

    /// I7.
    #[test]
    fn an_end_wakes_threads_that_wait_and_asks_nothing_of_the_system_otherwise() {
        let state = BufferState::new();
        assert_eq!(events(&state), 0);
        let waiting = state.announce_wait();
        assert_eq!(events(&state), 1);
        drop(waiting);
        assert_eq!(events(&state), 1, "nobody waits any longer");
        core::mem::forget(state.announce_wait());
        assert_eq!(events(&state), 2);
        state.after_fork();
        assert_eq!(events(&state), 2, "in the child there is nobody");
    }
}
