//! The right to be inside an original.

use crate::finding::Finding;
use crate::guard::{Guard, Key};
use crate::late::Who;
use crate::lock::Lock;
use crate::platform::{Platform, Thread};
use crate::retained;
use crate::slot::Slot;
use crate::sync::{Instant, Ordering};
use crate::table::Place;
use agx_fix_terms::{Call, CallKind, FindingClass, Outcome, Phase};
use core::marker::PhantomData;

/// The right to be inside an original. Dropping it lets the next thread in, also when the original unwinds; only
/// [`Permit::done`] says that the original came to its end.
#[derive(Debug)]
pub struct Permit<'g, P: Platform> {
    guard: &'g Guard<P>,
    place: Place<'g>,
    lock: &'g Lock,
    call: Call,
    me: Thread,
    /// Somebody else lets go: the same thread further out, or (detecting only) another thread.
    nested: bool,
    /// When the hold began, if holds are timed.
    held_since: Option<Instant>,
    /// The lock is the thread's own.
    not_send: PhantomData<*const ()>,
}

impl<'g, P: Platform> Permit<'g, P> {
    #[inline]
    pub(crate) fn new(
        guard: &'g Guard<P>,
        place: Place<'g>,
        lock: &'g Lock,
        call: Call,
        me: Thread,
        nested: bool,
    ) -> Self {
        let held_since = if nested { None } else { guard.holds.begin() };
        Self { guard, place, lock, call, me, nested, held_since, not_send: PhantomData }
    }

    /// The finding of a call that comes after its encoder's end, as long as nothing else has been made of it.
    pub fn late_finding(&self) -> Finding {
        let (thread, call) = self.slot().ended_by();
        Finding {
            class: FindingClass::LateCall,
            outcome: Outcome::Prevented,
            key: Key(self.place.key()),
            who: Who { thread: self.me, call: self.call.id },
            other: Some(Who { thread, call }),
            lossy: self.call.kind == CallKind::Dispatch,
        }
    }

    /// The word that whoever sits above the guard keeps with the encoder's slot; 0 at first. It outlives the encoder.
    #[inline]
    pub fn attachment(&self) -> usize {
        self.slot().attachment.load(Ordering::Relaxed)
    }

    /// Sets that word.
    pub fn attach(&self, word: usize) {
        self.slot().attachment.store(word, Ordering::Relaxed);
    }

    pub(crate) fn slot(&self) -> &'g Slot {
        self.place.slot()
    }

    pub(crate) fn call(&self) -> Call {
        self.call
    }

    pub(crate) fn thread(&self) -> Thread {
        self.me
    }

    /// The original has returned: what the call does has been done.
    #[inline]
    pub fn done(self) {
        if !matches!(self.call.kind, CallKind::Encode | CallKind::Dispatch | CallKind::Access) {
            self.change();
        }
    }

    #[cold]
    fn change(&self) {
        let slot = self.slot();
        match self.call.kind {
            // Named after the call that the application made, not after the driver's own steps inside it.
            CallKind::End | CallKind::Teardown => {
                slot.end(self.me, slot.inside().unwrap_or(self.call.id));
                // Not at a step inside the end: the driver still has the encoder open, and a waiter would come too early.
                if self.call.kind == CallKind::End || !self.nested {
                    self.close();
                }
            }
            CallKind::Free => {
                self.close();
                retained::forget::<P>(&self.guard.table, self.place, self.me);
                slot.free();
                self.place.vacate();
            }
            CallKind::Commit => slot.record.advance(Phase::Committed),
            CallKind::Begin => slot.record.reset(),
            CallKind::Encode | CallKind::Dispatch | CallKind::Access | CallKind::Open | CallKind::Event => {}
        }
    }

    /// The encoder is no longer open.
    fn close(&self) {
        if let Some(home) = self.guard.table.by_id(self.slot().home()) {
            home.slot().record.close::<P>(self.place.id());
        }
    }

    /// Whether this call is made from inside another one on the same object, by this thread.
    pub fn is_nested(&self) -> bool {
        self.nested
    }

    /// Whether a completion handler is to be added to this command buffer: true once in its life.
    pub fn claim_completion_handler(&self) -> bool {
        self.slot().record.phase() == Phase::Recording && self.slot().claim_handler()
    }

    /// The encoder that this permit is for was not ended by anybody.
    pub fn is_open(&self) -> bool {
        self.slot().is_open()
    }

    /// The encoder with that key will be ended by this thread, which is not its owner.
    pub fn end_for_owner(&self, encoder: Key) {
        if let Some(place) = self.guard.table.find(encoder) {
            place.slot().end_for_owner();
        }
    }
}

impl<P: Platform> Drop for Permit<'_, P> {
    #[inline]
    fn drop(&mut self) {
        if !self.nested {
            self.slot().set_outside();
            if let Some(begun) = self.held_since {
                self.guard.holds.end(begun, self.call.id);
            }
            self.lock.unlock::<P>();
        }
    }
}
