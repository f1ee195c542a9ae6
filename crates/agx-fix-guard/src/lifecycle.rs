//! Opening and forgetting encoders and command buffers.

use crate::guard::{FastPath, Guard};
use crate::ids::{Key, SlotId, Thread, Who};
use crate::platform::Platform;
use crate::retained;
use crate::slot::{Slot, State};
use crate::sync::{Ordering, Protection, protects};
use crate::table::Place;
use agx_fix_terms::{Call, CallKind, Phase};

/// Who makes an encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// A command buffer, on which it is then open.
    Buffer(Key),
    /// A parallel render encoder, which makes several.
    Encoder(Key),
}

impl<P: Platform> Guard<P> {
    /// An object that was there before the hooks: open, as far as anybody knows. One that is being freed is not worth a
    /// slot.
    #[cold]
    pub(crate) fn adopt(&self, key: Key, kind: CallKind, me: Thread) -> Option<Place<'_>> {
        if kind == CallKind::Free {
            return None;
        }
        let place = self.place_for(key, me)?;
        self.locked(place, me, |slot| {
            if place.key() == key.0 && slot.state() == State::Free {
                self.open(slot, key, !kind.makes_no_encoder(), 0);
            }
        });
        Some(place)
    }

    /// A factory (`call`) has answered this encoder. True if it is to be retained until [`Guard::completed`] names it;
    /// false if it is retained already (the driver gave the same pointer again), or the table is full.
    #[must_use = "the caller owns the reference that goes with it"]
    pub fn opened(&self, encoder: Key, maker: Maker, call: Call) -> bool {
        let me = P::thread();
        let (Maker::Buffer(parent) | Maker::Encoder(parent)) = maker;
        let Some(parent) = self.adopt(parent, CallKind::Access, me) else { return false };
        let exclusive = matches!(maker, Maker::Buffer(_));
        let alias = if exclusive && self.is_per_buffer() { self.root(parent) } else { 0 };
        let opened = self.locked_at(encoder, me, |place| {
            self.open(place.slot(), encoder, true, alias);
            // Whose record says that it is open: its own, if it is one of several.
            let home = if exclusive { parent } else { place };
            place.slot().set_home(home.id(), home.slot().generation());
            home
        });
        let Some((place, home)) = opened else { return false };
        home.slot().buffer.set_open(place.id(), Who { thread: me, call: call.id });
        protects(Protection::Retain) && retained::push::<P>(parent, place, me)
    }

    /// The slot whose lock an object takes.
    fn root(&self, place: Place<'_>) -> SlotId {
        Some(place.slot().alias()).filter(|&alias| alias != 0).unwrap_or(place.id())
    }

    /// `outer` is a wrapper around `inner` (of a validation layer, say): a call on the one goes on to the other, and both
    /// take one lock, once. To be said before the application knows `outer`.
    pub fn wraps(&self, outer: Key, inner: Key) {
        let me = P::thread();
        if let (Some(outer), Some(inner)) = (self.table.find(outer), self.table.find(inner)) {
            let root = self.root(inner);
            if root != outer.id() {
                self.locked(outer, me, |slot| slot.set_alias(root));
            }
        }
    }

    /// A queue answered this command buffer. Whatever lived at its address is gone: `release` gets the encoders that
    /// were still retained for it.
    pub fn buffer_opened(&self, buffer: Key, release: impl FnMut(Key)) {
        let me = P::thread();
        self.completed(buffer, release);
        self.locked_at(buffer, me, |place| self.open(place.slot(), buffer, false, 0));
    }

    fn open(&self, slot: &Slot, key: Key, counted: bool, alias: SlotId) {
        slot.open(counted, alias);
        if alias == 0 && self.fast_path_is(FastPath::OwnLock) {
            slot.open_fast_path(key);
        }
    }

    fn place_for(&self, key: Key, me: Thread) -> Option<Place<'_>> {
        let place = self.table.find_or_insert::<P>(key, me);
        if place.is_none() {
            self.unguarded.fetch_add(1, Ordering::Relaxed);
        }
        place
    }

    /// Changes the slot of a new object under its lock. The address may be that of an object whose end is not quite over:
    /// the memory is free already, and the slot will be when the lock is. `None` if the table is full.
    fn locked_at<'g, T>(
        &'g self,
        key: Key,
        me: Thread,
        change: impl Fn(Place<'g>) -> T,
    ) -> Option<(Place<'g>, T)> {
        loop {
            let place = self.place_for(key, me)?;
            let lock = self.lock_slot(place.slot());
            let mut changed = None;
            self.locked(place, me, |slot| {
                let is_still_there = place.key() == key.0 && core::ptr::eq(lock, self.lock_slot(slot));
                changed = is_still_there.then(|| change(place));
            });
            if let Some(changed) = changed {
                return Some((place, changed));
            }
        }
    }

    /// Changes a slot under its lock, which this thread may hold already. Not counted: no call is waiting.
    fn locked(&self, place: Place<'_>, me: Thread, change: impl FnOnce(&Slot)) {
        if self.detects() {
            return change(place.slot()); // nobody is held up
        }
        let lock = &self.lock_slot(place.slot()).lock;
        let _held = if lock.is_mine(me) { None } else { Some(lock.lock_as::<P>(me)) };
        change(place.slot());
    }

    /// The command buffer's work is done, or it is about to be freed or begun anew: `release` gets every encoder that
    /// was retained for it, one by one, with no lock held.
    pub fn completed(&self, buffer: Key, mut release: impl FnMut(Key)) {
        let me = P::thread();
        let Some(place) = self.table.find(buffer) else { return };
        while let Some(encoder) = retained::pop::<P>(&self.table, place, me) {
            release(Key(encoder.key()));
        }
    }

    /// The GPU is done with the command buffer.
    pub fn finished(&self, buffer: Key) {
        if let Some(place) = self.table.find(buffer) {
            place.slot().buffer.advance(Phase::Completed);
        }
    }

    /// Whether the guard holds a reference to this encoder, which is open.
    pub fn retains_open(&self, encoder: Key) -> bool {
        self.table
            .find(encoder)
            .is_some_and(|place| place.slot().is_open() && place.slot().parent.load(Ordering::Relaxed) != 0)
    }
}
