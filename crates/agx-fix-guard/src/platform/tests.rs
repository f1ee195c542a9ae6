//! A platform for unit tests: threads number themselves, and waiting is yielding.

use super::Platform;
use crate::ids::Thread;
use crate::observer::Observer;
use core::sync::atomic::{AtomicU32, Ordering};
use std::cell::RefCell;
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct TestPlatform;

type Event = Box<dyn FnOnce()>;

thread_local!(static AT_UNLOCK: RefCell<Option<(u32, Event)>> = const { RefCell::new(None) });

/// Runs `event` when this thread has unlocked for the `number`-th time from now, before it does anything else.
pub(crate) fn at_unlock(number: u32, event: impl FnOnce() + 'static) {
    AT_UNLOCK.set(Some((number, Box::new(event))));
}

impl Platform for TestPlatform {
    fn thread() -> Thread {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        thread_local!(static ME: Thread = NEXT.fetch_add(1, Ordering::Relaxed));
        ME.with(|me| *me)
    }

    fn wait(_word: &AtomicU32, _expected: u32, _limit: Option<Duration>) {
        std::thread::yield_now();
    }

    fn wake_one(_word: &AtomicU32) {}

    fn wake_all(_word: &AtomicU32) {}

    fn light_fence() {
        core::sync::atomic::fence(Ordering::SeqCst);
        match AT_UNLOCK.take() {
            Some((1, event)) => event(),
            Some((number, event)) => AT_UNLOCK.set(Some((number - 1, event))),
            None => {}
        }
    }
}

impl Observer for TestPlatform {}
