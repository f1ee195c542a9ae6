//! What stands in for an encoder and for the driver's method where there is no Metal.

use std::sync::atomic::{AtomicU64, Ordering};

/// An encoder. No two share a cache line. Its counter is a plain one, as the driver's are: it comes out right only if
/// somebody keeps the threads apart.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Encoder {
    calls: AtomicU64,
    state: AtomicU64,
}

impl Encoder {
    /// The address, by which a guard knows it.
    #[inline]
    pub(crate) fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    /// The driver's method: counts the call, and works for so many steps.
    #[inline]
    pub(crate) fn method(&self, steps: u32) {
        self.calls.store(self.calls.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        self.state.store(work(self.state.load(Ordering::Relaxed), steps), Ordering::Relaxed);
    }

    /// The calls it has counted.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

/// So many steps, each of which waits for the one before.
#[inline]
pub(crate) fn work(seed: u64, steps: u32) -> u64 {
    let mut state = seed;
    for _ in 0..steps {
        state = (state ^ (state >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9).wrapping_add(1);
    }
    state
}

/// So many encoders, at addresses as an allocator gives them to a driver.
#[allow(clippy::vec_box, reason = "in one block they would lie at regular distances")]
pub(crate) fn encoders(count: usize) -> Vec<Box<Encoder>> {
    (0..count).map(|_| Box::default()).collect()
}
