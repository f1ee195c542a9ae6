//! A child that is forked while another thread is inside one of the locks. Of its own, so that no other test forks.

use super::*;
use agx_fix_guard::Platform as _;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Barrier;
use std::thread::scope;

/// What a child says by its exit code: a lock is held in it, for ever, by a thread that it does not have.
const HELD: i32 = 3;
/// The holder was in the middle of something.
const HALF_DONE: i32 = 2;

/// Looks at every lock in the child, and takes it. `in_order`: nobody was in the middle of anything.
fn child(in_order: bool) -> ! {
    // SAFETY: plain system calls; the locks allocate nothing.
    unsafe {
        libc::alarm(20);
        for lock in ALL {
            if !lock.is_free() {
                libc::_exit(HELD);
            }
            lock.take();
            lock.let_go();
        }
        libc::_exit(if in_order { 0 } else { HALF_DONE })
    }
}

/// Forks while another thread holds the lock: until the fork waits for it, or until the child is gone. The child's exit
/// code; `None` if a signal ended it.
fn fork_while_held(lock: &dyn AroundFork) -> Option<i32> {
    let (held, gone, in_order) = (Barrier::new(2), AtomicBool::new(false), AtomicBool::new(true));
    scope(|scope| {
        scope.spawn(|| {
            lock.take();
            in_order.store(false, Ordering::Relaxed);
            held.wait();
            while !lock.is_waited_for() && !gone.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            in_order.store(true, Ordering::Relaxed);
            lock.let_go();
        });
        held.wait();
        let mut status = 0;
        // SAFETY: the child makes system calls and takes locks, and nothing else; the status is a live variable.
        unsafe {
            let process = libc::fork();
            if process == 0 {
                child(in_order.load(Ordering::Relaxed));
            }
            assert_eq!(libc::waitpid(process, &raw mut status, 0), process);
        }
        gone.store(true, Ordering::Relaxed);
        libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status))
    })
}

#[test]
fn a_child_forked_while_a_thread_holds_a_lock_finds_it_free() {
    for (number, lock) in ALL.into_iter().enumerate() {
        assert_eq!(fork_while_held(lock), Some(HELD), "the baseline must fail: lock {number}");
    }
    assert!(survive_forks());
    for (number, lock) in ALL.into_iter().enumerate() {
        assert_eq!(fork_while_held(lock), Some(0), "lock {number}");
        assert!(lock.is_free(), "in the parent too");
    }
}

#[test]
fn a_thread_that_forks_inside_a_lock_holds_it_on_both_sides() {
    static MUTEX: ForkMutex<u32> = ForkMutex::new(1);
    let mut held = MUTEX.lock();
    MUTEX.take();
    MUTEX.let_go();
    *held += 1;
    assert!(MUTEX.lock.is_mine(Host::thread()), "the fork did not take it, and does not let go of it");
    MUTEX.renumber(Host::thread(), Host::thread() + 1);
    assert_eq!(MUTEX.lock.owner(), Some(Host::thread() + 1));
    drop(held);
    assert_eq!(MUTEX.lock.owner(), None);
    assert_eq!(*MUTEX.lock(), 2);
}
