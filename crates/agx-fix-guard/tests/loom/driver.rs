//! A driver in a few lines: encoders that lose work when two threads are inside, and say so when they are called dead.

use crate::platform::{Model, spawn};
use agx_fix_guard::{Config, Entry, Fast, Guard, Key, Maker, Platform, Storage};
use agx_fix_terms::{Call, CallId, CallKind};
use loom::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::AcqRel, Ordering::Relaxed};

pub(crate) const ENCODER: Key = Key(0x1000);
pub(crate) const BUFFER: Key = Key(0x2000);

/// A guard, and the driver below it.
pub(crate) struct Scene {
    pub(crate) guard: Guard<Model>,
    pub(crate) encoder: Encoder,
    /// Calls that did not reach the driver.
    pub(crate) refused: AtomicU32,
    /// Calls that the application made.
    pub(crate) made: AtomicU32,
}

/// What the driver keeps of an encoder. What loom sees of it is `work` and the references: the other fields are the driver's and the
/// checks', and no reason to switch.
pub(crate) struct Encoder {
    /// Read and written like plain memory: two threads inside at once, or one that does not see what the last one did, lose
    /// work.
    work: AtomicU64,
    originals: AtomicU32,
    inside: AtomicU32,
    pub(crate) ended: AtomicBool,
    references: AtomicI64,
    pub(crate) freed: AtomicU32,
    /// The memory is another encoder's at once.
    pub(crate) is_never_freed: AtomicBool,
}

impl Scene {
    pub(crate) fn new(config: Config) -> Self {
        let guard = Guard::new(Box::new(Storage::new()));
        guard.configure(config);
        let encoder = Encoder {
            work: AtomicU64::new(0),
            originals: AtomicU32::new(0),
            inside: AtomicU32::new(0),
            ended: AtomicBool::new(false),
            references: AtomicI64::new(1),
            freed: AtomicU32::new(0),
            is_never_freed: AtomicBool::new(false),
        };
        Self { guard, encoder, refused: AtomicU32::new(0), made: AtomicU32::new(0) }
    }

    /// The encoder has been opened on the buffer; the guard may have taken a reference.
    pub(crate) fn opened(config: Config) -> Self {
        let scene = Self::new(config);
        scene.open();
        scene
    }

    /// Has `mine` happen in the first thread, and each of the others in one of its own, until all are through.
    pub(crate) fn run(self, others: &[fn(&Self)], mine: impl FnOnce(&Self)) -> Arc<Self> {
        let scene = Arc::new(self);
        let run = |(number, &other): (usize, &fn(&Self))| {
            let scene = Arc::clone(&scene);
            spawn(number as u32 + 2, move || other(&scene))
        };
        let others: Vec<_> = others.iter().enumerate().map(run).collect();
        mine(&scene);
        others.into_iter().for_each(|other| other.join().unwrap());
        scene
    }

    /// The driver answers the encoder's address, to the hook of a factory.
    pub(crate) fn open(&self) {
        self.encoder.ended.store(false, Relaxed);
        if self.guard.opened(ENCODER, Maker::Buffer(BUFFER), Call { id: CallId(50), kind: CallKind::Open }) {
            self.encoder.references.fetch_add(1, Relaxed);
        }
    }

    /// Makes a call on the encoder as the hooks do: by the fast path first. Whether it reached the driver.
    pub(crate) fn call(&self, kind: CallKind) -> bool {
        self.call_with(kind, || ())
    }

    /// `inner` is what the original does besides: calls of its own.
    pub(crate) fn call_with(&self, kind: CallKind, inner: impl FnOnce()) -> bool {
        if matches!(kind, CallKind::Encode | CallKind::Dispatch | CallKind::Access)
            && let Fast::Go(_permit) = self.guard.enter_fast(ENCODER, CallId(1), |fast| fast)
        {
            self.made.fetch_add(1, Relaxed);
            self.encoder.original(kind, inner);
            return true;
        }
        self.call_slowly(kind, inner)
    }

    pub(crate) fn call_slowly(&self, kind: CallKind, inner: impl FnOnce()) -> bool {
        self.made.fetch_add(1, Relaxed);
        match self.guard.enter(ENCODER, Call { id: CallId(kind as u16), kind }) {
            Entry::Go(permit) => {
                self.encoder.original(kind, inner);
                permit.done();
                true
            }
            Entry::Unguarded => {
                self.encoder.original(kind, inner);
                true
            }
            Entry::Refused(_) => {
                self.refused.fetch_add(1, Relaxed);
                false
            }
            Entry::EndFirst(..) | Entry::Done | Entry::Late(..) => unreachable!("no model here gets there"),
        }
    }

    /// A call on another object, of which nothing is checked. Whether it may reach the driver.
    pub(crate) fn call_on(&self, key: Key, kind: CallKind) -> bool {
        match self.guard.enter(key, Call { id: CallId(9), kind }) {
            Entry::Go(permit) => permit.done(),
            Entry::Refused(_) => return false,
            Entry::Unguarded => {}
            other => panic!("nothing here leads to {other:?}"),
        }
        true
    }

    /// Gives back a reference; the last one frees the encoder.
    pub(crate) fn release(&self) {
        if self.encoder.references.fetch_sub(1, AcqRel) == 1 {
            self.call_slowly(CallKind::Free, || ());
        }
    }

    /// After all threads have been joined: nothing was lost (I1), and all is counted (I8).
    pub(crate) fn check(&self) -> &Self {
        let (work, originals) = (self.encoder.work.load(Relaxed), self.encoder.originals.load(Relaxed));
        assert_eq!(work, u64::from(originals), "I1: work was lost");
        let late = self.guard.statistics().late_calls;
        assert_eq!(late, u64::from(self.refused.load(Relaxed)), "I8: late calls");
        self
    }

    /// The calls that took a lock, of all that were made; `nested` did not.
    pub(crate) fn check_acquisitions(&self, nested: u32) {
        let made = self.made.load(Relaxed) - nested;
        assert_eq!(self.guard.statistics().acquisitions, u64::from(made), "I8: acquisitions");
    }
}

impl Encoder {
    /// The driver's own code.
    fn original(&self, kind: CallKind, inner: impl FnOnce()) {
        let me = Model::thread();
        assert_eq!(self.freed.load(Relaxed), 0, "I4: the driver was called on a freed encoder");
        let outer = self.inside.swap(me, Relaxed);
        assert!(outer == 0 || outer == me, "I1: two threads are inside");
        if matches!(kind, CallKind::Encode | CallKind::Dispatch) {
            assert!(!self.ended.load(Relaxed), "I3: a late call reached the driver");
        }
        let work = self.work.load(Relaxed);
        self.work.store(work + 1, Relaxed);
        self.originals.fetch_add(1, Relaxed);
        inner();
        match kind {
            CallKind::End => self.ended.store(true, Relaxed),
            CallKind::Free if !self.is_never_freed.load(Relaxed) => {
                self.freed.fetch_add(1, Relaxed);
            }
            _ => {}
        }
        assert_eq!(self.inside.swap(outer, Relaxed), me, "I1: two threads are inside");
    }
}
