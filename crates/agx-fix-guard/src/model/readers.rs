//! Completing loom's idea of which accesses depend on each other.
//!
//! Loom looks for another order of two accesses where the later one depends on the *last* access to that atomic. Where one
//! thread reads, a second one reads and then writes, the last access before the write is the second thread's own read: that
//! the write might have come before the first thread's read is overlooked, and the guard is full of "read, then write".
//! So every thread leaves a mark for each atomic that it reads, in an atomic of its own, and whoever writes touches the
//! marks of the others. Marks are written and read in one step, relaxed: they order nothing, and have no old values to see.
//!
//! Likewise a fork depends on every step of every other thread, which loom cannot know, as the child's steps are none of
//! its business. In a model with a fork each thread leaves a mark at each step, and the fork touches them.

#[cfg(loom)]
mod marks {
    use loom::sync::atomic::AtomicU8;
    use std::cell::Cell;
    use std::sync::atomic::Ordering::Relaxed;

    /// More threads than any model has.
    const THREADS: usize = 3;

    loom::thread_local!(static ME: Cell<usize> = Cell::new(0));
    loom::lazy_static!(static ref STEPS: [AtomicU8; THREADS] = core::array::from_fn(|_| AtomicU8::new(0)););
    std::thread_local!(static FORKS: Cell<bool> = const { Cell::new(false) });

    /// The models that this thread of the system runs from now on fork.
    pub fn expect_forks() {
        FORKS.set(true);
    }

    /// The calling thread forks.
    pub(crate) fn fork() {
        let me = ME.with(Cell::get);
        for (_, step) in STEPS.iter().enumerate().filter(|&(thread, _)| thread != me) {
            step.fetch_add(1, Relaxed);
        }
    }

    fn step(me: usize) {
        if FORKS.get() {
            STEPS[me].fetch_add(1, Relaxed);
        }
    }

    /// Says which thread of the model this is: 0, if nothing is said, to 2.
    pub fn this_is_thread(index: usize) {
        ME.with(|me| me.set(index));
    }

    #[derive(Debug)]
    pub(crate) struct Readers([AtomicU8; THREADS]);

    impl Readers {
        pub(crate) fn new() -> Self {
            Self(core::array::from_fn(|_| AtomicU8::new(0)))
        }

        /// The calling thread is about to read.
        pub(crate) fn read(&self) {
            let me = ME.with(Cell::get);
            step(me);
            self.0[me].fetch_add(1, Relaxed);
        }

        /// The calling thread is about to write.
        pub(crate) fn write(&self) {
            let me = ME.with(Cell::get);
            step(me);
            for (_, mark) in self.0.iter().enumerate().filter(|&(thread, _)| thread != me) {
                mark.fetch_add(1, Relaxed);
            }
        }
    }
}

#[cfg(shuttle)]
mod marks {
    pub(crate) fn fork() {}

    /// Nothing: shuttle does not ask which accesses depend on each other.
    #[derive(Debug)]
    pub(crate) struct Readers;

    impl Readers {
        pub(crate) const fn new() -> Self {
            Self
        }

        pub(crate) fn read(&self) {}

        pub(crate) fn write(&self) {}
    }
}

pub(crate) use marks::{Readers, fork};
#[cfg(loom)]
pub use marks::{expect_forks, this_is_thread};
