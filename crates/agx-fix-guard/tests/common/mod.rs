//! What the tests of the guard share: a platform, calls with the guard or without it, and threads that meet.

#![allow(dead_code, reason = "not every test needs everything")]

use agx_fix_guard::{
    Config, Entry, Fast, Finding, Guard, Key, LongWait, Maker, Observer, Platform, Storage, Thread,
};
use agx_fix_terms::{Call, CallId, CallKind, Preset};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

pub(crate) const ENCODER: Key = Key(0x1000);
pub(crate) const BUFFER: Key = Key(0x2000);
/// The presets with locks of the objects' own, with a lock for each command buffer, and with one for all. Their fast path is
/// open.
pub(crate) const PRESETS: [Preset; 3] = [Preset::PerEncoder, Preset::PerCommandBuffer, Preset::Global];

/// Threads number themselves; sleeping is on one condition variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestPlatform;

static SLEEPERS: Mutex<()> = Mutex::new(());
static WAKE: Condvar = Condvar::new();
/// The threads that have waited for something in a guard, and how often.
static WAITED: Mutex<BTreeMap<Thread, u32>> = Mutex::new(BTreeMap::new());
/// The long waits that were reported.
pub(crate) static LONG_WAITS: Mutex<Vec<LongWait>> = Mutex::new(Vec::new());
/// The findings that were told, of all guards.
pub(crate) static FOUND: Mutex<Vec<Finding>> = Mutex::new(Vec::new());

