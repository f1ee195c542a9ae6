//! A thread of a lower quality-of-service class that holds what the calling thread waits for runs in the caller's class
//! while the wait lasts. On a Mac with cores of two kinds the class decides on which kind a thread runs.
//!
//! By the overrides of `pthread/qos.h` (macOS 10.10), which are made for this.

use super::live_thread;
use core::ffi::{c_int, c_uint, c_void};
use core::ptr::NonNull;

/// `qos_class_t`: the higher, the more urgent; 0 says nothing.
type Class = c_uint;

unsafe extern "C" {
    fn qos_class_self() -> Class;
    fn pthread_get_qos_class_np(thread: libc::pthread_t, class: *mut Class, priority: *mut c_int) -> c_int;
    fn pthread_override_qos_class_start_np(
        thread: libc::pthread_t,
        class: Class,
        priority: c_int,
    ) -> *mut c_void;
    fn pthread_override_qos_class_end_np(start: *mut c_void) -> c_int;
}

/// An override, until it is dropped.
#[derive(Debug)]
pub(super) struct Boost(NonNull<c_void>);

impl Boost {
    /// `None` where the thread is as urgent as the calling one already, or gone, or the system refuses.
    pub(super) fn of(thread: u32) -> Option<Self> {
        let thread = live_thread(thread)?;
        // SAFETY: takes nothing.
        let own = unsafe { qos_class_self() };
        let (mut class, mut priority) = (0, 0);
        // SAFETY: a thread that the function looks for before it reads it, and two live variables.
        let known = unsafe { pthread_get_qos_class_np(thread, &raw mut class, &raw mut priority) } == 0;
        if !known || class >= own {
            return None;
        }
        // SAFETY: as above; the function answers an override that is ended below, or null.
        NonNull::new(unsafe { pthread_override_qos_class_start_np(thread, own, 0) }).map(Self)
    }
}

impl Drop for Boost {
    fn drop(&mut self) {
        // SAFETY: a started override, ended once; it holds the thread's port, so the thread may be gone.
        unsafe { pthread_override_qos_class_end_np(self.0.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thread_id;
    use std::sync::mpsc::channel;

    unsafe extern "C" {
        fn pthread_set_qos_class_self_np(class: Class, priority: c_int) -> c_int;
    }
    const USER_INITIATED: Class = 0x19;
    const UTILITY: Class = 0x11;

    /// A thread of this class, asleep until `leave` is dropped.
    fn thread_of(class: Class) -> (u32, std::sync::mpsc::Sender<()>, std::thread::JoinHandle<()>) {
        let ((number, numbered), (leave, left)) = (channel(), channel());
        let thread = std::thread::spawn(move || {
            // SAFETY: a class of `sys/qos.h`.
            assert_eq!(unsafe { pthread_set_qos_class_self_np(class, 0) }, 0);
            number.send(thread_id()).unwrap();
            assert!(left.recv().is_err());
        });
        (numbered.recv().unwrap(), leave, thread)
    }

    #[test]
    fn only_a_less_urgent_and_live_thread_is_boosted() {
        // SAFETY: a class of `sys/qos.h`.
        assert_eq!(unsafe { pthread_set_qos_class_self_np(USER_INITIATED, 0) }, 0);
        for (class, boosted) in [(UTILITY, true), (USER_INITIATED, false)] {
            let (number, leave, thread) = thread_of(class);
            assert_eq!(Boost::of(number).is_some(), boosted);
            drop(leave);
            thread.join().unwrap();
            assert!(Boost::of(number).is_none(), "it is gone");
        }
    }
}
