//! Linux: futex, `gettid`, membarrier, `AT_SECURE`.

use core::ffi::CStr;
use core::sync::atomic::AtomicU32;
use rustix::thread::futex::{self, Flags};
use rustix::thread::{MembarrierCommand, membarrier};
use std::time::Duration;

pub(crate) fn thread_id() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs()
}

pub(crate) fn thread_name(id: u32) -> String {
    let path = format!("/proc/self/task/{id}/comm");
    std::fs::read_to_string(path).map(|name| name.trim_end().to_owned()).unwrap_or_default()
}

/// There is no log but standard error.
pub(crate) fn log(_line: &CStr) {}

pub(crate) fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    let limit = limit.map(|limit| futex::Timespec {
        tv_sec: limit.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: limit.subsec_nanos().into(),
    });
    // Every outcome (woken, changed, timed out, interrupted) sends the caller back to look at the word.
    let _ = futex::wait(word, Flags::PRIVATE, expected, limit.as_ref());
}

/// A futex lends no priority.
pub(crate) fn wait_for_owner(word: &AtomicU32, expected: u32, _owner: u32, limit: Option<Duration>) {
    wait(word, expected, limit);
}

pub(crate) fn wake_one(word: &AtomicU32) {
    let _ = futex::wake(word, Flags::PRIVATE, 1);
}

pub(crate) fn wake_all(word: &AtomicU32) {
    let _ = futex::wake(word, Flags::PRIVATE, u32::MAX >> 1);
}

/// A forked child has no futex's sleepers.
pub(crate) fn forget_sleepers() {}

/// False on a kernel before 4.14, or in a sandbox that forbids it.
pub(crate) fn register_for_barriers() -> bool {
    membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok()
}

/// After registering. False if the system has come to refuse it.
pub(crate) fn barrier_in_all_threads() -> bool {
    let barrier = || membarrier(MembarrierCommand::PrivateExpedited).is_ok();
    // Whether a forked child is still registered is not said anywhere.
    barrier() || (register_for_barriers() && barrier())
}

pub(crate) fn is_privileged() -> bool {
    // SAFETY: reads the auxiliary vector, which the kernel made.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}
