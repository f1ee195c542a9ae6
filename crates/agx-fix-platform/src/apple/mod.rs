//! macOS 11 and newer, by documented functions of its libraries: thread numbers and names from pthread, `issetugid`.
//!
//! - `parking`: sleeping on a word;
//! - `boost`: lending a waiter's priority to the thread that it waits for;
//! - `log`: the unified log.

mod boost;
mod log;
mod parking;

pub(crate) use log::log;
pub(crate) use parking::{forget_sleepers, wait, wait_for_owner, wake_all, wake_one};

/// The thread's Mach port: unique among the live threads of a process, and what `pthread_from_mach_thread_np` finds the
/// thread by. The highest bit is not part of a thread number; a process would need eight million ports to have it set.
pub(crate) fn thread_id() -> u32 {
    // SAFETY: the calling thread is alive.
    let port = unsafe { libc::pthread_mach_thread_np(libc::pthread_self()) };
    (port & !(1 << 31)).max(1)
}

/// The system has nothing of the kind.
pub(crate) fn register_for_barriers() -> bool {
    false
}

pub(crate) fn barrier_in_all_threads() -> bool {
    false
}

/// The thread of this number, if one is alive. It may end at any time: the functions of pthread that take it look for it
/// among the live threads first, and refuse what they do not find (libpthread, `_pthread_validate_thread_and_list_lock`).
fn live_thread(id: u32) -> Option<libc::pthread_t> {
    // SAFETY: takes any number.
    let thread = unsafe { libc::pthread_from_mach_thread_np(id) };
    (thread != 0).then_some(thread)
}

pub(crate) fn thread_name(id: u32) -> String {
    let Some(thread) = live_thread(id) else { return String::new() };
    let mut name = [0u8; 64];
    // SAFETY: a thread that the function looks for before it reads it, and a buffer of that size, where it writes a
    // terminated string.
    unsafe { libc::pthread_getname_np(thread, name.as_mut_ptr().cast(), name.len()) };
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(0);
    String::from_utf8_lossy(&name[..end]).into_owned()
}

pub(crate) fn is_privileged() -> bool {
    // SAFETY: takes nothing.
    unsafe { libc::issetugid() != 0 }
}
