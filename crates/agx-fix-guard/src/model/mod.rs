//! What the guard is built on under a model checker: `--cfg loom` (all interleavings within a bound, and what a weak memory
//! may show) or `--cfg shuttle` (random schedules, one memory). Not part of a shipped guard.
//!
//! The checker's atomics are wrapped for what they do not do by themselves:
//!
//! - **A forked child.** Every atomic keeps its newest value beside the checker's. [`in_child`] runs a closure on these
//!   values alone, with no switch to another thread: that is what a fork is to the child, memory as it stood in the middle
//!   of what the others did, and nobody else there. The parent's state is as if nothing had happened. Once an execution.
//! - **Sequentially consistent accesses**, which loom takes for acquire and release: a fence before each such load sets it
//!   in order after the stores before it. That is no more than the accesses promise among themselves.
//! - **Dependence** of accesses ([`readers`]): loom overlooks some.
//! - **Time** does not pass.

mod readers;

pub use crate::protection::Protection;
#[cfg(loom)]
use loom as checker;
use readers::Readers;
#[cfg(loom)]
pub use readers::{expect_forks, this_is_thread};
#[cfg(shuttle)]
use shuttle as checker;

use checker::sync::atomic;
use core::sync::atomic::Ordering;
use std::cell::Cell;
use std::time::Duration;

thread_local! {
    // A checker runs all threads of an execution in one thread of the system.
    static CHILD: Cell<bool> = const { Cell::new(false) };
    static MISSING: Cell<Option<Protection>> = const { Cell::new(None) };
}

/// Takes a protection out of the guards of models that this thread runs from now on, or none.
pub fn without(protection: Option<Protection>) {
    MISSING.set(protection);
}

/// Whether a protection is in place.
pub(crate) fn protects(by: Protection) -> bool {
    MISSING.get() != Some(by)
}

/// Runs `child` as a forked child of the calling thread would run now.
pub fn in_child<T>(child: impl FnOnce() -> T) -> T {
    readers::fork();
    CHILD.set(true);
    let result = child();
    CHILD.set(false);
    result
}

/// Whether this is a forked child.
pub fn is_child() -> bool {
    CHILD.get()
}

/// Lets others run; a child has none that it could wait for.
#[track_caller]
pub(crate) fn spin_loop() {
    assert!(!is_child(), "a forked child waits for a thread that it does not have");
    checker::hint::spin_loop();
}

/// A fence of the model's memory.
pub fn fence(ordering: Ordering) {
    if !is_child() {
        atomic::fence(ordering);
    }
}

macro_rules! atomic_integer {
    ($name:ident, $integer:ty) => {
        /// An atomic of the model.
        #[derive(Debug)]
        pub struct $name {
            checked: atomic::$name,
            readers: Readers,
            newest: core::sync::atomic::$name,
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new(0)
            }
        }

        #[allow(dead_code, reason = "not every width needs every operation")]
        impl $name {
            #[const_fn::const_fn(cfg(not(loom)))]
            pub(crate) const fn new(value: $integer) -> Self {
                Self {
                    checked: atomic::$name::new(value),
                    readers: Readers::new(),
                    newest: core::sync::atomic::$name::new(value),
                }
            }

            /// Reads it.
            pub fn load(&self, ordering: Ordering) -> $integer {
                if is_child() {
                    return self.newest.load(Ordering::Relaxed);
                }
                if ordering == Ordering::SeqCst {
                    fence(Ordering::SeqCst);
                }
                self.readers.read();
                self.checked.load(ordering)
            }

            pub(crate) fn store(&self, value: $integer, ordering: Ordering) {
                if !is_child() {
                    self.readers.write();
                    self.checked.store(value, ordering);
                }
                self.written(value);
            }

            pub(crate) fn compare_exchange(
                &self,
                current: $integer,
                new: $integer,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$integer, $integer> {
                if is_child() {
                    return self.newest.compare_exchange(current, new, Ordering::Relaxed, Ordering::Relaxed);
                }
                self.readers.write();
                let result = self.checked.compare_exchange(current, new, success, failure);
                if result.is_ok() {
                    self.written(new);
                }
                result
            }

            /// Reads and writes in one step, by the checker's `operation`.
            fn update(
                &self,
                operation: impl FnOnce(&atomic::$name) -> $integer,
                next: impl FnOnce($integer) -> $integer,
            ) -> $integer {
                let before = if is_child() {
                    self.newest.load(Ordering::Relaxed)
                } else {
                    self.readers.write();
                    operation(&self.checked)
                };
                self.written(next(before));
                before
            }

            fn written(&self, value: $integer) {
                self.newest.store(value, Ordering::Relaxed);
            }

            pub(crate) fn swap(&self, value: $integer, ordering: Ordering) -> $integer {
                self.update(|checked| checked.swap(value, ordering), |_| value)
            }

            pub(crate) fn fetch_add(&self, value: $integer, ordering: Ordering) -> $integer {
                self.update(|checked| checked.fetch_add(value, ordering), |before| before.wrapping_add(value))
            }

            pub(crate) fn fetch_sub(&self, value: $integer, ordering: Ordering) -> $integer {
                self.update(|checked| checked.fetch_sub(value, ordering), |before| before.wrapping_sub(value))
            }

            pub(crate) fn fetch_or(&self, value: $integer, ordering: Ordering) -> $integer {
                self.update(|checked| checked.fetch_or(value, ordering), |before| before | value)
            }

            pub(crate) fn fetch_max(&self, value: $integer, ordering: Ordering) -> $integer {
                self.update(|checked| checked.fetch_max(value, ordering), |before| before.max(value))
            }
        }
    };
}

atomic_integer!(AtomicU8, u8);
atomic_integer!(AtomicU32, u32);
atomic_integer!(AtomicU64, u64);
atomic_integer!(AtomicUsize, usize);

/// A clock that stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Self {
        Self(Duration::ZERO)
    }

    pub(crate) fn elapsed(self) -> Duration {
        Duration::ZERO
    }

    pub(crate) fn saturating_duration_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl core::ops::Add<Duration> for Instant {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Self(self.0 + time)
    }
}

/// A value that is made once, with the orderings of the standard library's. Like that, it keeps those waiting that come
/// while it is being made, and a forked child for ever if the maker was another thread.
#[derive(Debug)]
pub(crate) struct OnceLock<T> {
    value: std::sync::OnceLock<T>,
    /// What a forked child has made.
    of_child: std::sync::OnceLock<T>,
    stage: AtomicU8,
}

const BEING_MADE: u8 = 1;
const MADE: u8 = 2;

impl<T> OnceLock<T> {
    #[const_fn::const_fn(cfg(not(loom)))]
    pub(crate) const fn new() -> Self {
        Self {
            value: std::sync::OnceLock::new(),
            of_child: std::sync::OnceLock::new(),
            stage: AtomicU8::new(0),
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        if self.stage.load(Ordering::Acquire) != MADE {
            return None;
        }
        if is_child() { self.of_child.get().or_else(|| self.value.get()) } else { self.value.get() }
    }

    /// `make` makes atomics, which is no reason for the checker to switch.
    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if self.stage.compare_exchange(0, BEING_MADE, Ordering::Acquire, Ordering::Acquire).is_ok() {
            let value = if is_child() { &self.of_child } else { &self.value };
            value.get_or_init(make);
            self.stage.store(MADE, Ordering::Release);
        }
        loop {
            if let Some(value) = self.get() {
                return value;
            }
            spin_loop();
        }
    }
}
