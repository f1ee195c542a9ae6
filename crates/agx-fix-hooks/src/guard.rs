//! The guard of this process: the platform that it works on, the observers that it tells, and what a fork does about it.
//!
//! The guard's locks are held across calls of the driver, which may take long: a fork does not wait for them, and the child frees
//! those of threads that it does not have. A fork waits for the guard's short steps alone, and for the lock of the
//! Objective-C runtime.

use crate::{findings, labels, say, settings};
use agx_fix_guard::{Config, Finding, Guard, Key, LongWait, Observer, Platform, Storage, Thread};
use agx_fix_interface::options::Options;
use agx_fix_objc::{Id, runtime};
use agx_fix_platform as platform;
use agx_fix_platform::fork::{self, Handlers};
use agx_fix_terms::Call;
use core::ffi::c_void;
use core::sync::atomic::AtomicU32;
use std::time::Duration;

/// This process, as the guard sees it.
#[derive(Debug)]
pub(crate) struct Process;

impl Platform for Process {
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

impl Observer for Process {
    fn found(finding: &Finding, first: Option<usize>) {
        // SAFETY: the key is the receiver of the call that was found, which is alive.
        unsafe { findings::tell(finding, first, Id::from_ptr(finding.key.0 as *mut c_void)) };
    }

    fn contended(key: Key, call: Call) {
        // SAFETY: the key is the receiver of a call, which is alive.
        unsafe { labels::contended(Id::from_ptr(key.0 as *mut c_void), call.kind) };
    }

    fn long_wait(wait: &LongWait) {
        say::long_wait(wait);
    }
}

/// The guard.
pub(crate) static GUARD: Guard<Process> = Guard::new(&STORAGE);

static STORAGE: Storage = Storage::new();

/// Counts a finding that the guard did not see itself, and tells of it.
///
/// # Safety
/// `object` is alive: the receiver of the call that was found.
#[cold]
pub(crate) unsafe fn refused(finding: &Finding, object: Id) {
    let first = GUARD.note(finding);
    // SAFETY: the object is alive, as the caller says.
    unsafe { findings::tell(finding, first, object) };
}

/// Sets the options, before the first device is seen.
pub fn configure(options: &Options) {
    platform::prepare_fences(); // before the first lock is taken
    GUARD.configure(Config {
        policy: options.policy(),
        long_wait: options.lock_warn,
        wait_timeout: options.wait_timeout,
        time_holds: options.stats_held,
    });
    settings::store(options);
}

/// Has each fork of this process leave a child that can go on using Metal's hooks. To be called once, before the first
/// hook. False if the system refused.
pub fn survive_forks() -> bool {
    fork::survive_forks(&[
        Handlers {
            before: || GUARD.before_fork(),
            in_parent: || GUARD.after_fork_in_parent(),
            in_child: |before, after| GUARD.after_fork(before, after),
        },
        // The last before the fork: some of the mutexes are held while the runtime is asked for something.
        Handlers {
            before: runtime::before_fork,
            in_parent: runtime::after_fork,
            in_child: |_, _| runtime::after_fork(),
        },
    ])
}
