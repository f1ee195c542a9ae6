//! The guard of this process, on the platform below it.

use crate::{contended, findings, report};
use agx_fix_guard::{Finding, Guard, Key, LongWait, Observer, Platform, Storage, Thread};
use agx_fix_objc::{Id, platform};
use agx_fix_terms::Call;
use core::ffi::c_void;
use core::sync::atomic::AtomicU32;
use std::time::Duration;

/// The platform that [`agx_fix_objc`] offers.
#[derive(Debug)]
pub(crate) struct Host;

impl Platform for Host {
    #[inline]
    fn thread() -> Thread {
        platform::thread_id()
    }

    #[inline]
    fn known_thread() -> Option<Thread> {
        platform::known_thread_id()
    }

    #[inline]
    fn light_fence() {
        platform::light_fence();
    }

    fn heavy_fence() {
        platform::heavy_fence();
    }

    fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
        platform::wait(word, expected, limit);
    }

    fn wait_for_owner(word: &AtomicU32, expected: u32, owner: Thread, limit: Option<Duration>) {
        platform::wait_for_owner(word, expected, owner, limit);
    }

    fn wake_one(word: &AtomicU32) {
        platform::wake_one(word);
    }

    fn wake_all(word: &AtomicU32) {
        platform::wake_all(word);
    }
}

impl Observer for Host {
    fn found(finding: &Finding, first: Option<usize>) {
        // SAFETY: the key is the receiver of the call that was found, which is alive.
        unsafe { findings::out(finding, first, Id::from_ptr(finding.key.0 as *mut c_void)) };
    }

    fn contended(key: Key, call: Call) {
        // SAFETY: the key is the receiver of a call, which is alive.
        unsafe { contended::count(Id::from_ptr(key.0 as *mut c_void), call.kind) };
    }

    fn long_wait(wait: &LongWait) {
        report::long_wait(wait);
    }
}

/// The guard.
pub(crate) static GUARD: Guard<Host> = Guard::new(&STORAGE);

static STORAGE: Storage = Storage::new();
