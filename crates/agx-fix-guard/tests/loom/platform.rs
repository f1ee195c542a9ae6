//! The system under the guard, modelled: thread numbers, and sleeping on a word in which every wake is for one thread.

use agx_fix_guard::model::{AtomicU32, is_child, this_is_thread};
use agx_fix_guard::{Observer, Platform, Thread};
use loom::sync::Mutex;
use loom::thread;
use std::cell::Cell;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Model;

/// What a platform must do, and this one can leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    LightFence,
    HeavyFence,
    Wake,
}

std::thread_local!(static MISSING: Cell<Option<Missing>> = const { Cell::new(None) });

/// From now on, in this thread of the system.
pub(crate) fn without(missing: Missing) {
    MISSING.set(Some(missing));
}

fn does(what: Missing) -> bool {
    MISSING.get() != Some(what)
}

loom::thread_local! {
    static ME: Cell<Thread> = Cell::new(1);
    /// What happens when this thread goes to sleep.
    static ON_SLEEP: Cell<Option<fn()>> = Cell::new(None);
}

loom::lazy_static! {
    static ref SLEEPERS: Mutex<Vec<(usize, thread::Thread)>> = Mutex::new(Vec::new());
}

/// A thread of the model; the first one is 1.
pub(crate) fn spawn(number: Thread, body: impl FnOnce() + 'static) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        ME.with(|me| me.set(number));
        this_is_thread(number as usize - 1);
        body();
    })
}

/// In a child, the forking thread has another number.
pub(crate) const IN_CHILD: Thread = 100;

fn address(word: &AtomicU32) -> usize {
    core::ptr::from_ref(word) as usize
}

impl Platform for Model {
    fn thread() -> Thread {
        ME.with(Cell::get) + if is_child() { IN_CHILD } else { 0 }
    }

    fn wait(word: &AtomicU32, expected: u32, _limit: Option<Duration>) {
        assert!(!is_child(), "a forked child waits for a thread that it does not have");
        let mut sleepers = SLEEPERS.lock().unwrap();
        if word.load(Ordering::Relaxed) != expected {
            return;
        }
        if let Some(event) = ON_SLEEP.with(Cell::get) {
            event();
        }
        sleepers.push((address(word), thread::current()));
        drop(sleepers);
        thread::park();
    }

    fn wake_one(word: &AtomicU32) {
        if is_child() || !does(Missing::Wake) {
            return;
        }
        let mut sleepers = SLEEPERS.lock().unwrap();
        if let Some(first) = sleepers.iter().position(|sleeper| sleeper.0 == address(word)) {
            sleepers.remove(first).1.unpark();
        }
    }

    fn wake_all(word: &AtomicU32) {
        if is_child() || !does(Missing::Wake) {
            return;
        }
        let mut sleepers = SLEEPERS.lock().unwrap();
        let woken = sleepers.extract_if(.., |sleeper| sleeper.0 == address(word));
        woken.for_each(|(_, sleeper)| sleeper.unpark());
    }

    fn light_fence() {
        if does(Missing::LightFence) {
            Fences::light_fence();
        }
    }

    fn heavy_fence() {
        if does(Missing::HeavyFence) {
            Fences::heavy_fence();
        }
    }
}

impl Observer for Model {}

/// The fences of a platform that has none of its own.
struct Fences;

impl Platform for Fences {
    fn thread() -> Thread {
        unreachable!("it has fences only")
    }
    fn wait(_word: &AtomicU32, _expected: u32, _limit: Option<Duration>) {}
    fn wake_one(_word: &AtomicU32) {}
    fn wake_all(_word: &AtomicU32) {}
}

/// Has `event` happen when this thread goes to sleep.
pub(crate) fn when_asleep(event: fn()) {
    ON_SLEEP.with(|slot| slot.set(Some(event)));
}