thread_local! {
    /// How often this thread has asked the system to sleep, or to wake somebody.
    static ASKED: Cell<u32> = const { Cell::new(0) };
    /// What happens when this thread's number is asked for the next time: on the fast path, that is between the look-up of an
    /// encoder and its lock.
    pub(crate) static INTERRUPTION: Cell<Option<fn()>> = const { Cell::new(None) };
    static WHEN_FOUND: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

/// The count of this thread.
pub(crate) fn asked_of_the_system() -> u32 {
    ASKED.get()
}

/// The number of this thread.
pub(crate) fn me() -> Thread {
    TestPlatform::thread()
}

/// How often a thread has waited.
pub(crate) fn waits_of(thread: Thread) -> u32 {
    WAITED.lock().unwrap().get(&thread).copied().unwrap_or(0)
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
        ASKED.set(ASKED.get() + 1);
        *WAITED.lock().unwrap().entry(me()).or_default() += 1;
        let held = SLEEPERS.lock().unwrap();
        if word.load(Ordering::Relaxed) != expected {
            return;
        }
        drop(WAKE.wait_timeout(held, limit.unwrap_or(Duration::from_secs(60))).unwrap());
    }

    fn wake_one(_word: &AtomicU32) {
        ASKED.set(ASKED.get() + 1);
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

/// Has `event` happen when this thread's next finding is told: while its call holds no lock.
pub(crate) fn when_found(event: impl FnOnce() + 'static) {
    WHEN_FOUND.set(Some(Box::new(event)));
}

/// Now, unless it has happened.
pub(crate) fn happen() {
    if let Some(event) = WHEN_FOUND.take() {
        event();
    }
}

pub(crate) type TestGuard = Guard<TestPlatform>;

/// How a call reaches the driver: through a guard, or bare, which is the baseline.
#[derive(Clone, Copy)]
pub(crate) enum Route<P: Platform = TestPlatform> {
    Guarded(&'static Guard<P>),
    Bare,
}

impl<P: Platform + Observer + Copy> Route<P> {
    /// A call whose original does nothing.
    pub(crate) fn call(self, key: Key, id: u16, kind: CallKind) -> bool {
        self.call_with(key, id, kind, || ())
    }

    /// Makes a call as the hooks do; `original` runs if it may reach the driver. True if it did.
    pub(crate) fn call_with(self, key: Key, id: u16, kind: CallKind, original: impl FnOnce()) -> bool {
        if let (Self::Guarded(guard), CallKind::Encode | CallKind::Dispatch | CallKind::Access) = (self, kind)
            && let Fast::Go(_permit) = guard.enter_fast(key, CallId(id), |fast| fast)
        {
            original();
            return true;
        }
        self.call_slowly(key, id, kind, original)
    }

    /// The same without the fast path.
    pub(crate) fn call_slowly(self, key: Key, id: u16, kind: CallKind, original: impl FnOnce()) -> bool {
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
                        self.call_slowly(encoder, END_FOR_OWNER, CallKind::End, (|| ()) as fn());
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

    /// Opens an encoder on a command buffer, through its factory. True if there is a reference to give back.
    pub(crate) fn open(self, encoder: Key, buffer: Key) -> bool {
        self.opened(encoder, Maker::Buffer(buffer), Call { id: CallId(50), kind: CallKind::Open })
    }

    /// Has an encoder make another one, through its factory.
    pub(crate) fn open_part(self, part: Key, encoder: Key) {
        let call = Call { id: CallId(51), kind: CallKind::Encode };
        assert!(self.opened(part, Maker::Encoder(encoder), call));
    }

    fn opened(self, encoder: Key, maker: Maker, call: Call) -> bool {
        match self {
            Self::Guarded(guard) => guard.opened(encoder, maker, call),
            Self::Bare => true,
        }
    }
}

/// The call that ends an encoder for its owner.
pub(crate) const END_FOR_OWNER: u16 = 99;

/// A guard of the test's own, and the way through it.
pub(crate) fn guarded<P: Platform + Observer + Copy>(config: Config) -> (&'static Guard<P>, Route<P>) {
    // The storage is made on a stack before it is moved: more than a test's thread has.
    let make = || &*Box::leak(Box::new(Guard::new(Box::leak(Box::new(Storage::new())))));
    let guard = std::thread::Builder::new().stack_size(64 << 20).spawn(make).unwrap().join().unwrap();
    guard.configure(config);
    (guard, Route::Guarded(guard))
}

pub(crate) fn guarded_by(preset: Preset) -> (&'static TestGuard, Route) {
    guarded(Config::new(preset.policy()))
}

/// The answer of another thread.
pub(crate) fn elsewhere<T: Send>(question: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(question).join().unwrap())
}

/// Whether two threads are inside their originals at once. `one` and `other` each get a function to call from inside. The other
/// thread starts when `one` is inside; `one` goes on when the other thread is inside too, sleeps in the guard, or is through.
pub(crate) fn meet<T, U>(
    one: impl FnOnce(&dyn Fn()) -> T,
    other: impl FnOnce(&dyn Fn()) -> U + Send,
) -> bool {
    let (begin, begun) = channel();
    let (tell_thread, thread) = channel();
    let (tell, hear) = channel();
    let met = Cell::new(None);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            begun.recv().unwrap();
            tell_thread.send(me()).unwrap();
            other(&|| tell.send(()).unwrap_or(()));
        });
        one(&|| {
            begin.send(()).unwrap();
            let other = thread.recv().unwrap();
            let arrives = loop {
                match hear.recv_timeout(Duration::from_millis(1)) {
                    // It may not stay asleep.
                    Err(RecvTimeoutError::Timeout) if waits_of(other) > 0 => {
                        break hear.recv_timeout(Duration::from_millis(50)).is_ok();
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    heard => break heard.is_ok(),
                }
            };
            met.set(Some(arrives));
        });
        drop(begin); // the other thread waits for it no longer, if `one` was never inside
    });
    met.get().expect("one was inside")
}

/// Whether the second call's original runs while the first one's does.
pub(crate) fn calls_meet(route: Route, [one, other]: [(Key, CallKind); 2]) -> bool {
    let call = |(key, kind): (Key, CallKind), met: &dyn Fn()| route.call_with(key, 7, kind, met);
    meet(|met| call(one, met), |met| call(other, met))
}
