//! The primitives that the guard is built on, in one place, so that a model checker can take theirs.
//!
//! With `--cfg loom` or `--cfg shuttle` they are those of [`crate::model`]: atomics, time, and tables small enough that all
//! their states can be gone through.

#[cfg(not(any(loom, shuttle)))]
mod primitive {
    pub(crate) use core::hint::spin_loop;
    pub(crate) use core::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, fence};
    pub(crate) use std::sync::OnceLock;
    pub(crate) use std::time::Instant;

    /// What somebody else owns for as long as the process lives.
    pub(crate) type Static<T> = &'static T;

    pub(crate) use crate::protection::protects;
}

#[cfg(any(loom, shuttle))]
mod primitive {
    pub(crate) use crate::model::{
        AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Instant, OnceLock, fence, protects, spin_loop,
    };

    /// A model makes everything anew for each execution.
    pub(crate) type Static<T> = Box<T>;
}

pub(crate) use crate::protection::Protection;
pub(crate) use core::sync::atomic::Ordering;
pub(crate) use primitive::*;

/// The length of a table: `full`, or what a model can go through.
pub(crate) const fn length(full: usize, for_loom: usize) -> usize {
    const FOR_SHUTTLE: usize = 16;
    if cfg!(loom) {
        for_loom
    } else if cfg!(shuttle) && full > FOR_SHUTTLE {
        FOR_SHUTTLE
    } else {
        full
    }
}

/// `[const { value }; length]`; loom's atomics cannot be made at compile time.
macro_rules! array {
    ($value:expr; $length:expr) => {{
        #[cfg(not(loom))]
        let array = [const { $value }; $length];
        #[cfg(loom)]
        let array: [_; $length] = core::array::from_fn(|_| $value);
        array
    }};
}
pub(crate) use array;
