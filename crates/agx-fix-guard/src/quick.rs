//! The short way through the guard: a call that encodes, on an object that is open, with nobody inside.
//!
//! It is what nearly every call meets, and it is made of little: a look-up, one compare-and-swap, one look at the slot and a
//! few plain stores. Whatever is different (an object that nobody has seen, or that has ended; a thread inside, were it the
//! caller itself; a call that changes the state; detecting) is [`Guard::enter`]'s to sort out, from the beginning.
//!
//! There are two of them. The shortest is for an object with a lock of its own: its slot says in one word, its key or 0,
//! whether that way is open. The other one is for objects that share a lock. What both look at changes under the object's
//! lock only, so a look with the lock held tells that the object is the one that was asked for, and open (I3, I10).

use crate::guard::{Guard, Key};
use crate::lock::Lock;
use crate::platform::Platform;
use crate::slot::Slot;
use crate::sync::{Protection, protects};
use crate::table::Grown;
use agx_fix_terms::CallId;
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

/// Why a call does not go the shortest way.
#[derive(Debug)]
#[must_use = "a lock may be held in vain"]
pub enum NotQuickest<'g> {
    /// There are, or were, so many encoders at once that a look-up takes more steps: [`Guard::enter_quickly_among_many`].
    Crowded,
    /// Something is not as usual: [`Guard::enter`].
    Unusual,
    /// The encoder has ended or gone between look-up and lock. The lock is held: [`Guard::leave_in_vain`], and then [`Guard::enter`].
    InVain(&'g Lock),
}

impl<P: Platform> Guard<P> {
    /// Asks for the shortest way to the driver, for a call of the kinds [`Encode`](crate::CallKind::Encode),
    /// [`Dispatch`](crate::CallKind::Dispatch) and [`Access`](crate::CallKind::Access). `None` says nothing about the call:
    /// [`Guard::enter`] is to be asked.
    #[inline]
    pub fn enter_quickly(&self, key: Key, call: CallId) -> Option<Quick<'_>> {
        match self.enter_quickest(key, call) {
            Ok(quick) => Some(quick),
            Err(NotQuickest::Crowded) => self.enter_quickly_among_many(key, call),
            Err(NotQuickest::InVain(lock)) => Self::outside(lock),
            Err(NotQuickest::Unusual) => None,
        }
    }

    /// The part of [`Guard::enter_quickly`] that needs no call: a caller that leaves the rest to functions of their own needs no
    /// stack here.
    ///
    /// # Errors
    /// That way is not open, for this reason.
    #[inline]
    pub fn enter_quickest(&self, key: Key, call: CallId) -> Result<Quick<'_>, NotQuickest<'_>> {
        match self.table.slot_of(key) {
            Ok(slot) => Self::enter_own(slot.ok_or(NotQuickest::Unusual)?, key, call),
            Err(Grown) => Err(NotQuickest::Crowded),
        }
    }

    /// [`Guard::enter_quickly`], where [`Guard::enter_quickest`] found it too crowded.
    #[inline(never)]
    pub fn enter_quickly_among_many(&self, key: Key, call: CallId) -> Option<Quick<'_>> {
        match Self::enter_own(self.table.slot_of_many(key)?, key, call) {
            Ok(quick) => Some(quick),
            Err(NotQuickest::InVain(lock)) => Self::outside(lock),
            Err(NotQuickest::Unusual | NotQuickest::Crowded) => None,
        }
    }

    /// Lets go of a lock that [`Guard::enter_quickest`] took in vain.
    pub fn leave_in_vain(&self, lock: &Lock) {
        let _ = Self::outside(lock);
    }

    #[cold]
    #[inline(never)]
    fn outside<'g>(lock: &Lock) -> Option<Quick<'g>> {
        lock.unlock::<P>();
        None
    }

    #[inline]
    fn enter_own(slot: &Slot, key: Key, call: CallId) -> Result<Quick<'_>, NotQuickest<'_>> {
        let me = P::known_thread().filter(|_| slot.is_quick(key)).ok_or(NotQuickest::Unusual)?;
        if !slot.lock.try_lock(me) {
            return Err(NotQuickest::Unusual);
        }
        if !slot.is_quick(key) && protects(Protection::EndedCheck) {
            return Err(NotQuickest::InVain(&slot.lock));
        }
        Ok(Self::inside(slot, call))
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
