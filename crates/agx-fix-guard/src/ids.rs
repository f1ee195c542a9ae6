//! What the guard calls things by: objects, slots, threads, calls of threads. Plain values.

use agx_fix_terms::CallId;

/// The address of an encoder or command buffer. Not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub usize);

/// A thread: the system's number, 1 to 2^31 - 1, unique among live threads.
pub type Thread = u32;

/// The number of a slot in the table, plus one; 0 is none.
pub(crate) type SlotId = u32;

/// A thread and the call that it made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who {
    /// The thread.
    pub thread: Thread,
    /// The call.
    pub call: CallId,
}
