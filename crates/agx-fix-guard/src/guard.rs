//! The guard itself: opening, entering, leaving, ending.

use crate::late::{LateCall, Log, Who};
use crate::lock::Lock;
use crate::platform::{LongWait, Platform, Thread};
use crate::slot::{Slot, State};
use crate::statistics::Baseline;
use crate::sync::{AtomicU8, AtomicU64, Ordering};
use crate::table::{Place, Storage, Table};
use crate::{retained, statistics};
use core::marker::PhantomData;
use std::time::Duration;

/// The address of an encoder or command buffer. Not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub usize);

/// The number of a call: what the hook table calls the row. Below 2^16 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallId(pub u16);

/// What a call does to the encoder or command buffer that it is made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Encodes, or changes what will be encoded. Late on an ended encoder.
    Encode,
    /// Encodes work for the GPU. Late on an ended encoder; then work is lost.
    Dispatch,
    /// Ends the encoder. Late on an ended encoder.
    End,
    /// The driver's own teardown, also of an encoder that has ended: never late.
    Teardown,
    /// Frees the object: its address may come back as another's.
    Free,
    /// Reads or changes the object, but encodes nothing: never late. All calls on command buffers.
    Access,
}

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which.
    pub id: CallId,
    /// What it does.
    pub kind: Kind,
}

/// Which lock a call takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// The encoder's own.
    #[default]
    PerEncoder,
    /// One for all.
    Global,
}

/// How the guard behaves. To be set before the first call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Which lock a call takes.
    pub sharing: Sharing,
    /// A wait longer than this is reported; `None` for never. Whole milliseconds.
    pub long_wait: Option<Duration>,
}

/// The answer to [`Guard::enter`].
#[derive(Debug)]
pub enum Entry<'g, P: Platform> {
    /// The call may go to the driver, as long as the permit is held.
    Go(Permit<'g, P>),
    /// The encoder has ended: the call must not reach the driver. It has been counted.
    Late(LateCall),
    /// The guard has no slot for it: the call goes to the driver unguarded (I9).
    Unguarded,
}

/// The guard.
#[derive(Debug)]
pub struct Guard<P: Platform> {
    pub(crate) table: Table,
    pub(crate) global: Lock,
    pub(crate) late: Log,
    pub(crate) long_waits: AtomicU64,
    pub(crate) unguarded: AtomicU64,
    pub(crate) baseline: Baseline,
    sharing: AtomicU8,
    long_wait_ms: AtomicU64,
    platform: PhantomData<P>,
}

impl<P: Platform> Guard<P> {
    /// A guard that knows no encoder. `storage` is its own.
    pub const fn new(storage: &'static Storage) -> Self {
        Self {
            table: Table::new(storage),
            global: Lock::new(),
            late: Log::new(),
            long_waits: AtomicU64::new(0),
            unguarded: AtomicU64::new(0),
            baseline: Baseline::new(),
            sharing: AtomicU8::new(0),
            long_wait_ms: AtomicU64::new(0),
            platform: PhantomData,
        }
    }

