//! Mutexes of cold paths that a forked child finds free, and handlers around a fork.
//!
//! A forked child has the forking thread alone. A mutex that another thread held would stay held there, over a value that is
//! half changed. So a fork takes every [`ForkMutex`] first, and unlocks them in parent and child. A mutex registers itself
//! before it is locked for the first time; the registry's own lock is held during a fork, so that no mutex escapes it.
//!
//! No thread locks one of these mutexes inside another. So the order in which a fork takes them does not matter; it is the
//! order of registration.

use crate::{parking, system, threads};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::OnceLock;

/// What a part of the program does around a fork, in the forking thread.
#[derive(Clone, Copy, Debug)]
pub struct Handlers {
    /// Before the fork, when every [`ForkMutex`] is held.
    pub before: fn(),
    /// After it, in the parent.
    pub in_parent: fn(),
    /// After it, in the child: the forking thread's numbers before and after the fork.
    pub in_child: fn(u32, u32),
}

/// Has each fork of this process leave a child that can go on using every [`ForkMutex`], and what these handlers care for.
/// Afterwards the handlers run in reverse order. To be called once; false if it was called before, or the system refuses.
pub fn survive_forks(handlers: &'static [Handlers]) -> bool {
    if HANDLERS.set(handlers).is_err() {
        return false;
    }
    // SAFETY: the handlers take nothing; they live as long as the library, which is pinned before hooks exist.
    unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) == 0 }
}

static HANDLERS: OnceLock<&'static [Handlers]> = OnceLock::new();

fn handlers() -> &'static [Handlers] {
    HANDLERS.get().copied().unwrap_or_default()
}

unsafe extern "C" fn before() {
    REGISTERED.lock.take();
    registered().iter().for_each(|lock| lock.take());
    handlers().iter().for_each(|part| (part.before)());
}

unsafe extern "C" fn in_parent() {
    handlers().iter().rev().for_each(|part| (part.in_parent)());
    registered().iter().for_each(|lock| lock.let_go());
    REGISTERED.lock.let_go();
}

unsafe extern "C" fn in_child() {
    system::forget_sleepers();
    let (before, after) = threads::renumber_after_fork();
    handlers().iter().rev().for_each(|part| (part.in_child)(before, after));
    for lock in registered().iter().chain([&&REGISTERED.lock]) {
        lock.renumber(before, after);
        lock.let_go();
    }
}

/// Every [`ForkMutex`] that was ever locked, but for this one.
static REGISTERED: ForkMutex<Vec<&'static ForkLock>> = ForkMutex::new(Vec::new());

/// For a thread that holds the registry's lock around a fork.
fn registered() -> &'static [&'static ForkLock] {
    // SAFETY: the calling thread holds the lock from `before` to the end of `in_parent` or `in_child`; it does not
    // write meanwhile, and nobody forks while it registers a mutex.
    unsafe { &*REGISTERED.value.get() }
}

/// A value under a mutex that forks respect. It does not nest, and it is not poisoned by a panic.
#[derive(Debug)]
pub struct ForkMutex<T> {
    lock: ForkLock,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through the lock alone, by one thread at a time.
unsafe impl<T: Send> Sync for ForkMutex<T> {}

/// The value of a [`ForkMutex`], whose lock the thread holds.
#[derive(Debug)]
pub struct ForkMutexGuard<T: 'static> {
    mutex: &'static ForkMutex<T>,
    /// The lock belongs to the thread.
    not_send: PhantomData<*const ()>,
}

impl<T> ForkMutex<T> {
    /// An unlocked mutex.
    pub const fn new(value: T) -> Self {
        Self { lock: ForkLock::new(), value: UnsafeCell::new(value) }
    }

    /// Waits until no other thread holds the mutex, and takes it.
    pub fn lock(&'static self) -> ForkMutexGuard<T> {
        self.lock.register();
        self.lock_unregistered()
    }

    fn lock_unregistered(&'static self) -> ForkMutexGuard<T> {
        self.lock.lock(threads::thread_id());
        ForkMutexGuard { mutex: self, not_send: PhantomData }
    }
}

impl<T> Deref for ForkMutexGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this thread holds the lock, so nobody else has a reference.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for ForkMutexGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above; this is the holder's only reference, as it is borrowed from `self`.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T> Drop for ForkMutexGuard<T> {
    fn drop(&mut self) {
        self.mutex.lock.unlock();
    }
}

/// The bit of a lock's word beside the owner's number: a thread sleeps until the word changes, or is about to.
const WAITED_FOR: u32 = 1 << 31;

/// The lock of a [`ForkMutex`].
#[derive(Debug)]
struct ForkLock {
    /// 0, or the owner's thread number and perhaps [`WAITED_FOR`].
    word: AtomicU32,
    /// By the lock: a fork has taken it.
    forking: AtomicBool,
    registered: AtomicBool,
}

impl ForkLock {
    const fn new() -> Self {
        Self { word: AtomicU32::new(0), forking: AtomicBool::new(false), registered: AtomicBool::new(false) }
    }

    fn register(&'static self) {
        if self.registered.load(Ordering::Relaxed) {
            return;
        }
        let mut registered = REGISTERED.lock_unregistered();
        if !self.registered.swap(true, Ordering::Relaxed) {
            registered.push(self);
        }
    }

    fn owner(&self) -> u32 {
        self.word.load(Ordering::Relaxed) & !WAITED_FOR
    }

    /// It does not nest.
    fn lock(&self, me: u32) {
        // A thread that has waited does not know whether others wait, so it says that they do.
        let mut mine = me;
        while let Err(held) = self.word.compare_exchange(0, mine, Ordering::Acquire, Ordering::Relaxed) {
            let waited_for = held | WAITED_FOR;
            let told = self.word.compare_exchange(held, waited_for, Ordering::Relaxed, Ordering::Relaxed);
            if told.is_ok() {
                parking::wait_for_owner(&self.word, waited_for, held & !WAITED_FOR, None);
            }
            mine = me | WAITED_FOR;
        }
    }

    fn unlock(&self) {
        if self.word.swap(0, Ordering::Release) & WAITED_FOR != 0 {
            parking::wake_one(&self.word);
        }
    }

    /// Before a fork. A thread that forks while it holds the lock itself goes on holding it, on both sides.
    fn take(&self) {
        let me = threads::thread_id();
        if self.owner() != me {
            self.lock(me);
            self.forking.store(true, Ordering::Relaxed);
        }
    }

    /// In the child: the forking thread has another number there, and nobody waits.
    fn renumber(&self, before: u32, after: u32) {
        let is_mine = self.owner() == before;
        self.word.store(if is_mine { after } else { 0 }, Ordering::Relaxed);
    }

    /// After a fork, on each side.
    fn let_go(&self) {
        if self.forking.swap(false, Ordering::Relaxed) {
            self.unlock();
        }
    }
}

#[cfg(test)]
#[path = "fork_tests.rs"]
mod tests;
