//! macOS: parking on condition variables (the system offers no public futex before macOS 14.4), thread numbers from
//! pthread, `issetugid`.

use core::ffi::{c_char, c_int, c_void};
use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

pub(crate) const HAS_FOUNDATION: bool = true;

unsafe extern "C" {
    #[allow(non_upper_case_globals, reason = "the system's own name")]
    static _NSConcreteGlobalBlock: [*const c_void; 32];
    fn pthread_threadid_np(thread: *mut c_void, id: *mut u64) -> c_int;
    fn pthread_getname_np(thread: *mut c_void, name: *mut c_char, size: usize) -> c_int;
    fn pthread_self() -> *mut c_void;
    fn issetugid() -> c_int;
}

// SAFETY: only the address of the system's class is taken.
pub(crate) const GLOBAL_BLOCK_CLASS: *const c_void = unsafe { (&raw const _NSConcreteGlobalBlock).cast() };

/// The system's numbers are 64 bits wide and count up from boot; the low half names a thread well enough.
pub(super) fn thread_id() -> u32 {
    let mut id = 0u64;
    // SAFETY: a null thread means the calling one; the number is written to a live variable.
    unsafe { pthread_threadid_np(core::ptr::null_mut(), &raw mut id) };
    (id as u32).max(1)
}

/// Only the calling thread's name can be had from its number.
pub(super) fn thread_name(id: u32) -> String {
    if id != thread_id() {
        return String::new();
    }
    let mut name = [0u8; 64];
    // SAFETY: a live thread and a buffer of that size; the function writes a terminated string.
    unsafe { pthread_getname_np(pthread_self(), name.as_mut_ptr().cast(), name.len()) };
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(0);
    String::from_utf8_lossy(&name[..end]).into_owned()
}

struct Lot {
    lock: Mutex<()>,
    bell: Condvar,
}

static LOTS: [Lot; 64] = [const { Lot { lock: Mutex::new(()), bell: Condvar::new() } }; 64];

fn lot(word: &AtomicU32) -> &'static Lot {
    &LOTS[(core::ptr::from_ref(word) as usize >> 6) % LOTS.len()]
}

pub(super) fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    let lot = lot(word);
    let held = lot.lock.lock().unwrap_or_else(PoisonError::into_inner);
    if word.load(Ordering::Relaxed) != expected {
        return;
    }
    match limit {
        Some(limit) => drop(lot.bell.wait_timeout(held, limit)),
        None => drop(lot.bell.wait(held)),
    }
}

/// Wakes all that share the lot: which of them sleeps on `word` is not known.
pub(super) fn wake_one(word: &AtomicU32) {
    let lot = lot(word);
    drop(lot.lock.lock().unwrap_or_else(PoisonError::into_inner));
    lot.bell.notify_all();
}

pub(super) fn wake_all(word: &AtomicU32) {
    wake_one(word);
}

/// The system has nothing of the kind.
pub(super) fn register_for_barriers() -> bool {
    false
}

pub(super) fn barrier_in_all_threads() -> bool {
    false
}

pub(super) fn is_privileged() -> bool {
    // SAFETY: takes nothing.
    unsafe { issetugid() != 0 }
}
