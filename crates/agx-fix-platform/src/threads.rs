//! Numbers and names of threads.

use crate::system;

#[cfg_attr(
    all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", target_pointer_width = "64"),
    path = "threads/number_x86_64.rs"
)]
mod number;

/// The system's number of the calling thread: 1 to 2^31 - 1, unique among live threads. The first call of a thread makes a
/// system call; later ones read a thread-local.
#[inline]
pub fn thread_id() -> u32 {
    known_thread_id().unwrap_or_else(first_thread_id)
}

/// The same, if the thread has asked for it before: never a call.
#[inline]
pub fn known_thread_id() -> Option<u32> {
    Some(number::get()).filter(|&id| id != 0)
}

#[cold]
fn first_thread_id() -> u32 {
    let id = system::thread_id();
    number::set(id);
    id
}

/// In a forked child: the thread's numbers before and after the fork. From here on [`thread_id`] answers the new one.
pub(crate) fn renumber_after_fork() -> (u32, u32) {
    (number::get(), first_thread_id())
}

/// The name of a thread of this process, or an empty string.
pub fn thread_name(id: u32) -> String {
    system::thread_name(id)
}
