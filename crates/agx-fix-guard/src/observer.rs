//! What the guard tells the front end above it. The guard knows no front end by name: whoever holds a guard implements
//! [`Observer`].

use crate::finding::Finding;
use crate::ids::{Key, Thread};
use agx_fix_terms::{Call, CallId};
use std::time::Duration;

/// Hears what happens in a guard. Every method may be left out.
pub trait Observer {
    /// The guard found a misuse and does not answer it with a refusal. `first` is its number, if it is the first of its
    /// kind. The calling thread holds no lock of the guard that it did not hold before the call.
    fn found(finding: &Finding, first: Option<usize>) {
        let _ = (finding, first);
    }

    /// A call had to wait for its lock, and holds it now. The object is still the one that it was made on.
    fn contended(key: Key, call: Call) {
        let _ = (key, call);
    }

    /// A call has waited longer than the limit, and goes on waiting. Told once a wait. The calling thread does not hold the
    /// lock.
    fn long_wait(wait: &LongWait) {
        let _ = wait;
    }
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
    /// The call that the holder was last seen inside; `None` if it has just unlocked.
    pub holder_call: Option<CallId>,
    /// The thread that holds the lock.
    pub holder: Thread,
    /// The limit that has passed.
    pub limit: Duration,
}
