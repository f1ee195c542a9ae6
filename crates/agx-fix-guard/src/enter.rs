//! The slow path: any call on any object, in three steps. [`Guard::acquire`] takes the lock, [`Guard::count`] counts the call,
//! [`Guard::decide`] says by the object's state what becomes of it.

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
    held: Held<'g, P, Slot>,
    waited: bool,
    /// The object was freed, or began another life, while the call waited.
    stale: bool,
}

/// What has been counted of a call. It may be looked at again, and counts once all the same (I8).
struct Counted {
    acquisition: bool,
    contention: bool,
}

/// What becomes of a call whose lock is held.
enum Verdict {
    Go,
    /// It comes late.
    Refused,
    /// It comes late, and its work can be done elsewhere.
    LateWork,
    /// What is open on its command buffer, or was made by its encoder, decides: [`Guard::admit`].
    Unclear,
}

impl<P: Platform + Observer> Guard<P> {
    /// Asks whether a call may go to the driver. Waits while another thread is inside an original of the same encoder, and, if
    /// the call opens an encoder or commits, while another thread's encoder is open on the command buffer.
    #[inline]
    pub fn enter(&self, key: Key, call: Call) -> Entry<'_, P> {
        let request = Request { key, call, me: P::thread() };
        let (mut counted, mut wait_timed_out) = (Counted { acquisition: false, contention: false }, false);
        loop {
            let Some(place) = self.table.find(key).or_else(|| self.adopt(key, call.kind, request.me)) else {
                return Entry::Unguarded;
            };
            let lock = self.lock_slot(place.slot());
            if Self::needs_no_lock(lock, request) {
                return Entry::Go(Permit::new(self, place, request, None));
            }
            if self.detects() {
                return self.watch(place, request);
            }
            let Some(acquired) = self.acquire(place, lock, request) else { continue };
            Self::count(request, &acquired, &mut counted);
            match self.decide(place, request, acquired.stale) {
                Verdict::Go => return Entry::Go(Permit::new(self, place, request, Some(acquired.held))),
                Verdict::Refused => {
                    return self.refuse_late(place.slot(), acquired.held, request, acquired.stale);
                }
                Verdict::LateWork => {
                    return self.late_work(Permit::new(self, place, request, Some(acquired.held)));
                }
                Verdict::Unclear => {
                    let permit = Permit::new(self, place, request, Some(acquired.held));
                    if let Some(entry) = self.admit(permit, request, &mut wait_timed_out) {
                        return entry;
                    }
                }
            }
        }
    }

    /// The thread is inside already (I5).
    #[inline]
    fn needs_no_lock(lock: &Slot, request: Request) -> bool {
        lock.lock.is_mine(request.me) && protects(Protection::Nesting)
            || request.call.kind == CallKind::End && !protects(Protection::EndUnderLock)
            || !protects(Protection::Lock)
    }

    /// Takes the lock of the object at `place`. `None` if the object was freed, or was given another lock, between look-up and
    /// lock.
    #[inline]
    fn acquire<'g>(&self, place: Place<'_>, lock: &'g Slot, request: Request) -> Option<Acquired<'g, P>> {
        let slot = place.slot();
        let life = self.life_of(slot);
        let held = if lock.lock.is_held() { None } else { Held::try_lock(lock, request.me) };
        let waited = held.is_none();
        let held = held.unwrap_or_else(|| self.wait(lock, request));
        let moved = place.key() != request.key.0;
        let stale = waited && (moved || self.life_of(slot) != life) && protects(Protection::Generation);
        let is_still_there = (waited || !moved) && core::ptr::eq(lock, self.lock_slot(slot));
        if !((stale && protects(Protection::StaleIsLate)) || is_still_there) {
            return None;
        }
        Some(Acquired { held, waited, stale })
    }

    #[inline]
    fn count(request: Request, acquired: &Acquired<'_, P>, counted: &mut Counted) {
        let lock = acquired.held.locked();
        if !counted.acquisition {
            lock.acquisitions.add_one();
        }
        if acquired.waited && !counted.contention {
            lock.contentions.add_one();
            if !acquired.stale {
                P::contended(request.key, request.call);
            }
        }
        counted.acquisition = protects(Protection::CountedOnce);
        counted.contention |= acquired.waited;
    }

    #[inline]
    fn decide(&self, place: Place<'_>, request: Request, stale: bool) -> Verdict {
        let (slot, kind) = (place.slot(), request.call.kind);
        let has_ended = slot.state() == State::Ended;
        if has_ended && !stale && self.rescues() && kind.is_rescued_after_end() {
            return Verdict::LateWork;
        }
        if stale || (has_ended && kind.is_late_after_end() && protects(Protection::EndedCheck)) {
            return Verdict::Refused;
        }
        if kind.is_of_buffer() || (kind == CallKind::End && slot.is_parent()) {
            return Verdict::Unclear;
        }
        Verdict::Go
    }

    /// What tells the encoders apart that a caller may have meant. Where late work is done elsewhere, an encoder that the driver
    /// hands out again for the same command buffer is still the encoder that its users mean.
    #[inline]
    fn life_of(&self, slot: &Slot) -> u32 {
        if self.rescues() { slot.free_count() } else { slot.generation() }
    }

    /// Waits for a lock that another thread holds.
    #[cold]
    fn wait<'g>(&self, lock: &'g Slot, request: Request) -> Held<'g, P, Slot> {
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
