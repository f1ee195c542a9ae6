//! The system under the guard: thread numbers, and sleeping on a word in which every wake is for one thread. A limit never
//! passes.

use agx_fix_guard::model::AtomicU32;
use agx_fix_guard::{Observer, Platform, Thread};
use shuttle::sync::Mutex;
use shuttle::thread;
use std::cell::Cell;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Model;

shuttle::thread_local! {
    static ME: Cell<Thread> = Cell::new(1);
}

shuttle::lazy_static! {
    static ref SLEEPERS: Mutex<Vec<(usize, thread::Thread)>> = Mutex::new(Vec::new());
}

/// A thread of the scenario; the first one is 1.
pub(crate) fn spawn(number: Thread, body: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        ME.with(|me| me.set(number));
        body();
    })
}

fn address(word: &AtomicU32) -> usize {
    core::ptr::from_ref(word) as usize
}

impl Platform for Model {
    fn thread() -> Thread {
        ME.with(Cell::get)
    }

    fn wait(word: &AtomicU32, expected: u32, _limit: Option<Duration>) {
        let mut sleepers = SLEEPERS.lock().unwrap();
        if word.load(Ordering::Relaxed) != expected {
            return;
        }
        sleepers.push((address(word), thread::current()));
        drop(sleepers);
        let me = thread::current().id();
        // Parking may end for no reason.
        while SLEEPERS.lock().unwrap().iter().any(|sleeper| sleeper.1.id() == me) {
            thread::park();
        }
    }

    fn wake_one(word: &AtomicU32) {
        let mut sleepers = SLEEPERS.lock().unwrap();
        if let Some(first) = sleepers.iter().position(|sleeper| sleeper.0 == address(word)) {
            sleepers.remove(first).1.unpark();
        }
    }

    fn wake_all(word: &AtomicU32) {
        let mut sleepers = SLEEPERS.lock().unwrap();
        let woken = sleepers.extract_if(.., |sleeper| sleeper.0 == address(word));
        woken.for_each(|(_, sleeper)| sleeper.unpark());
    }
}

impl Observer for Model {}
