//! The protections of guard and hooks that a check can take out, one at a time, to show that it notices when one is missing.
//!
//! A model takes one out by `model::without`. A build with `--cfg protections` leaves out the one that the environment names
//! (`cargo xtask verify protections`). In every other build all are in place.

/// A protection. In a shipped guard asking for it costs nothing.
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
    /// A call takes its object's lock (I1).
    Lock,
    /// The end of an encoder closes its fast path (I3).
    FastPathClosed,
    /// Giving an encoder that was there before the hooks its slot makes no waiting call late (I3).
    AdoptedNotLate,
    /// An encoder is retained once, however often its factory answers it (I4).
    RetainedOnce,
    /// An encoder that was released can be retained again (I4).
    ReleasedOnce,
    /// A freed object's slot lets go of the lock of its command buffer (I6).
    OwnLockAfterFree,
    /// A call that is looked at again is one acquisition (I8).
    CountedOnce,
    /// A thread that has the lock after a sleep speaks for the others that sleep (I7).
    SleepAnnounced,
    /// A call that waited for an encoder that was freed is late, whichever lock the slot has by now (I10).
    StaleIsLate,
    /// A call on a committed command buffer does not reach the driver (class 2).
    CommittedRefused,
    /// A commit that waited looks again whether another thread has committed (class 2).
    CommitLooksAgain,
    /// A commit waits for an open encoder (class 3).
    CommitWaits,
    /// An encoder is open until its end is done, not only until a step inside it (class 3).
    OpenUntilEnded,
    /// The same of an encoder that another one has made (class 3).
    MadeOpenUntilEnded,
    /// A handler that is added after the commit does not reach the driver (class 2).
    LateHandlerStopped,
    /// It is called all the same when the command buffer completes (class 2).
    LateHandlerCalled,
    /// The end of a Metal 4 command buffer is its commit (class 2).
    EndOfMetal4Buffer,
    /// All encoders that an encoder has made are ended for their owner, not only the first (class 3).
    AllMadeEnded,
    /// An encoder is ended for its owner after those that it has made (class 3).
    MadeEndedFirst,
    /// An open encoder is ended before its application's last reference goes (class 5).
    EndBeforeLastRelease,
    /// A dispatch works with what its thread has bound (class 7).
    BindingsApplied,
    /// An encoder learns its queue before the commit, for late work.
    QueueOfLateWork,
    /// An end by another thread leaves the owner what it has bound.
    OwnerKeepsBindings,
    /// An encoder that the driver gives again holds no bindings.
    EmptyWhenGivenAgain,
    /// Late work on another encoder is noted as what the driver holds there.
    BorrowedBindingsNoted,
}

/// Whether a protection is in place.
#[cfg(not(any(loom, shuttle, protections)))]
#[inline(always)]
pub const fn protects(_by: Protection) -> bool {
    true
}

/// Whether a protection is in place: all are but the one that the environment names.
#[cfg(all(protections, not(any(loom, shuttle))))]
pub fn protects(by: Protection) -> bool {
    static WITHOUT: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    let without = WITHOUT.get_or_init(|| std::env::var("GUARD_WITHOUT").ok());
    without.as_ref().is_none_or(|name| *name != format!("{by:?}"))
}
