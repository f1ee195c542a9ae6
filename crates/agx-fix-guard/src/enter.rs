//! The slow path: any call on any object, in three steps. [`Guard::acquire`] gets the lock, [`Guard::count`] counts the call,
//! [`Guard::decide`] says by the object's state whether the call may go to the driver.

use crate::guard::Guard;
use crate::ids::Key;
use crate::lock::Held;
use crate::observer::{LongWait, Observer};
use crate::permit::{Entry, Permit, Request};
use crate::platform::Platform;
use crate::slot::{Slot, State};
use crate::sync::{Instant, Ordering, Protection, protects};
use crate::table::Place;
use agx_fix_terms::{Call, CallKind};

/// The lock of a call's object, held.
struct Acquired<'g, P: Platform> {
    place: Place<'g>,
    held: Held<'g, P, Slot>,
    waited: bool,
    /// The object was freed, or began another life, while the call waited.
    stale: bool,
}

impl<P: Platform + Observer> Guard<P> {
    /// Asks whether a call may go to the driver. Waits while another thread is inside an original of the same encoder, and, if
    /// the call opens an encoder or commits, while another thread's encoder is open on the command buffer.
    #[inline]
    pub fn enter(&self, key: Key, call: Call) -> Entry<'_, P> {
        let mut request = Request::new(key, call, P::thread());
        loop {
            let acquired = match self.acquire(&request) {
                Ok(acquired) => acquired,
                Err(entry) => return entry,
            };
            Self::count(&mut request, &acquired);
            if let Some(entry) = self.decide(&mut request, acquired) {
                return entry;
            }
        }
    }

    /// Gets the lock of the call's object. Fails with the answer to a call that needs no lock.
    #[inline]
    fn acquire(&self, request: &Request) -> Result<Acquired<'_, P>, Entry<'_, P>> {
        let &Request { key, call, me, .. } = request;
        loop {
            let Some(place) = self.table.find(key).or_else(|| self.adopt(key, call.kind, me)) else {
                return Err(Entry::Unguarded);
            };
            let (slot, lock) = (place.slot(), self.lock_slot(place.slot()));
            let is_nested = lock.lock.is_mine(me) && protects(Protection::Nesting); // I5
            let ends_unlocked = call.kind == CallKind::End && !protects(Protection::EndUnderLock);
            if is_nested || ends_unlocked || !protects(Protection::Lock) {
                return Err(Entry::Go(Permit::new(self, place, call, me, None)));
            }
            if self.detects() {
                return Err(self.watch(place, request));
            }
            let life = self.life_of(slot);
            let held = if lock.lock.is_held() { None } else { Held::try_lock(lock, me) };
            let waited = held.is_none();
            let held = held.unwrap_or_else(|| self.wait(lock, request));
            let moved = place.key() != key.0;
            let stale = waited && (moved || self.life_of(slot) != life) && protects(Protection::Generation);
            let is_still_there = (waited || !moved) && core::ptr::eq(lock, self.lock_slot(slot));
            if (stale && protects(Protection::StaleIsLate)) || is_still_there {
                return Ok(Acquired { place, held, waited, stale });
            }
            // The object was freed, or was given another lock, between look-up and lock.
        }
    }

    #[inline]
    fn count(request: &mut Request, acquired: &Acquired<'_, P>) {
        let lock = acquired.held.locked();
        if !request.counted {
            lock.acquisitions.add_one();
        }
        if acquired.waited && !request.contended {
            lock.contentions.add_one();
            if !acquired.stale {
                P::contended(request.key, request.call);
            }
        }
        request.counted = protects(Protection::CountedOnce);
        request.contended |= acquired.waited;
    }

    /// `None` if the call waited for another thread's encoder, and is to be looked at again.
    #[inline]
    fn decide<'g>(&'g self, request: &mut Request, acquired: Acquired<'g, P>) -> Option<Entry<'g, P>> {
        let &mut Request { call, me, .. } = request;
        let Acquired { place, held, stale, .. } = acquired;
        let slot = place.slot();
        let has_ended = slot.state() == State::Ended;
        if has_ended && !stale && self.rescues() && call.kind.is_rescued_after_end() {
            return Some(self.late_work(Permit::new(self, place, call, me, Some(held))));
        }
        if stale || (has_ended && call.kind.is_late_after_end() && protects(Protection::EndedCheck)) {
            return Some(self.refuse_late(slot, held, request, stale));
        }
        let permit = Permit::new(self, place, call, me, Some(held));
        if call.kind.is_of_buffer() || (call.kind == CallKind::End && slot.is_parent()) {
            return self.admit(permit, request);
        }
        Some(Entry::Go(permit))
    }

    /// What tells the encoders apart that a caller may have meant. Where late work is done elsewhere, an encoder that the driver
    /// hands out again for the same command buffer is still the encoder that its users mean.
    #[inline]
    fn life_of(&self, slot: &Slot) -> u32 {
        if self.rescues() { slot.free_count() } else { slot.generation() }
    }

    /// Waits for a lock that another thread holds.
    #[cold]
    fn wait<'g>(&self, lock: &'g Slot, request: &Request) -> Held<'g, P, Slot> {
        let began = Instant::now();
        let limit = self.long_wait();
        let acquisitions = || if cfg!(any(loom, shuttle)) { 0 } else { lock.acquisitions.get() };
        let held = Held::wait(lock, request.me, acquisitions, limit, |holder| {
            self.long_waits.fetch_add(1, Ordering::Relaxed);
            P::long_wait(&LongWait {
                key: request.key,
                call: request.call.id,
                thread: request.me,
                holder_call: lock.inside(),
                holder,
                limit: limit.unwrap_or_default(),
            });
        });
        self.wait_times.add(began.elapsed());
        held
    }
}