    /// Sets the behaviour. Not to be changed while calls are inside.
    pub fn configure(&self, config: Config) {
        let long_wait =
            config.long_wait.map_or(0, |limit| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX));
        self.long_wait_ms.store(long_wait, Ordering::Relaxed);
        self.sharing.store((config.sharing == Sharing::Global).into(), Ordering::Relaxed);
    }

    /// Asks for the way to the driver. Waits while another thread is inside an original of the same encoder.
    #[inline]
    pub fn enter(&self, key: Key, call: Call) -> Entry<'_, P> {
        let me = P::thread();
        loop {
            let place = match self.table.find(key) {
                Some(place) => place,
                None => match self.adopt(key, call.kind, me) {
                    Some(place) => place,
                    None => return Entry::Unguarded,
                },
            };
            let (slot, lock) = (place.slot(), self.lock_of(place.slot()));
            if lock.is_mine(me) {
                return Entry::Go(self.permit(place, lock, call, me, true)); // I5
            }
            let generation = slot.generation();
            let waited = !lock.try_lock(me) && self.wait(place, lock, key, call, me);
            if place.key() != key.0 && !waited {
                lock.unlock::<P>(); // freed between look-up and lock: look again
                continue;
            }
            slot.acquisitions.add_one();
            if waited {
                slot.contentions.add_one();
            }
            let reborn = waited && (place.key() != key.0 || slot.generation() != generation);
            if reborn || (slot.state() == State::Ended && call.kind.is_late_after_end()) {
                return Entry::Late(self.refuse(slot, lock, key, call, me));
            }
            slot.set_inside(call.id);
            return Entry::Go(self.permit(place, lock, call, me, false));
        }
    }

    #[inline]
    fn permit<'g>(
        &'g self,
        place: Place<'g>,
        lock: &'g Lock,
        call: Call,
        me: Thread,
        nested: bool,
    ) -> Permit<'g, P> {
        Permit { guard: self, place, lock, call, me, nested, not_send: PhantomData }
    }

    #[inline]
    fn lock_of<'g>(&'g self, slot: &'g Slot) -> &'g Lock {
        if self.sharing.load(Ordering::Relaxed) != 0 {
            &self.global
        } else if slot.alias() == 0 {
            &slot.lock
        } else {
            self.table.by_id(slot.alias()).map_or(&slot.lock, |place| &place.slot().lock)
        }
    }

    /// The slow way into the lock. Always true: it had to wait.
    #[cold]
    fn wait(&self, place: Place<'_>, lock: &Lock, key: Key, call: Call, me: Thread) -> bool {
        let limit =
            Some(self.long_wait_ms.load(Ordering::Relaxed)).filter(|&ms| ms > 0).map(Duration::from_millis);
        lock.lock::<P>(me, limit, |holder| {
            self.long_waits.fetch_add(1, Ordering::Relaxed);
            P::long_wait(&LongWait {
                key,
                call: call.id,
                thread: me,
                holder_call: place.slot().inside(),
                holder,
                limit: limit.unwrap_or_default(),
            });
        });
        true
    }

    /// An encoder that was there before the hooks: open, as far as anybody knows. One that is being freed is not
    /// worth a slot.
    #[cold]
    fn adopt(&self, key: Key, kind: Kind, me: Thread) -> Option<Place<'_>> {
        if kind == Kind::Free {
            return None;
        }
        let place = self.place_for(key, me)?;
        self.locked(place, me, |slot| {
            if place.key() == key.0 && slot.state() == State::Free {
                slot.open(kind != Kind::Access);
            }
        });
        Some(place)
    }

    #[cold]
    fn refuse(&self, slot: &Slot, lock: &Lock, key: Key, call: Call, me: Thread) -> LateCall {
        let (thread, ended_call) = slot.ended_by();
        lock.unlock::<P>();
        let late = LateCall {
            key,
            late: Who { thread: me, call: call.id },
            ended_by: Who { thread, call: ended_call },
        };
        self.late.add(&late, call.kind == Kind::Dispatch);
        late
    }

    /// A factory answered this encoder, for this command buffer. True if it is to be retained until
    /// [`Guard::completed`] names it; false if it is retained already (the driver gave the same pointer again), or the
    /// table is full.
    #[must_use = "the caller owns the reference that goes with it"]
    pub fn opened(&self, encoder: Key, buffer: Key) -> bool {
        let me = P::thread();
        let Some(place) = self.open(encoder, me) else { return false };
        let Some(parent) = self.adopt(buffer, Kind::Access, me) else { return false };
        retained::push::<P>(parent, place, me)
    }

    /// `outer` is a wrapper around `inner` (of a validation layer, say): a call on the one goes on to the other, and both
    /// take one lock, once. To be said before the application knows `outer`.
    pub fn wraps(&self, outer: Key, inner: Key) {
        let me = P::thread();
        if let (Some(outer), Some(inner)) = (self.table.find(outer), self.table.find(inner)) {
            let root = Some(inner.slot().alias()).filter(|&alias| alias != 0).unwrap_or(inner.id());
            if root != outer.id() {
                self.locked(outer, me, |slot| slot.alias.store(root, Ordering::Relaxed));
            }
        }
    }

    /// A queue answered this command buffer. Whatever lived at its address is gone: `release` gets the encoders that
    /// were still retained for it.
    pub fn buffer_opened(&self, buffer: Key, release: impl FnMut(Key)) {
        let me = P::thread();
        self.completed(buffer, release);
        if let Some(place) = self.place_for(buffer, me) {
            self.locked(place, me, |slot| slot.open(false));
        }
    }

    fn open(&self, key: Key, me: Thread) -> Option<Place<'_>> {
        let place = self.place_for(key, me)?;
        self.locked(place, me, |slot| slot.open(true));
        Some(place)
    }

    fn place_for(&self, key: Key, me: Thread) -> Option<Place<'_>> {
        let place = self.table.find_or_insert::<P>(key, me);
        if place.is_none() {
            self.unguarded.fetch_add(1, Ordering::Relaxed);
        }
        place
    }

    /// Changes a slot under its lock, which this thread may hold already. Not counted: no call is waiting.
    fn locked(&self, place: Place<'_>, me: Thread, change: impl FnOnce(&Slot)) {
        let lock = self.lock_of(place.slot());
        let mine = lock.is_mine(me);
        if !mine {
            lock.lock::<P>(me, None, |_| ());
        }
        change(place.slot());
        if !mine {
            lock.unlock::<P>();
        }
    }

    /// The command buffer has completed, or is about to be freed: `release` gets every encoder that was retained for
    /// it, one by one, with no lock held.
    pub fn completed(&self, buffer: Key, mut release: impl FnMut(Key)) {
        let me = P::thread();
        let Some(place) = self.table.find(buffer) else { return };
        while let Some(encoder) = retained::pop::<P>(&self.table, place, me) {
            release(Key(encoder.key()));
        }
    }

    /// What has been counted so far.
    pub fn statistics(&self) -> statistics::Statistics {
        statistics::Statistics::of(self)
    }

    /// Counts from zero again, except for mutexes made.
    pub fn reset_statistics(&self) {
        statistics::reset(self);
    }

    /// In a forked child, before anything else: frees what threads held that do not live on. `before` and `after` are
    /// the forking thread's numbers.
    pub fn after_fork(&self, before: Thread, after: Thread) {
        let slots = self.table.slots().flat_map(|slot| [&slot.lock, &slot.chain]);
        for lock in slots.chain(self.table.insertion_locks()).chain([&self.global]) {
            lock.after_fork(before, after);
        }
    }

    pub(crate) fn is_global(&self) -> bool {
        self.sharing.load(Ordering::Relaxed) != 0
    }
}

