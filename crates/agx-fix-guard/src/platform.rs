//! What the guard asks of the system: thread numbers, sleeping on a word, fences. It knows nothing else of the guard.

use crate::ids::Thread;
use crate::sync::{AtomicU32, Ordering, fence};
use std::time::Duration;

/// Thread numbers, sleeping on a word, and fences.
pub trait Platform: Sync + 'static {
    /// The calling thread. Cheap: every call asks for it.
    fn thread() -> Thread;

    /// The same, if it can be known without a function call. `None` at least until the thread has asked for
    /// [`Platform::thread`].
    #[inline]
    fn known_thread() -> Option<Thread> {
        Some(Self::thread())
    }

    /// Sleeps while `word` holds `expected`: until woken, until `limit` has passed, or for no reason.
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

    /// With [`Platform::heavy_fence`]: if one thread writes a word, passes this fence and reads another word, and another
    /// thread writes that one, passes the heavy fence and reads the first, then at least one of them reads what the other
    /// wrote.
    #[inline]
    fn light_fence() {
        fence(Ordering::SeqCst);
    }

    /// The other side of [`Platform::light_fence`]. It may take long.
    fn heavy_fence() {
        fence(Ordering::SeqCst);
    }
}

#[cfg(test)]
pub(crate) mod tests;
