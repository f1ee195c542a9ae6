//! The driver, and calls on it through the guard, as the hooks make them.
//!
//! The driver trusts its callers, and its checks are what a real one crashes of: two threads inside one encoder, a call on an
//! encoder that has ended or is freed, two open encoders on a command buffer, a commit with one open.

use crate::platform::Model;
use agx_fix_guard::{Config, Entry, Fast, Guard, Key, Maker, Platform, Storage};
use agx_fix_terms::{Call, CallId, CallKind, Preset};
use shuttle::thread::yield_now;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

pub(crate) const ENCODERS: usize = 4;
pub(crate) const BUFFERS: usize = 3;

pub(crate) struct World {
    pub(crate) guard: Guard<Model>,
    encoders: [Encoder; ENCODERS],
    buffers: [Buffer; BUFFERS],
    /// Dispatches that the driver has got, and those that the application was refused.
    pub(crate) dispatched: AtomicU64,
    pub(crate) refused: AtomicU64,
}

#[derive(Default)]
pub(crate) struct Encoder {
    inside: AtomicU32,
    /// Written like plain memory.
    work: AtomicU64,
    originals: AtomicU64,
    is_open: AtomicBool,
    references: AtomicI64,
    buffer: AtomicU32,
}

#[derive(Default)]
struct Buffer {
    inside: AtomicU32,
    /// The encoder that is open, plus one.
    open: AtomicU32,
    committed: AtomicBool,
}

pub(crate) fn key_of_encoder(index: usize) -> Key {
    Key(0x1000 + index * 0x100)
}

pub(crate) fn key_of_buffer(index: usize) -> Key {
    Key(0x8000 + index * 0x100)
}

fn call(kind: CallKind) -> Call {
    Call { id: CallId(kind as u16), kind }
}

