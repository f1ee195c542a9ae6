//! The protections that a model can take out, one at a time, to show that it notices when one is missing.

/// A protection. In a shipped guard each is in place, and asking for it costs nothing.
#[cfg_attr(not(any(loom, shuttle)), allow(unreachable_pub, reason = "for models only"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// A thread that brings a new key looks again with the lock over insertions held. Without, it checks, then sets (I1).
    Insertion,
    /// The end of an encoder takes the encoder's lock (I2).
    EndUnderLock,
    /// A call looks, with the lock held, whether the encoder has ended (I3).
    EndedCheck,
    /// An encoder is kept on its command buffer's list (I4).
    Retain,
    /// The thread that is inside is let in again (I5). Without, it waits for itself.
    Nesting,
    /// Counters are written with the lock held (I8).
    CountersUnderLock,
    /// A call that waited looks whether the encoder is still the one that it came for (I10).
    Generation,
    /// A fork waits until the table has grown.
    BeforeFork,
    /// A forked child frees the locks of threads that it does not have.
    AfterFork,
}
