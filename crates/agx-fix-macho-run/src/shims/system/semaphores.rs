//! libdispatch's semaphores (`dispatch/semaphore.h`), by which Rust's std parks threads on Darwin.

use super::super::{ShimRow, functions};
use std::sync::{Condvar, Mutex, PoisonError};

pub(super) fn rows() -> Vec<ShimRow> {
    functions! {
        "_dispatch_release" => release;
        "_dispatch_semaphore_create" => create;
        "_dispatch_semaphore_signal" => signal;
        "_dispatch_semaphore_wait" => wait;
    }
}

/// `DISPATCH_TIME_FOREVER`.
const FOREVER: u64 = u64::MAX;

struct Semaphore {
    value: Mutex<isize>,
    raised: Condvar,
}

/// Null for a value below zero.
extern "C" fn create(value: isize) -> *mut Semaphore {
    if value < 0 {
        return std::ptr::null_mut();
    }
    Box::into_raw(Box::new(Semaphore { value: Mutex::new(value), raised: Condvar::new() }))
}

/// Not zero if a thread is woken; the library does not read it, so it is always zero here.
unsafe extern "C" fn signal(semaphore: *const Semaphore) -> isize {
    // SAFETY: the caller's live semaphore.
    let semaphore = unsafe { &*semaphore };
    *semaphore.value.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    semaphore.raised.notify_one();
    0
}

/// Waits without a limit; one is not modelled.
unsafe extern "C" fn wait(semaphore: *const Semaphore, until: u64) -> isize {
    if until != FOREVER {
        crate::stop("dispatch_semaphore_wait is called with a time");
    }
    // SAFETY: the caller's live semaphore.
    let semaphore = unsafe { &*semaphore };
    let mut value = semaphore.value.lock().unwrap_or_else(PoisonError::into_inner);
    while *value == 0 {
        value = semaphore.raised.wait(value).unwrap_or_else(PoisonError::into_inner);
    }
    *value -= 1;
    0
}

/// The only reference is the caller's: nothing here is retained.
unsafe extern "C" fn release(semaphore: *mut Semaphore) {
    // SAFETY: made by `create`, and given up by its owner.
    drop(unsafe { Box::from_raw(semaphore) });
}
