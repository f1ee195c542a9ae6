//! The fast path: a call that encodes, on an object that is open, while no other thread is inside.
//!
//! Nearly every call takes it. It is a look-up, one compare-and-swap, one look at the slot and a few plain stores. Everything
//! else (an object that nobody has seen or that has ended, a thread inside, even the caller itself, a call that changes the
//! state, detecting) is for the slow path, [`Guard::enter`], which starts from the beginning.
//!
//! An object with a lock of its own has its key in one word of its slot as long as the fast path is open; an object that shares
//! a lock has its state looked at. Both change only under the object's lock, so a look with the lock held shows that the object
//! is the one that the caller meant, and open (I3, I10).

use crate::guard::{FastPath, Guard};
use crate::ids::Key;
use crate::lock::Held;
use crate::platform::Platform;
use crate::slot::Slot;
use crate::sync::{Protection, protects};
use crate::table::Grown;
use agx_fix_terms::CallId;

/// The answer of the fast path.
#[derive(Debug)]
pub enum Fast<'g, P: Platform> {
    /// The call may go to the driver as long as the permit is held.
    Go(FastPermit<'g, P>),
    /// The policy takes no lock: the call may go to the driver.
    Unguarded,
    /// Something is unusual: ask [`Guard::enter`].
    Slow,
    /// The object ended or was freed between look-up and lock, and the lock is free again: ask [`Guard::enter`].
    Stale,
}

/// The right to be inside an original. It is one pointer; dropping it lets the next thread in, also when the original unwinds.
#[derive(Debug)]
#[must_use = "other threads are let in when it is dropped"]
pub struct FastPermit<'g, P: Platform>(#[allow(dead_code, reason = "held, not read")] Held<'g, P, Slot>);

impl<P: Platform> Guard<P> {
    /// Asks for the fast path, for a call of the kinds [`Encode`](agx_fix_terms::CallKind::Encode),
    /// [`Dispatch`](agx_fix_terms::CallKind::Dispatch) and [`Access`](agx_fix_terms::CallKind::Access). `then` turns the answer
    /// into the result. It runs last, inside the parts that are functions of their own: so a caller whose `then` makes no calls
    /// needs no stack frame for the uncontended call.
    #[inline]
    pub fn enter_fast<'g, R>(&'g self, key: Key, call: CallId, then: impl FnOnce(Fast<'g, P>) -> R) -> R {
        if !self.fast_path_is(FastPath::OwnLock) {
            return self.enter_fast_otherwise(key, call, then);
        }
        match self.table.slot_of(key) {
            Ok(Some(slot)) => Self::try_enter_uncontended(slot, key, call, then),
            Ok(None) => then(Fast::Slow),
            Err(Grown) => self.enter_fast_among_many(key, call, then),
        }
    }

    #[inline]
    fn try_enter_uncontended<'g, R>(
        slot: &'g Slot,
        key: Key,
        call: CallId,
        then: impl FnOnce(Fast<'g, P>) -> R,
    ) -> R {
        if !slot.takes_fast_path(key) {
            return then(Fast::Slow);
        }
        let Some(held) = P::known_thread().and_then(|me| Held::try_lock(slot, me)) else {
            return then(Fast::Slow);
        };
        if !slot.takes_fast_path(key) && protects(Protection::EndedCheck) {
            return Self::stale(held, then);
        }
        then(Self::go(held, call))
    }

    /// The table has grown: a look-up takes more steps.
    #[inline(never)]
    fn enter_fast_among_many<'g, R>(
        &'g self,
        key: Key,
        call: CallId,
        then: impl FnOnce(Fast<'g, P>) -> R,
    ) -> R {
        match self.table.slot_of_many(key) {
            Some(slot) => Self::try_enter_uncontended(slot, key, call, then),
            None => then(Fast::Slow),
        }
    }

    #[inline(never)]
    fn enter_fast_otherwise<'g, R>(
        &'g self,
        key: Key,
        call: CallId,
        then: impl FnOnce(Fast<'g, P>) -> R,
    ) -> R {
        if self.fast_path_is(FastPath::NoLock) {
            return then(Fast::Unguarded);
        }
        let found = if self.fast_path_is(FastPath::SharedLock) { self.table.find(key) } else { None };
        let Some(place) = found else { return then(Fast::Slow) };
        let (slot, lock) = (place.slot(), self.lock_slot(place.slot()));
        let Some(held) = Held::try_lock(lock, P::thread()) else { return then(Fast::Slow) };
        if place.key() != key.0 || !slot.is_open() || !core::ptr::eq(lock, self.lock_slot(slot)) {
            return Self::stale(held, then);
        }
        then(Self::go(held, call))
    }

    #[cold]
    #[inline(never)]
    fn stale<'g, R>(held: Held<'g, P, Slot>, then: impl FnOnce(Fast<'g, P>) -> R) -> R {
        drop(held);
        then(Fast::Stale)
    }

    #[inline]
    fn go<'g>(held: Held<'g, P, Slot>, call: CallId) -> Fast<'g, P> {
        if protects(Protection::CountersUnderLock) {
            held.locked().acquisitions.add_one();
        }
        held.locked().set_inside(call);
        Fast::Go(FastPermit(held))
    }
}
