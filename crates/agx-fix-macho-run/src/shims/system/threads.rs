//! Threads: numbers, names, quality-of-service classes (`pthread.h`, `pthread/qos.h`).
//!
//! One number, Linux's thread id, stands for Darwin's `pthread_t`, for the Mach port and for the thread's id. Callers may rely on
//! two things only, and both hold: the number is unique among the live threads of a process, and no function finds an ended
//! thread by it.

use super::super::{ShimRow, functions};
use std::ffi::{c_char, c_int, c_uint, c_void};

pub(super) fn rows() -> Vec<ShimRow> {
    functions! {
        "_pthread_from_mach_thread_np" => from_port;
        "_pthread_get_qos_class_np" => class_of;
        "_pthread_getname_np" => name;
        "_pthread_mach_thread_np" => port;
        "_pthread_override_qos_class_end_np" => override_end;
        "_pthread_override_qos_class_start_np" => override_start;
        "_pthread_self" => current;
        "_pthread_threadid_np" => id;
        "_qos_class_self" => own_class;
    }
}

type Thread = usize;

/// `ESRCH`.
const NO_THREAD: c_int = 3;

extern "C" fn current() -> Thread {
    // SAFETY: takes nothing.
    unsafe { libc::gettid() as Thread }
}

extern "C" fn port(thread: Thread) -> c_uint {
    thread as c_uint
}

fn is_alive(thread: Thread) -> bool {
    // SAFETY: signal 0 asks only whether the thread is there.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread as libc::pid_t, 0) == 0 }
}

/// Zero where no thread of the process has the port.
extern "C" fn from_port(port: c_uint) -> Thread {
    if is_alive(port as Thread) { port as Thread } else { 0 }
}

/// pthread_threadid_np(3): of the calling thread for null.
unsafe extern "C" fn id(thread: Thread, id: *mut u64) -> c_int {
    let thread = if thread == 0 { current() } else { thread };
    // SAFETY: the caller's variable.
    unsafe { id.write(thread as u64) };
    0
}

/// The name, cut to the buffer and terminated.
unsafe extern "C" fn name(thread: Thread, buffer: *mut c_char, size: usize) -> c_int {
    let Ok(mut name) = std::fs::read(format!("/proc/self/task/{thread}/comm")) else { return NO_THREAD };
    // A line; Linux gives a thread its program's name, Darwin none.
    name.truncate(size.saturating_sub(1).min(name.len().saturating_sub(1)));
    name.push(0);
    if size > 0 {
        // SAFETY: at most `size` bytes, as the caller promises.
        unsafe { std::ptr::copy_nonoverlapping(name.as_ptr().cast(), buffer, name.len()) };
    }
    0
}

/// `QOS_CLASS_USER_INITIATED` and `QOS_CLASS_UTILITY`. A process has threads of two classes here, so that waits for a less
/// urgent thread happen.
const CLASSES: [c_uint; 2] = [0x19, 0x11];

fn class(thread: Thread) -> c_uint {
    CLASSES[thread % 2]
}

extern "C" fn own_class() -> c_uint {
    class(current())
}

unsafe extern "C" fn class_of(thread: Thread, found: *mut c_uint, priority: *mut c_int) -> c_int {
    if !is_alive(thread) {
        return NO_THREAD;
    }
    // SAFETY: the caller's variables, or null.
    unsafe {
        if let Some(found) = found.as_mut() {
            *found = class(thread);
        }
        if let Some(priority) = priority.as_mut() {
            *priority = 0;
        }
    }
    0
}

/// Null where the thread is gone, or the class is none. Linux has no such classes, so the thread's priority does not change.
unsafe extern "C" fn override_start(thread: Thread, class: c_uint, _priority: c_int) -> *mut c_void {
    if class == 0 || !is_alive(thread) {
        return std::ptr::null_mut();
    }
    // Each has an address of its own, so that a second end is a double free, which tools notice.
    Box::into_raw(Box::new(0u8)).cast()
}

unsafe extern "C" fn override_end(started: *mut c_void) -> c_int {
    // SAFETY: started above, and ended once.
    drop(unsafe { Box::from_raw(started.cast::<u8>()) });
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_thread_is_not_found() {
        let ended = std::thread::spawn(|| current()).join().unwrap();
        // join returns when the thread's memory is free, which is a moment before its number is.
        while is_alive(ended) {
            std::thread::yield_now();
        }
        assert_eq!((from_port(ended as c_uint), from_port(port(current()))), (0, current()));
        // SAFETY: no variables, and a buffer of that size.
        unsafe {
            assert_eq!(class_of(ended, std::ptr::null_mut(), std::ptr::null_mut()), NO_THREAD);
            let mut buffer = [1 as c_char; 4];
            assert_eq!(name(ended, buffer.as_mut_ptr(), 4), NO_THREAD);
            assert_eq!((name(current(), buffer.as_mut_ptr(), 4), buffer[3]), (0, 0));
            assert!(override_start(ended, 0x19, 0).is_null());
        }
    }
}
