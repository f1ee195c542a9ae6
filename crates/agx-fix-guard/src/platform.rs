//! What the guard asks of the system it runs on.

use crate::finding::Finding;
use crate::guard::Key;
use crate::sync::{AtomicU32, Ordering, fence};
use agx_fix_terms::{Call, CallId};
use std::time::Duration;

/// A thread: the system's number, 1 to 2^31 - 1, unique among live threads.
pub type Thread = u32;

/// Thread identity, and sleeping on a word.
pub trait Platform: Sync + 'static {
    /// The calling thread. Cheap: it is asked for on every call.
    fn thread() -> Thread;

    /// The same, if it takes no call to know it. `None` at least before the thread has asked for [`Platform::thread`].
    #[inline]
    fn known_thread() -> Option<Thread> {
        Some(Self::thread())
    }

    /// Sleeps while `word` holds `expected`, until woken, until `limit` has passed, or for no reason.
    fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>);

    /// The same, where `owner` holds what the calling thread waits for: a system that can lend it the caller's priority
    /// does so.
    fn wait_for_owner(word: &AtomicU32, expected: u32, owner: Thread, limit: Option<Duration>) {
        let _ = owner;
        Self::wait(word, expected, limit);
    }

    /// Wakes one thread that sleeps on `word`, if any.
    fn wake_one(word: &AtomicU32);

    /// Wakes all threads that sleep on `word`.
    fn wake_all(word: &AtomicU32);

    /// With [`Platform::heavy_fence`]: if one thread writes a word, passes this and reads another word, and another thread
    /// writes that one, passes the heavy fence and reads the first, then at least one of them reads what the other wrote.
    #[inline]
    fn light_fence() {
        fence(Ordering::SeqCst);
    }

    /// The other side: may take long.
    fn heavy_fence() {
        fence(Ordering::SeqCst);
    }

    /// A misuse that the guard does not answer with a refusal. `first` is its number, if it is the first of its kind. The
    /// calling thread holds no lock of the guard that it did not hold before the call.
    fn found(finding: &Finding, first: Option<usize>);

    /// A call had to wait for its lock, and has it now. The object is still the one that it was made on.
    fn contended(_key: Key, _call: Call) {}

    /// A call has waited longer than the limit, and goes on waiting. Said once a wait. No lock of the guard is held.
    fn long_wait(wait: &LongWait);
}

/// A wait beyond the limit: who waits for what, and who holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongWait {
    /// The encoder or command buffer.
    pub key: Key,
    /// The call that waits.
    pub call: CallId,
    /// The thread that waits.
    pub thread: Thread,
    /// The call inside which the holder was last seen; `None` if it has just let go.
    pub holder_call: Option<CallId>,
    /// The thread that holds.
    pub holder: Thread,
    /// The limit that has passed.
    pub limit: Duration,
}