impl Kind {
    #[inline]
    const fn is_late_after_end(self) -> bool {
        matches!(self, Self::Encode | Self::Dispatch | Self::End)
    }
}

/// The right to be inside an original. Dropping it lets the next thread in, also when the original unwinds; only
/// [`Permit::done`] says that the original came to its end.
#[derive(Debug)]
pub struct Permit<'g, P: Platform> {
    guard: &'g Guard<P>,
    place: Place<'g>,
    lock: &'g Lock,
    call: Call,
    me: Thread,
    nested: bool,
    /// The lock is the thread's own.
    not_send: PhantomData<*const ()>,
}

impl<P: Platform> Permit<'_, P> {
    /// The original has returned: what the call does has been done.
    #[inline]
    pub fn done(self) {
        if !matches!(self.call.kind, Kind::Encode | Kind::Dispatch | Kind::Access) {
            self.change();
        }
    }

    #[cold]
    fn change(&self) {
        let slot = self.place.slot();
        match self.call.kind {
            // Named after the call that the application made, not after the driver's own steps inside it.
            Kind::End | Kind::Teardown => slot.end(self.me, slot.inside().unwrap_or(self.call.id)),
            Kind::Free => {
                retained::forget::<P>(&self.guard.table, self.place, self.me);
                slot.free();
                self.place.vacate();
            }
            Kind::Encode | Kind::Dispatch | Kind::Access => {}
        }
    }

    /// Whether this call is made from inside another one on the same object, by this thread.
    pub fn is_nested(&self) -> bool {
        self.nested
    }

    /// Whether a completion handler is needed to learn when this command buffer's encoders can be released: true at
    /// most once in the life of a command buffer.
    pub fn claim_completion_handler(&self) -> bool {
        retained::any(self.place) && self.place.slot().claim_handler()
    }
}

impl<P: Platform> Drop for Permit<'_, P> {
    #[inline]
    fn drop(&mut self) {
        if !self.nested {
            self.place.slot().set_outside();
            self.lock.unlock::<P>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::tests::TestPlatform;
    use crate::table::tests::colliding_keys;

    /// I9.
    #[test]
    fn a_call_on_an_encoder_without_a_slot_goes_through_and_is_counted() {
        let guard: Guard<TestPlatform> = Guard::new(Box::leak(Box::new(Storage::new())));
        let keys = colliding_keys();
        let (last, fitting) = keys.split_last().unwrap();
        let call = Call { id: CallId(1), kind: Kind::Dispatch };
        assert!(fitting.iter().all(|&key| matches!(guard.enter(key, call), Entry::Go(_))));
        assert!(matches!(guard.enter(*last, call), Entry::Unguarded));
        assert!(!guard.opened(*last, Key(1 << 40)), "and there is no reference to keep");
        let statistics = guard.statistics();
        assert_eq!((statistics.unguarded, statistics.acquisitions), (2, fitting.len() as u64));
    }
}
