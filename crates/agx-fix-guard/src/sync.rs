//! The primitives that the guard is built on, in one place, so that a model checker can take theirs.

pub(crate) use core::hint::spin_loop;
pub(crate) use core::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
