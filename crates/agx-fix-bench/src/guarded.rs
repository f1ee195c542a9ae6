//! Guards for measurements: one for each way to share locks, on the platform that the injected library uses.

use agx_fix_guard::{
    Call, CallId, Config, Entry, Finding, Guard, Key, Kind, LongWait, Maker, Permit, Platform, Quick,
    Sharing, Storage, Thread,
};
use agx_fix_objc::platform;
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
    fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
        platform::wait(word, expected, limit);
    }
    fn wake_one(word: &AtomicU32) {
        platform::wake_one(word);
    }
    fn wake_all(word: &AtomicU32) {
        platform::wake_all(word);
    }
    fn found(_: &Finding, _: Option<usize>) {}
    fn long_wait(_: &LongWait) {}
}

/// A guard that is made at compile time: its address is a constant, as in the injected library.
pub(crate) trait Guarded: 'static {
    const SHARING: Sharing;
    fn guard() -> &'static Guard<Host>;
}

macro_rules! guards {
    ($($name:ident: $sharing:expr;)*) => { $(
        #[derive(Debug)]
        pub(crate) struct $name;

        impl Guarded for $name {
            const SHARING: Sharing = $sharing;
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
    Global: Sharing::Global;
    PerEncoder: Sharing::PerEncoder;
    PerBuffer: Sharing::PerBuffer;
    // For many encoders at once: its table has grown, and others are to be measured with one that has not.
    Crowd: Sharing::PerEncoder;
    // For many encoders, one after the other.
    Succession: Sharing::PerEncoder;
}

/// Sets the guard up as the library does by default.
pub(crate) fn configure<G: Guarded>() {
    G::guard().configure(Config {
        sharing: G::SHARING,
        long_wait: Some(Duration::from_secs(1)),
        patience: Duration::from_secs(2),
        ..Config::default()
    });
}

#[inline]
const fn call(kind: Kind) -> Call {
    Call { id: CallId(1), kind }
}

/// A call that encodes, inside.
pub(crate) enum Inside {
    /// As nearly all calls go.
    Quickly(Quick<'static>),
    /// As the others do.
    Slowly(#[allow(dead_code, reason = "held, not read")] Permit<'static, Host>),
}

/// Asks for the way to a call that encodes, as the hooks do.
#[inline]
pub(crate) fn enter<G: Guarded>(encoder: usize) -> Option<Inside> {
    let (guard, encoder, call) = (G::guard(), Key(encoder), call(Kind::Encode).id);
    let quick = match G::SHARING {
        Sharing::PerEncoder => guard.enter_quickly(encoder, call),
        Sharing::Global | Sharing::PerBuffer => guard.enter_shared_quickly(encoder, call),
    };
    quick.map(Inside::Quickly).or_else(|| enter_slowly::<G>(encoder.0))
}

#[cold]
fn enter_slowly<G: Guarded>(encoder: usize) -> Option<Inside> {
    match G::guard().enter(Key(encoder), call(Kind::Encode)) {
        Entry::Go(permit) => Some(Inside::Slowly(permit)),
        _ => None,
    }
}

/// The call is over.
#[inline]
pub(crate) fn leave<G: Guarded>(inside: Option<Inside>) {
    if let Some(Inside::Quickly(quick)) = inside {
        G::guard().leave_quickly(quick);
    }
}

/// A factory of the command buffer makes an encoder: what hook and guard do around it.
pub(crate) fn open<G: Guarded>(encoder: usize, buffer: usize) {
    let opening = G::guard().enter(Key(buffer), call(Kind::Open));
    appear::<G>(encoder, buffer);
    if let Entry::Go(permit) = opening {
        permit.done();
    }
}

/// An encoder of a command buffer is there, however it came.
pub(crate) fn appear<G: Guarded>(encoder: usize, buffer: usize) {
    // There is no object whose reference it could be.
    let _ = G::guard().opened(Key(encoder), Maker::Buffer(Key(buffer)), call(Kind::Open));
}

/// `endEncoding`, or `dealloc`, has come to its end.
pub(crate) fn make<G: Guarded>(key: usize, kind: Kind) {
    if let Entry::Go(permit) = G::guard().enter(Key(key), call(kind)) {
        permit.done();
    }
}

/// The command buffer has completed: its encoders need not be kept any longer.
pub(crate) fn complete<G: Guarded>(buffer: usize) {
    G::guard().completed(Key(buffer), |_| ());
}
