//! The short way through the guard: a call that encodes, on an object that is open, with nobody inside.
//!
//! It is what nearly every call meets, and it is made of little: a look-up, one compare-and-swap, one look at the slot and a
//! few plain stores. Whatever is different (an object that nobody has seen, or that has ended; a thread inside, were it the
//! caller itself; a call that changes the state; detecting) is [`Guard::enter`]'s to sort out, from the beginning.
//!
//! There are two of them. The shortest is for an object with a lock of its own: its slot says in one word, its key or 0,
//! whether that way is open. The other one is for objects that share a lock. What both look at changes under the object's
//! lock only, so a look with the lock held tells that the object is the one that was asked for, and open (I3, I10).

use crate::guard::{CallId, Guard, Key};
use crate::lock::Lock;
use crate::platform::Platform;
use crate::slot::Slot;
use crate::sync::{Protection, protects};
use crate::table::Grown;
use core::marker::PhantomData;

/// The right to be inside an original, got the short way; one pointer. To be given to [`Guard::leave_quickly`] of the same
/// guard by the same thread, also when the original unwinds: until then nobody else is let in.
#[derive(Debug)]
#[must_use = "nobody else is let in before it is given back"]
pub struct Quick<'g> {
    slot: &'g Slot,
    /// The lock is the thread's own.
    not_send: PhantomData<*const ()>,
}

impl<P: Platform> Guard<P> {
    /// Asks for the shortest way to the driver, for a call of the kinds [`Encode`](crate::Kind::Encode),
    /// [`Dispatch`](crate::Kind::Dispatch) and [`Access`](crate::Kind::Access). `None` says nothing about the call:
    /// [`Guard::enter`] is to be asked.
    #[inline]
    pub fn enter_quickly(&self, key: Key, call: CallId) -> Option<Quick<'_>> {
        // What needs a call is left to others at once, so that this needs no stack.
        match self.table.slot_of(key) {
            Ok(slot) => Self::enter_own(slot?, key, call),
            Err(Grown) => self.enter_quickly_among_many(key, call),
        }
    }

    #[inline(never)]
    fn enter_quickly_among_many(&self, key: Key, call: CallId) -> Option<Quick<'_>> {
        Self::enter_own(self.table.slot_of_many(key)?, key, call)
    }

    #[inline]
    fn enter_own(slot: &Slot, key: Key, call: CallId) -> Option<Quick<'_>> {
        if !slot.is_quick(key) || !slot.lock.try_lock(P::known_thread()?) {
            return None;
        }
        if !slot.is_quick(key) && protects(Protection::EndedCheck) {
            return Self::outside(&slot.lock); // ended or freed between look-up and lock
        }
        Some(Self::inside(slot, call))
    }

    /// The same for an object that may share its lock with others.
    #[inline(never)]
    pub fn enter_shared_quickly(&self, key: Key, call: CallId) -> Option<Quick<'_>> {
        let place = self.table.find(key)?;
        let (slot, lock) = (place.slot(), self.lock_of(place.slot()));
        if self.detects() || self.holds.are_timed() || !lock.try_lock(P::thread()) {
            return None;
        }
        if place.key() != key.0 || !slot.is_open() || !core::ptr::eq(lock, self.lock_of(slot)) {
            return Self::outside(lock); // ended, freed, or given another lock, between look-up and lock
        }
        Some(Self::inside(slot, call))
    }

    /// This thread has just taken the lock in vain.
    #[cold]
    #[inline(never)]
    fn outside<'g>(lock: &Lock) -> Option<Quick<'g>> {
        lock.unlock::<P>();
        None
    }

    /// This thread has just taken the slot's lock for a call.
    #[inline]
    fn inside(slot: &Slot, call: CallId) -> Quick<'_> {
        if protects(Protection::CountersUnderLock) {
            slot.acquisitions.add_one();
        }
        slot.set_inside(call);
        Quick { slot, not_send: PhantomData }
    }

    /// The call that went a short way is over.
    #[inline]
    pub fn leave_quickly(&self, quick: Quick<'_>) {
        let slot = quick.slot;
        // An object that has a lock of its own may have ended meanwhile, but has still that lock.
        let lock = if slot.has_own_lock() { &slot.lock } else { self.lock_of(slot) };
        slot.set_outside();
        lock.unlock::<P>();
        if !protects(Protection::CountersUnderLock) {
            slot.acquisitions.add_one();
        }
    }
}
