//! What the tests of the guard share: a platform, and calls with the guard or without it.

use agx_fix_guard::{Entry, Fast, Finding, Guard, Key, LongWait, Maker, Observer, Platform, Storage, Thread};
use agx_fix_terms::{Call, CallId, CallKind};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Threads number themselves; sleeping is on one condition variable.
#[derive(Debug)]
pub(crate) struct TestPlatform;

static SLEEPERS: Mutex<()> = Mutex::new(());
static WAKE: Condvar = Condvar::new();
/// The long waits that were reported.
pub(crate) static LONG_WAITS: Mutex<Vec<LongWait>> = Mutex::new(Vec::new());

thread_local! {
    /// What this thread has asked of the system: to sleep, or to wake somebody.
    static ASKED: Arc<AtomicU32> = Arc::default();
    /// What happens when this thread's number is asked for the next time: on the fast path, that is between the look-up of an
    /// encoder and its lock.
    pub(crate) static INTERRUPTION: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// The count of this thread.
#[allow(dead_code, reason = "not every test counts")]
pub(crate) fn asked_of_the_system() -> Arc<AtomicU32> {
    ASKED.with(Arc::clone)
}

fn asked() {
    ASKED.with(|count| count.fetch_add(1, Ordering::SeqCst));
}

impl Platform for TestPlatform {
    fn thread() -> Thread {
        if let Some(interruption) = INTERRUPTION.take() {
            interruption();
        }
        static NEXT: AtomicU32 = AtomicU32::new(1);
        thread_local!(static ME: Thread = NEXT.fetch_add(1, Ordering::Relaxed));
        ME.with(|me| *me)
    }

    fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
        asked();
        WAITED.lock().unwrap().insert(Self::thread());
        let held = SLEEPERS.lock().unwrap();
        if word.load(Ordering::Relaxed) != expected {
            return;
        }
        drop(WAKE.wait_timeout(held, limit.unwrap_or(Duration::from_secs(60))).unwrap());
    }

    fn wake_one(_word: &AtomicU32) {
        asked();
        drop(SLEEPERS.lock().unwrap());
        WAKE.notify_all();
    }

    fn wake_all(word: &AtomicU32) {
        Self::wake_one(word);
    }
}

impl Observer for TestPlatform {
    fn found(finding: &Finding, _first: Option<usize>) {
        FOUND.lock().unwrap().push(*finding);
        happen();
    }

    fn long_wait(wait: &LongWait) {
        LONG_WAITS.lock().unwrap().push(*wait);
    }
}

thread_local! {
    static WHEN_FOUND: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

/// Has `event` happen when this thread's next finding is told: while its call holds no lock.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn when_found(event: impl FnOnce() + 'static) {
    WHEN_FOUND.set(Some(Box::new(event)));
}

/// Now, unless it has happened.
pub(crate) fn happen() {
    if let Some(event) = WHEN_FOUND.take() {
        event();
    }
}

/// The threads that have waited for something in a guard.
pub(crate) static WAITED: Mutex<BTreeSet<Thread>> = Mutex::new(BTreeSet::new());

/// The findings that were told, of all guards.
pub(crate) static FOUND: Mutex<Vec<Finding>> = Mutex::new(Vec::new());

pub(crate) type TestGuard = Guard<TestPlatform>;

/// How a call reaches the driver: through a guard, or bare, which is the baseline.
#[derive(Clone, Copy)]
pub(crate) enum Route {
    Guarded(&'static TestGuard),
    #[allow(dead_code, reason = "not every test has a baseline")]
    Bare,
}

impl Route {
    /// Makes a call as the hooks do; `original` runs if it may reach the driver. True if it did.
    pub(crate) fn call(self, key: Key, id: u16, kind: CallKind, original: impl FnOnce()) -> bool {
        if let (Self::Guarded(guard), CallKind::Encode | CallKind::Dispatch | CallKind::Access) = (self, kind)
            && let Fast::Go(_permit) = guard.enter_fast(key, CallId(id), |fast| fast)
        {
            original();
            return true;
        }
        match self {
            Self::Bare => original(),
            Self::Guarded(guard) => match guard.enter(key, Call { id: CallId(id), kind }) {
                Entry::Go(permit) => {
                    original();
                    permit.done();
                }
                Entry::EndFirst(permit, encoder) => {
                    for encoder in std::iter::once(encoder).chain(guard.open_encoders(key)) {
                        permit.end_for_owner(encoder);
                        self.call(encoder, END_FOR_OWNER, CallKind::End, nothing as fn());
                    }
                    original();
                    permit.done();
                }
                Entry::Unguarded => original(),
                Entry::Refused(finding) => {
                    guard.note(&finding);
                    return false;
                }
                Entry::Done => return false,
                Entry::Late(..) => unreachable!("no test here rescues"),
            },
        }
        true
    }
}

/// The call that ends an encoder for its owner.
pub(crate) const END_FOR_OWNER: u16 = 99;

/// Opens an encoder on a command buffer, through its factory. True if there is a reference to give back.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn open(guard: &TestGuard, encoder: Key, buffer: Key) -> bool {
    let call = Call { id: CallId(50), kind: CallKind::Open };
    guard.opened(encoder, Maker::Buffer(buffer), call)
}

/// Has an encoder make another one, through its factory.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn open_part(guard: &TestGuard, part: Key, encoder: Key) {
    let call = Call { id: CallId(51), kind: CallKind::Encode };
    assert!(guard.opened(part, Maker::Encoder(encoder), call));
}

/// A guard of the test's own.
pub(crate) fn new_guard() -> &'static TestGuard {
    // The storage is made on a stack before it is moved: more than a test's thread has.
    let make = || Box::leak(Box::new(Guard::new(Box::leak(Box::new(Storage::new())))));
    std::thread::Builder::new().stack_size(64 << 20).spawn(make).unwrap().join().unwrap()
}

fn nothing() {}
