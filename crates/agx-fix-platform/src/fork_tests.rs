//! Children that are forked while another thread holds a mutex. In a process of its own, so that no other test forks.

use super::*;
use std::sync::Barrier;
use std::thread::{scope, yield_now};

/// A child's exit code: a mutex is held in it, for ever, by a thread that it does not have.
const HELD: i32 = 3;
/// A child's exit code: the holder was in the middle of something.
const HALF_DONE: i32 = 2;

static MUTEXES: [ForkMutex<u32>; 3] = [const { ForkMutex::new(0) }; 3];
/// Locked for the first time while a fork waits.
static LATE: [ForkMutex<u32>; 2] = [const { ForkMutex::new(0) }; 2];

impl ForkLock {
    fn is_waited_for(&self) -> bool {
        self.word.load(Ordering::Relaxed) & WAITED_FOR != 0
    }
}

/// Looks at the mutexes in the child, and takes them. `in_order`: nobody was in the middle of anything.
fn child(in_order: bool) -> ! {
    // SAFETY: plain system calls; the locks allocate nothing.
    unsafe {
        libc::alarm(20);
        for lock in MUTEXES.iter().chain(&LATE).map(|mutex| &mutex.lock) {
            if lock.owner() != 0 {
                libc::_exit(HELD);
            }
            lock.take();
            lock.let_go();
        }
        libc::_exit(if in_order { 0 } else { HALF_DONE })
    }
}

/// The exit code of a child that is forked now; `None` if a signal ended it.
fn fork(in_order: &AtomicBool) -> Option<i32> {
    let mut status = 0;
    // SAFETY: the child makes system calls and takes locks, and nothing else; the status is a live variable.
    unsafe {
        let process = libc::fork();
        if process == 0 {
            child(in_order.load(Ordering::Relaxed));
        }
        assert_eq!(libc::waitpid(process, &raw mut status, 0), process);
    }
    libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status))
}

/// Forks while another thread holds the mutex: until the fork waits for it, or until the child is gone.
fn fork_while_held(mutex: &'static ForkMutex<u32>) -> Option<i32> {
    let (held, gone, in_order) = (Barrier::new(2), AtomicBool::new(false), AtomicBool::new(true));
    scope(|scope| {
        scope.spawn(|| {
            let value = mutex.lock();
            in_order.store(false, Ordering::Relaxed);
            held.wait();
            while !mutex.lock.is_waited_for() && !gone.load(Ordering::Relaxed) {
                yield_now();
            }
            in_order.store(true, Ordering::Relaxed);
            drop(value);
        });
        held.wait();
        let ended = fork(&in_order);
        gone.store(true, Ordering::Relaxed);
        ended
    })
}

/// Forks while `first` is held, and has another thread take `late` for the first time by `lock` while the fork waits for
/// `first`, which is held until `late` is taken, or `waits` says that the thread waits for it. That thread holds `late` until
/// the child is gone.
fn fork_while_first_locked(
    late: &'static ForkMutex<u32>,
    lock: fn(&'static ForkMutex<u32>) -> ForkMutexGuard<u32>,
    waits: fn() -> bool,
) -> Option<i32> {
    let first = &MUTEXES[0];
    let (held, gone) = (Barrier::new(3), AtomicBool::new(false));
    scope(|scope| {
        scope.spawn(|| {
            let value = first.lock();
            held.wait();
            while late.lock.owner() == 0 && !waits() {
                yield_now();
            }
            drop(value);
        });
        scope.spawn(|| {
            held.wait();
            while !first.lock.is_waited_for() {
                yield_now();
            }
            let value = lock(late);
            while !gone.load(Ordering::Relaxed) {
                yield_now();
            }
            drop(value);
        });
        held.wait();
        let ended = fork(&AtomicBool::new(true));
        gone.store(true, Ordering::Relaxed);
        ended
    })
}

#[test]
fn a_child_forked_while_a_thread_holds_a_mutex_finds_it_free() {
    for (number, mutex) in MUTEXES.iter().enumerate() {
        assert_eq!(fork_while_held(mutex), Some(HELD), "the baseline must fail: mutex {number}");
    }
    assert!(survive_forks(&[]));
    for (number, mutex) in MUTEXES.iter().enumerate() {
        assert_eq!(fork_while_held(mutex), Some(0), "mutex {number}");
        assert_eq!(mutex.lock.owner(), 0, "in the parent too");
    }
    let [unregistered, registered] = &LATE;
    let held = fork_while_first_locked(unregistered, ForkMutex::lock_unregistered, || false);
    assert_eq!(held, Some(HELD), "the baseline must fail: a mutex that is not registered");
    assert_eq!(
        fork_while_first_locked(registered, ForkMutex::lock, || REGISTERED.lock.is_waited_for()),
        Some(0)
    );
}

#[test]
fn a_thread_that_forks_inside_a_mutex_holds_it_on_both_sides() {
    static MUTEX: ForkMutex<u32> = ForkMutex::new(1);
    let me = threads::thread_id();
    let mut value = MUTEX.lock();
    MUTEX.lock.take();
    MUTEX.lock.let_go();
    *value += 1;
    assert_eq!(MUTEX.lock.owner(), me, "the fork did not take it, and does not unlock it");
    MUTEX.lock.renumber(me, me + 1);
    assert_eq!(MUTEX.lock.owner(), me + 1);
    drop(value);
    assert_eq!(MUTEX.lock.owner(), 0);
    assert_eq!(*MUTEX.lock(), 2);
}

/// Every thread reads what the last holder wrote, and none sleeps for ever.
#[test]
fn threads_take_turns() {
    static MUTEX: ForkMutex<u32> = ForkMutex::new(0);
    scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..10_000).for_each(|_| *MUTEX.lock() += 1));
        }
    });
    assert_eq!(*MUTEX.lock(), 40_000);
}
