//! Plain memory that nothing but the guard orders, as an encoder's is. `cargo xtask verify tsan` runs this under
//! ThreadSanitizer, with the guard, when nothing is to be reported, and without it, when the same scenario must be.
//!
//! The platform sleeps without a lock of its own, so that whatever orders two threads is the guard's.

mod common;

use agx_fix_guard::{Config, Key, Observer, Platform, Thread};
use agx_fix_terms::{CallKind, Preset};
use std::cell::UnsafeCell;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// Leaves the guard out: for a race detector alone.
const BARE: &str = "AGX_RACE_BARE";

#[derive(Clone, Copy, Debug)]
struct Yielding;

impl Platform for Yielding {
    fn thread() -> Thread {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        thread_local!(static ME: Thread = NEXT.fetch_add(1, Relaxed));
        ME.with(|me| *me)
    }

    fn wait(_word: &AtomicU32, _expected: u32, _limit: Option<Duration>) {
        std::thread::yield_now();
    }

    fn wake_one(_word: &AtomicU32) {}

    fn wake_all(_word: &AtomicU32) {}
}

impl Observer for Yielding {}

/// Memory of the driver's, which trusts its callers.
#[derive(Default)]
struct Plain(UnsafeCell<u64>);

// SAFETY: it is used in originals of calls that the guard lets in one at a time. Without the guard this is not so, on purpose.
unsafe impl Sync for Plain {}

impl Plain {
    fn add_one(&self) {
        // SAFETY: as for `Sync`: no other thread is here, but in the run that is to be reported.
        unsafe { *self.0.get() += 1 }
    }

    fn get(&self) -> u64 {
        // SAFETY: likewise.
        unsafe { *self.0.get() }
    }
}

type Route = common::Route<Yielding>;

fn route(preset: Preset) -> Route {
    if std::env::var_os(BARE).is_some() {
        return Route::Bare;
    }
    let wait_timeout = Duration::from_secs(600);
    common::guarded(Config { wait_timeout, ..Config::new(preset.policy()) }).1
}

/// What is lost without the guard is another test's matter.
fn check(route: Route, is_right: bool, what: &str) {
    assert!(is_right || matches!(route, Route::Bare), "{what}");
}

const THREADS: u64 = 4;
const ROUNDS: u64 = 500;

/// All ways of calling, on one encoder, or on all that shares its lock.
fn calls(preset: Preset, shares: bool) {
    let (route, work, start) = (route(preset), Plain::default(), Barrier::new(THREADS as usize));
    let (encoder, buffer) = keys(0);
    assert!(route.open(encoder, buffer));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                for _ in 0..ROUNDS {
                    route.call_with(encoder, 1, CallKind::Dispatch, || work.add_one());
                    route.call_slowly(encoder, 2, CallKind::Encode, || {
                        route.call_with(encoder, 1, CallKind::Access, || work.add_one()); // nested
                    });
                    let other = if shares { buffer } else { encoder };
                    route.call_with(other, 1, CallKind::Access, || work.add_one());
                }
            });
        }
    });
    check(route, work.get() == THREADS * ROUNDS * 3, "I1: work was lost");
}

#[test]
fn calls_on_an_encoder_with_its_own_lock() {
    calls(Preset::PerEncoder, false);
}

#[test]
fn calls_on_an_encoder_and_its_buffer_with_one_lock() {
    calls(Preset::PerCommandBuffer, true);
}

#[test]
fn calls_with_one_lock_for_all() {
    calls(Preset::Global, true);
}

/// The encoder and the command buffer of a round.
fn keys(round: usize) -> (Key, Key) {
    (Key(round * 0x10000 + 0x1000), Key(round * 0x10000 + 0x2000))
}

/// What came before the end is seen by it, and nothing comes after it.
#[test]
fn the_end_and_calls_that_may_be_late() {
    let route = route(Preset::PerEncoder);
    for round in 0..20 {
        let (encoder, buffer) = keys(round);
        let (work, start) = (Plain::default(), Barrier::new(3));
        assert!(route.open(encoder, buffer));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..50 {
                        route.call_with(encoder, 1, CallKind::Dispatch, || work.add_one());
                    }
                });
            }
            start.wait();
            let mut before = 0;
            route.call_slowly(encoder, 2, CallKind::End, || before = work.get());
            route.call_slowly(encoder, 2, CallKind::Access, || {
                check(route, work.get() == before, "I3: a late call reached the driver");
            });
        });
    }
}

/// A commit that waits for another thread's encoder sees all that was encoded.
#[test]
fn a_commit_and_what_was_encoded() {
    let route = route(Preset::PerEncoder);
    for round in 0..100 {
        let (encoder, buffer) = keys(round);
        // Says nothing of anything else.
        let (work, is_open) = (Plain::default(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert!(route.open(encoder, buffer));
                is_open.store(true, Relaxed);
                route.call_with(encoder, 1, CallKind::Dispatch, || work.add_one());
                route.call_slowly(encoder, 2, CallKind::End, || work.add_one());
            });
            while !is_open.load(Relaxed) {
                std::thread::yield_now();
            }
            route.call_slowly(buffer, 2, CallKind::Commit, || {
                check(route, work.get() == 2, "a commit went before the end");
            });
        });
    }
}
