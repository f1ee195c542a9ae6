//! The right to be inside an original, and the answers that come with it.

use crate::finding::Finding;
use crate::guard::Guard;
use crate::ids::{Key, Thread, Who};
use crate::late::BufferOfLate;
use crate::lock::Held;
use crate::platform::Platform;
use crate::retained;
use crate::slot::Slot;
use crate::sync::{Instant, Ordering, Protection, protects};
use crate::table::Place;
use agx_fix_terms::{Call, CallKind, FindingClass, Outcome, Phase};

/// A call that asks to go to the driver.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) key: Key,
    pub(crate) call: Call,
    pub(crate) me: Thread,
}

impl Request {
    /// A finding of this call.
    pub(crate) fn finding(self, class: FindingClass, outcome: Outcome, other: Option<Who>) -> Finding {
        let who = Who { thread: self.me, call: self.call.id };
        Finding { class, outcome, key: self.key, who, other, lossy: false }
    }
}

/// The answer to [`Guard::enter`].
#[derive(Debug)]
pub enum Entry<'g, P: Platform> {
    /// The call may go to the driver, as long as the permit is held.
    Go(Permit<'g, P>),
    /// The same, but an encoder is open on the command buffer, or was made by the encoder that is to end: end it first,
    /// for its owner.
    EndFirst(Permit<'g, P>, Key),
    /// The call must not reach the driver.
    Refused(Finding),
    /// A call that encodes comes after the encoder's end. It must not reach the driver, but its work can be done
    /// elsewhere, or the call be refused: [`Guard::late_ended`] is to be told which.
    Late(Permit<'g, P>, BufferOfLate),
    /// The call must not reach the driver, and there is nothing wrong with it: it has been done already.
    Done,
    /// The guard has no slot for it: the call goes to the driver unguarded (I9).
    Unguarded,
}

/// The right to be inside an original. Dropping it lets the next thread in, also when the original unwinds; only
/// [`Permit::done`] says that the original has returned.
#[derive(Debug)]
pub struct Permit<'g, P: Platform> {
    guard: &'g Guard<P>,
    place: Place<'g>,
    call: Call,
    me: Thread,
    /// `None` if somebody else unlocks: the same thread further out, or (detecting only) another thread.
    held: Option<Held<'g, P, Slot>>,
    /// When the hold began, if holds are timed.
    held_since: Option<Instant>,
}

impl<'g, P: Platform> Permit<'g, P> {
    #[inline]
    pub(crate) fn new(
        guard: &'g Guard<P>,
        place: Place<'g>,
        request: Request,
        held: Option<Held<'g, P, Slot>>,
    ) -> Self {
        let Request { call, me, .. } = request;
        if let Some(held) = &held {
            held.locked().set_inside(call.id);
        }
        let held_since = if held.is_some() { guard.holds.begin() } else { None };
        Self { guard, place, call, me, held, held_since }
    }

    /// The finding of a call that comes after its encoder's end, as long as nothing else has been made of it.
    pub fn late_finding(&self) -> Finding {
        Finding {
            class: FindingClass::LateCall,
            outcome: Outcome::Prevented,
            key: Key(self.place.key()),
            who: self.who(),
            other: Some(self.slot().ended_by()),
            lossy: self.call.kind == CallKind::Dispatch,
        }
    }

    /// The word that the front end keeps with the encoder's slot; 0 at first. It outlives the encoder.
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

    pub(crate) fn who(&self) -> Who {
        Who { thread: self.me, call: self.call.id }
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
            CallKind::End | CallKind::Teardown => {
                self.end();
                // Not at a step inside the end: the driver still has the encoder open, and a waiter would come too early.
                let is_step = self.call.kind != CallKind::End && self.is_nested();
                if !is_step || !protects(Protection::OpenUntilEnded) {
                    self.close();
                }
            }
            CallKind::Free => {
                self.close();
                retained::forget::<P>(&self.guard.table, self.place, self.me);
                slot.free();
                self.place.vacate();
            }
            CallKind::Commit => slot.buffer.advance(Phase::Committed),
            CallKind::Begin => slot.buffer.reset(),
            CallKind::Encode | CallKind::Dispatch | CallKind::Access | CallKind::Open | CallKind::Event => {}
        }
    }

    /// The encoder has ended. Named as its end is the call that the application made, not a step of the driver's inside it.
    fn end(&self) {
        let (slot, is_end) = (self.slot(), self.call.kind == CallKind::End);
        let outermost = if is_end { None } else { self.guard.lock_slot(slot).inside() };
        let is_applications = is_end && !self.is_nested() && !self.guard.detects();
        if slot.end() || is_applications {
            slot.attribute_end(Who { thread: self.me, call: outermost.unwrap_or(self.call.id) });
        }
    }

    /// The encoder is no longer open.
    fn close(&self) {
        if let Some(home) = self.guard.table.by_id(self.slot().home()) {
            home.slot().buffer.close::<P>(self.place.id());
        }
    }

    /// Whether this call is made from inside another one on the same object, by this thread.
    pub fn is_nested(&self) -> bool {
        self.held.is_none()
    }

    /// Whether a completion handler is to be added to this command buffer: true once in its life.
    pub fn claim_completion_handler(&self) -> bool {
        self.slot().buffer.phase() == Phase::Recording && self.slot().claim_handler()
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
        if let Some(begun) = self.held_since {
            self.guard.holds.end(begun, self.call.id);
        }
    }
}
