//! Locks of the cold paths, and what a fork does about them.
//!
//! A forked child has the forking thread alone: a lock that another thread held would be held there for ever, and what it
//! protects would be half changed. So a fork takes all of these locks first, and lets go of them in parent and child.
//! (The guard's own locks stand around the driver, which may take its time: no fork waits for them, and the child frees those
//! of threads that it does not have. It waits for the one that no call of the driver stands under.)

use crate::host::{GUARD, Host};
use crate::{associated, contended, findings, handlers, install};
use agx_fix_guard::{Lock, Thread};
use agx_fix_objc::{platform, runtime};
use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};

/// All, in the order in which a fork takes them. No thread takes one of them inside another.
static ALL: [&dyn AroundFork; 5] =
    [&install::INSTALLED, &handlers::LATE, &findings::LABELS, &contended::COUNTS, &associated::SPARE];

/// A value under a lock that forks respect. It does not nest, and the lock outlives a panic.
#[derive(Debug)]
pub(crate) struct ForkMutex<T> {
    lock: Lock,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through the lock alone, by one thread at a time.
unsafe impl<T: Send> Sync for ForkMutex<T> {}

/// The way to the value, as long as it is held.
#[derive(Debug)]
pub(crate) struct Held<'m, T> {
    value: &'m UnsafeCell<T>,
    #[allow(dead_code, reason = "held, not read")]
    lock: agx_fix_guard::Held<'m, Host>,
}

impl<T> ForkMutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { lock: Lock::new(), value: UnsafeCell::new(value) }
    }

    pub(crate) fn lock(&self) -> Held<'_, T> {
        Held { lock: self.lock.lock::<Host>(), value: &self.value }
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this thread holds the lock, so nobody else has a reference.
        unsafe { &*self.value.get() }
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above; this is the holder's only reference, as it is borrowed from `self`.
        unsafe { &mut *self.value.get() }
    }
}

/// What a fork does with a lock.
trait AroundFork: Sync {
    /// Before. A thread that forks while it holds the lock itself goes on holding it, on both sides.
    fn take(&self);
    /// In the child: the forking thread has another number there.
    fn renumber(&self, before: Thread, after: Thread);
    /// Afterwards, on each side.
    fn let_go(&self);
    /// Whether a thread sleeps until the lock is free.
    #[cfg(test)]
    fn is_waited_for(&self) -> bool;
    /// Whether no thread holds it.
    #[cfg(test)]
    fn is_free(&self) -> bool;
}

impl<T: Send> AroundFork for ForkMutex<T> {
    fn take(&self) {
        self.lock.hold_for_fork::<Host>();
    }

    fn renumber(&self, before: Thread, after: Thread) {
        self.lock.after_fork(before, after);
    }

    fn let_go(&self) {
        self.lock.release_after_fork::<Host>();
    }

    #[cfg(test)]
    fn is_waited_for(&self) -> bool {
        self.lock.is_waited_for()
    }

    #[cfg(test)]
    fn is_free(&self) -> bool {
        self.lock.owner().is_none()
    }
}

extern "C" fn before() {
    ALL.iter().for_each(|lock| lock.take());
    GUARD.before_fork();
    runtime::before_fork(); // some of the others are held while the runtime is asked for something
}

extern "C" fn in_parent() {
    runtime::after_fork();
    GUARD.after_fork_in_parent();
    ALL.iter().for_each(|lock| lock.let_go());
}

extern "C" fn in_child() {
    runtime::after_fork();
    let (before, after) = platform::renumber_after_fork();
    GUARD.after_fork(before, after);
    for lock in ALL {
        lock.renumber(before, after);
        lock.let_go();
    }
}

/// Has each fork of this process leave a child that can go on using Metal's hooks. To be called once, before the first
/// hook. False if the system refused.
pub fn survive_forks() -> bool {
    platform::at_fork(before, in_parent, in_child)
}

#[cfg(test)]
#[path = "fork_tests.rs"]
mod tests;