impl World {
    pub(crate) fn new(preset: Preset) -> Self {
        let guard = Guard::new(Box::new(Storage::new()));
        guard.configure(Config { wait_timeout: Duration::from_secs(1), ..Config::new(preset.policy()) });
        Self {
            guard,
            encoders: Default::default(),
            buffers: Default::default(),
            dispatched: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// A queue answers a command buffer, at an address that may have been another's.
    pub(crate) fn new_buffer(&self, buffer: usize) {
        self.buffers[buffer].committed.store(false, SeqCst);
        self.guard.buffer_opened(key_of_buffer(buffer), |encoder| self.release(encoder));
    }

    /// Opens an encoder on a command buffer. False if the call was refused.
    pub(crate) fn open(&self, encoder: usize, buffer: usize) -> bool {
        match self.guard.enter(key_of_buffer(buffer), call(CallKind::Open)) {
            Entry::Go(permit) => {
                self.buffers[buffer].factory(encoder);
                let state = &self.encoders[encoder];
                assert!(!state.is_open.swap(true, SeqCst), "the driver gave an encoder twice");
                state.references.store(1, SeqCst);
                state.buffer.store(buffer as u32, SeqCst);
                let maker = Maker::Buffer(key_of_buffer(buffer));
                if self.guard.opened(key_of_encoder(encoder), maker, call(CallKind::Open)) {
                    state.references.fetch_add(1, SeqCst);
                }
                permit.done();
                true
            }
            Entry::Refused(_) => false,
            other => panic!("opening an encoder: {other:?}"),
        }
    }

    /// The encoder was there before the hooks.
    pub(crate) fn adopt(&self, encoder: usize) {
        self.encoders[encoder].is_open.store(true, SeqCst);
        self.encoders[encoder].references.store(1, SeqCst);
    }

    /// A call on an encoder. Whether it reached the driver.
    pub(crate) fn call(&self, encoder: usize, kind: CallKind) -> bool {
        let key = key_of_encoder(encoder);
        assert!(self.encoders[encoder].references.load(SeqCst) > 0, "I4: a message to a freed encoder");
        if matches!(kind, CallKind::Encode | CallKind::Dispatch | CallKind::Access)
            && let Fast::Go(_permit) = self.guard.enter_fast(key, CallId(1), |fast| fast)
        {
            self.original(encoder, kind);
            return true;
        }
        match self.guard.enter(key, call(kind)) {
            Entry::Go(permit) => {
                self.original(encoder, kind);
                permit.done();
                true
            }
            Entry::Refused(_) => {
                self.refused.fetch_add(1, SeqCst);
                false
            }
            Entry::Done => false,
            other => panic!("a call on an encoder: {other:?}"),
        }
    }

    fn original(&self, encoder: usize, kind: CallKind) {
        let state = &self.encoders[encoder];
        let me = Model::thread();
        let outer = state.inside.swap(me, SeqCst);
        assert!(outer == 0 || outer == me, "I1: two threads are inside an encoder");
        if matches!(kind, CallKind::Encode | CallKind::Dispatch | CallKind::End) {
            assert!(state.is_open.load(SeqCst), "I3: a late call reached the driver");
        }
        let work = state.work.load(SeqCst);
        yield_now();
        state.work.store(work + 1, SeqCst);
        state.originals.fetch_add(1, SeqCst);
        match kind {
            CallKind::Dispatch => {
                self.dispatched.fetch_add(1, SeqCst);
                assert!(self.call(encoder, CallKind::Access), "I5");
                state.inside.store(me, SeqCst);
            }
            CallKind::End => {
                state.is_open.store(false, SeqCst);
                let buffer = state.buffer.load(SeqCst) as usize;
                self.buffers[buffer].open.store(0, SeqCst);
            }
            _ => {}
        }
        assert_eq!(state.inside.swap(outer, SeqCst), me, "I1: two threads are inside an encoder");
    }

    /// Commits. Whether it reached the driver.
    pub(crate) fn commit(&self, buffer: usize) -> bool {
        match self.guard.enter(key_of_buffer(buffer), call(CallKind::Commit)) {
            Entry::Go(permit) => {
                self.buffers[buffer].commit();
                permit.done();
            }
            Entry::EndFirst(permit, first) => {
                for encoder in std::iter::once(first).chain(self.guard.open_encoders(key_of_buffer(buffer))) {
                    permit.end_for_owner(encoder);
                    self.call((encoder.0 - 0x1000) / 0x100, CallKind::End);
                }
                self.buffers[buffer].commit();
                permit.done();
            }
            Entry::Refused(_) => return false,
            other => panic!("a commit: {other:?}"),
        }
        true
    }

    /// The GPU is done with a command buffer.
    pub(crate) fn complete(&self, buffer: usize) {
        self.guard.finished(key_of_buffer(buffer));
        self.guard.completed(key_of_buffer(buffer), |encoder| self.release(encoder));
    }

    /// Gives back a reference to an encoder; the last one frees it.
    pub(crate) fn release_encoder(&self, encoder: usize) {
        self.release(key_of_encoder(encoder));
    }

    fn release(&self, key: Key) {
        let state = &self.encoders[(key.0 - 0x1000) / 0x100];
        let left = state.references.fetch_sub(1, SeqCst) - 1;
        assert!(left >= 0, "I4: a reference was given back twice");
        if left == 0 {
            match self.guard.enter(key, call(CallKind::Free)) {
                Entry::Go(permit) => permit.done(),
                Entry::Unguarded => {}
                other => panic!("freeing an encoder: {other:?}"),
            }
        }
    }

    pub(crate) fn is_alive(&self, encoder: usize) -> bool {
        self.encoders[encoder].references.load(SeqCst) > 0
    }

    /// After all threads have been joined.
    pub(crate) fn check(&self) {
        for encoder in &self.encoders {
            let (work, originals) = (encoder.work.load(SeqCst), encoder.originals.load(SeqCst));
            assert_eq!(work, originals, "I1: work was lost");
        }
        let statistics = self.guard.statistics();
        assert_eq!(statistics.late_calls, self.refused.load(SeqCst), "I8: late calls");
        assert_eq!((statistics.retained, statistics.unguarded), (0, 0), "I4: references were kept");
    }
}

impl Buffer {
    fn enter(&self) {
        let outer = self.inside.swap(Model::thread(), SeqCst);
        assert_eq!(outer, 0, "I1: two threads are inside a command buffer");
    }

    fn factory(&self, encoder: usize) {
        self.enter();
        assert!(!self.committed.load(SeqCst), "an encoder on a committed command buffer");
        yield_now();
        let open = self.open.swap(encoder as u32 + 1, SeqCst);
        assert_eq!(open, 0, "two encoders are open on a command buffer");
        self.inside.store(0, SeqCst);
    }

    fn commit(&self) {
        self.enter();
        assert_eq!(self.open.load(SeqCst), 0, "an encoder is open at the commit");
        yield_now();
        assert!(!self.committed.swap(true, SeqCst), "a command buffer was committed twice");
        self.inside.store(0, SeqCst);
    }
}
