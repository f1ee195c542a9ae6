//! Guards for measurements: one for each way to share locks, on the platform that the injected library uses.

use agx_fix_guard::{Config, Entry, Fast, Guard, Key, Maker, Observer, Platform, Storage, Thread};
use agx_fix_platform as platform;
use agx_fix_terms::{Call, CallId, CallKind, LockScope, Policy, Preset};
use core::sync::atomic::AtomicU32;
use std::time::Duration;

/// As in the injected library, but that nothing is said.
#[derive(Debug)]
pub(crate) struct Host;

impl Platform for Host {
    #[inline]
    fn thread() -> Thread {
        platform::thread_id()
    }

    #[inline]
    fn known_thread() -> Option<Thread> {
        platform::known_thread_id()
    }

    #[inline]
    fn light_fence() {
        platform::light_fence();
    }

    fn heavy_fence() {
        platform::heavy_fence();
    }
    fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
        platform::wait(word, expected, limit);
    }
    fn wake_one(word: &AtomicU32) {
        platform::wake_one(word);
    }
    fn wake_all(word: &AtomicU32) {
        platform::wake_all(word);
    }
}

impl Observer for Host {}

/// A guard that is made at compile time: its address is a constant, as in the injected library.
pub(crate) trait Guarded: 'static {
    const LOCK: LockScope;
    fn guard() -> &'static Guard<Host>;
}

macro_rules! guards {
    ($($name:ident: $lock:expr;)*) => { $(
        #[derive(Debug)]
        pub(crate) struct $name;

        impl Guarded for $name {
            const LOCK: LockScope = $lock;
            #[inline]
            fn guard() -> &'static Guard<Host> {
                static STORAGE: Storage = Storage::new();
                static GUARD: Guard<Host> = Guard::new(&STORAGE);
                &GUARD
            }
        }
    )* };
}

guards! {
    Global: LockScope::Global;
    PerEncoder: LockScope::PerEncoder;
    PerBuffer: LockScope::PerCommandBuffer;
    // For many encoders at once: its table has grown, and others are to be measured with one that has not.
    Crowd: LockScope::PerEncoder;
    // For many encoders, one after the other.
    Succession: LockScope::PerEncoder;
}

/// Sets the guard up as the library does by default.
pub(crate) fn configure<G: Guarded>() {
    platform::prepare_fences();
    G::guard().configure(Config {
        long_wait: Some(Duration::from_secs(1)),
        wait_timeout: Duration::from_secs(2),
        ..Config::new(Policy { lock: G::LOCK, ..Preset::PerEncoder.policy() })
    });
}

#[inline]
const fn call_of(kind: CallKind) -> Call {
    Call { id: CallId(1), kind }
}

/// Makes a call that encodes, as the hooks do.
#[inline]
pub(crate) fn call<G: Guarded>(encoder: usize, method: impl Fn()) {
    let (guard, key, id) = (G::guard(), Key(encoder), call_of(CallKind::Encode).id);
    guard.enter_fast(key, id, |fast| match fast {
        Fast::Go(_permit) => method(),
        _ => call_slowly::<G>(encoder, method),
    });
}

#[cold]
#[inline(never)]
fn call_slowly<G: Guarded>(encoder: usize, method: impl Fn()) {
    if let Entry::Go(permit) = G::guard().enter(Key(encoder), call_of(CallKind::Encode)) {
        method();
        permit.done();
    }
}

/// A factory of the command buffer makes an encoder: what hook and guard do around it.
pub(crate) fn open<G: Guarded>(encoder: usize, buffer: usize) {
    let opening = G::guard().enter(Key(buffer), call_of(CallKind::Open));
    appear::<G>(encoder, buffer);
    if let Entry::Go(permit) = opening {
        permit.done();
    }
}

/// An encoder of a command buffer is there, however it came.
pub(crate) fn appear<G: Guarded>(encoder: usize, buffer: usize) {
    // There is no object whose reference it could be.
    let _ = G::guard().opened(Key(encoder), Maker::Buffer(Key(buffer)), call_of(CallKind::Open));
}

/// `endEncoding`, or `dealloc`, has come to its end.
pub(crate) fn make<G: Guarded>(key: usize, kind: CallKind) {
    if let Entry::Go(permit) = G::guard().enter(Key(key), call_of(kind)) {
        permit.done();
    }
}

/// The command buffer has completed: its encoders need not be kept any longer.
pub(crate) fn complete<G: Guarded>(buffer: usize) {
    G::guard().completed(Key(buffer), |_| ());
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicU32, Ordering};
    use std::sync::Barrier;
    use std::thread::{scope, sleep};

    guards! {
        Sleepers: LockScope::PerEncoder;
    }

    /// By the system's own sleeping and fences. A wake that was lost would be for ever.
    #[test]
    fn everybody_who_sleeps_is_woken() {
        const THREADS: u32 = 4;
        const CALLS: u32 = 200;
        configure::<Sleepers>();
        let (encoder, buffer) = (0x7_1000, 0x7_2000);
        appear::<Sleepers>(encoder, buffer);
        let (calls, started) = (AtomicU32::new(0), Barrier::new(THREADS as usize));
        scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    started.wait();
                    for number in 0..CALLS {
                        call::<Sleepers>(encoder, || {
                            // Long enough for the others to go to sleep; or just as long as it takes them to decide.
                            sleep(Duration::from_micros(if number % 2 == 0 { 100 } else { 0 }));
                            calls.store(calls.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                        });
                    }
                });
            }
        });
        assert_eq!(calls.into_inner(), THREADS * CALLS);
        complete::<Sleepers>(buffer);
        make::<Sleepers>(encoder, CallKind::Free);
        make::<Sleepers>(buffer, CallKind::Free);
    }
}
