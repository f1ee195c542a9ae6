//! The guard itself: who may go to the driver now.

use crate::buffer::Phase;
use crate::finding::{Class, Finding, Findings, Outcome};
use crate::late::{BufferOfLate, LateCall, Log, Who};
use crate::lock::Lock;
use crate::permit::Permit;
use crate::platform::{LongWait, Platform, Thread};
use crate::slot::{Slot, State};
use crate::statistics::{self, Baseline};
use crate::sync::{AtomicU8, AtomicU64, Instant, Ordering, Protection, Static, protects};
use crate::table::{Place, Storage, Table};
use crate::wait_times::{Holds, WaitTimes};
use crate::waits::Waits;
use const_fn::const_fn;
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
    /// Reads or changes the object, but encodes nothing: never late.
    Access,
    /// Opens an encoder on a command buffer: not while another one is open, and not after the commit.
    Open,
    /// Encodes on a command buffer what cannot stand inside an encoder: likewise.
    Event,
    /// Commits a command buffer: once, and not while an encoder is open. (Metal 4: ends it.)
    Commit,
    /// Begins a command buffer of Metal 4 anew: encoders can be opened again.
    Begin,
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
#[repr(u8)]
pub enum Sharing {
    /// The encoder's own.
    #[default]
    PerEncoder = 0,
    /// One for all.
    Global = 1,
    /// One for a command buffer and its encoders; sub-encoders of a parallel render encoder have their own.
    PerBuffer = 2,
}

/// What the guard does about a misuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Keeps it from the driver.
    #[default]
    Guard,
    /// Holds nobody up, and reports only.
    Detect,
}

/// How the guard behaves. To be set before the first call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Which lock a call takes.
    pub sharing: Sharing,
    /// What is done about a misuse.
    pub mode: Mode,
    /// A wait for a lock that is longer than this is reported; `None` for never. Whole milliseconds.
    pub long_wait: Option<Duration>,
    /// How long a call waits for another thread's encoder to end. Whole milliseconds.
    pub patience: Duration,
    /// Whether holds of locks are timed, with two readings of the clock for each call.
    pub time_holds: bool,
    /// Late work is answered with [`Entry::Late`], as somebody above can do it elsewhere. With [`Sharing::PerBuffer`].
    pub rescues: bool,
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

/// The guard.
#[derive(Debug)]
pub struct Guard<P: Platform> {
    pub(crate) table: Table,
    pub(crate) global: Lock,
    pub(crate) late: Log,
    pub(crate) findings: Findings,
    pub(crate) waits: Waits,
    pub(crate) long_waits: AtomicU64,
    pub(crate) unguarded: AtomicU64,
    /// Waits for an encoder that went meanwhile: acquisitions and contentions that no slot counts.
    pub(crate) in_vain: AtomicU64,
    pub(crate) wait_times: WaitTimes,
    pub(crate) holds: Holds,
    pub(crate) baseline: Baseline,
    sharing: AtomicU8,
    detects: AtomicU8,
    rescues: AtomicU8,
    long_wait_ms: AtomicU64,
    patience_ms: AtomicU64,
    platform: PhantomData<P>,
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl<P: Platform> Guard<P> {
    /// A guard that knows no encoder. `storage` is its own.
    #[const_fn(cfg(not(loom)))]
    pub const fn new(storage: Static<Storage>) -> Self {
        Self {
            table: Table::new(storage),
            global: Lock::new(),
            late: Log::new(),
            findings: Findings::new(),
            waits: Waits::new(),
            long_waits: AtomicU64::new(0),
            unguarded: AtomicU64::new(0),
            in_vain: AtomicU64::new(0),
            wait_times: WaitTimes::new(),
            holds: Holds::new(),
            baseline: Baseline::new(),
            sharing: AtomicU8::new(0),
            detects: AtomicU8::new(0),
            rescues: AtomicU8::new(0),
            long_wait_ms: AtomicU64::new(0),
            patience_ms: AtomicU64::new(0),
            platform: PhantomData,
        }
    }

    /// Sets the behaviour. Not to be changed while calls are inside.
    pub fn configure(&self, config: Config) {
        self.long_wait_ms.store(config.long_wait.map_or(0, milliseconds), Ordering::Relaxed);
        self.patience_ms.store(milliseconds(config.patience), Ordering::Relaxed);
        self.holds.configure(config.time_holds);
        self.detects.store((config.mode == Mode::Detect).into(), Ordering::Relaxed);
        self.rescues.store(config.rescues.into(), Ordering::Relaxed);
        self.sharing.store(config.sharing as u8, Ordering::Relaxed);
    }

    /// Asks for the way to the driver. Waits while another thread is inside an original of the same encoder, and, where
    /// the call opens an encoder or commits, while another thread's encoder is open on the command buffer.
    #[inline]
    pub fn enter(&self, key: Key, call: Call) -> Entry<'_, P> {
        let me = P::thread();
        // Of a call that has to look again: it counts once (I8), and waits in vain once.
        let (mut counted, mut contended, mut in_vain) = (false, false, false);
        loop {
            let place = match self.table.find(key) {
                Some(place) => place,
                None => match self.adopt(key, call.kind, me) {
                    Some(place) => place,
                    None => return Entry::Unguarded,
                },
            };
            let (slot, lock) = (place.slot(), self.lock_of(place.slot()));
            if lock.is_mine(me) && protects(Protection::Nesting) {
                return Entry::Go(Permit::new(self, place, lock, call, me, true)); // I5
            }
            if call.kind == Kind::End && !protects(Protection::EndUnderLock) {
                return Entry::Go(Permit::new(self, place, lock, call, me, true));
            }
            if self.detects() {
                return self.watch(place, lock, key, call, me);
            }
            let life = self.life_of(slot);
            let held = lock.is_held() || !lock.try_lock(me);
            let waited = held && self.wait(place, lock, key, call, me);
            let moved = !waited && place.key() != key.0;
            let reborn = waited
                && (place.key() != key.0 || self.life_of(slot) != life)
                && protects(Protection::Generation);
            if moved || !(reborn || core::ptr::eq(lock, self.lock_of(slot))) {
                lock.unlock::<P>(); // freed, or given another lock, between look-up and lock: look again
                continue;
            }
            if reborn {
                // The slot's counters may be under another lock by now.
                self.in_vain.fetch_add(u64::from(!counted), Ordering::Relaxed);
            } else {
                if !counted {
                    slot.acquisitions.add_one();
                }
                if waited && !contended {
                    slot.contentions.add_one();
                    P::contended(key, call);
                }
            }
            (counted, contended) = (true, contended || waited);
            if !reborn && self.rescues() && slot.state() == State::Ended && call.kind.is_rescued_after_end() {
                return self.late_work(Permit::new(self, place, lock, call, me, false));
            }
            let ended = slot.state() == State::Ended && protects(Protection::EndedCheck);
            if reborn || (ended && call.kind.is_late_after_end()) {
                return self.refuse_late(slot, lock, key, call, me, reborn);
            }
            let permit = Permit::new(self, place, lock, call, me, false);
            if !(call.kind.is_of_buffer() || (call.kind == Kind::End && slot.is_parent())) {
                slot.set_inside(call.id);
                return Entry::Go(permit);
            }
            match self.admit(permit, key, &mut in_vain) {
                Some(entry) => return entry,
                None => continue,
            }
        }
    }

    /// What tells the encoders apart that a caller may have meant when it came. Where late work is done elsewhere, one that
    /// the driver gives again to the same command buffer is still the encoder that its users mean.
    #[inline]
    fn life_of(&self, slot: &Slot) -> u32 {
        if self.rescues() { slot.deaths() } else { slot.generation() }
    }

    #[inline]
    pub(crate) fn lock_of<'g>(&'g self, slot: &'g Slot) -> &'g Lock {
        if self.sharing.load(Ordering::Relaxed) == Sharing::Global as u8 {
            &self.global
        } else if slot.alias() == 0 {
            &slot.lock
        } else {
            self.table.by_id(slot.alias()).map_or(&slot.lock, |place| &place.slot().lock)
        }
    }

    pub(crate) fn is_global(&self) -> bool {
        self.sharing.load(Ordering::Relaxed) == Sharing::Global as u8
    }

    pub(crate) fn is_per_buffer(&self) -> bool {
        self.sharing.load(Ordering::Relaxed) == Sharing::PerBuffer as u8
    }

    /// Whether it only watches.
    #[inline]
    pub fn detects(&self) -> bool {
        self.detects.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn rescues(&self) -> bool {
        self.rescues.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn patience(&self) -> Duration {
        Duration::from_millis(self.patience_ms.load(Ordering::Relaxed))
    }

    /// The limit beyond which a wait for a lock is reported.
    fn long_wait(&self) -> Option<Duration> {
        Some(self.long_wait_ms.load(Ordering::Relaxed)).filter(|&ms| ms > 0).map(Duration::from_millis)
    }

    /// The slow way into the lock. Always true: it had to wait.
    #[cold]
    fn wait(&self, place: Place<'_>, lock: &Lock, key: Key, call: Call, me: Thread) -> bool {
        let began = Instant::now();
        let limit = self.long_wait();
        let turns = || if cfg!(any(loom, shuttle)) { 0 } else { place.slot().acquisitions.get() };
        lock.wait::<P>(me, turns, limit, |holder| {
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
        self.wait_times.add(began.elapsed());
        true
    }

    /// A call on an ended encoder, or on one that went while the call waited. The caller holds `lock`, which is let go of.
    #[cold]
    fn refuse_late(
        &self,
        slot: &Slot,
        lock: &Lock,
        key: Key,
        call: Call,
        me: Thread,
        reborn: bool,
    ) -> Entry<'_, P> {
        if call.kind == Kind::End && !reborn && slot.claim_end_for_owner() {
            lock.unlock::<P>();
            return Entry::Done;
        }
        let (thread, ended_call) = slot.ended_by();
        lock.unlock::<P>();
        Entry::Refused(self.late(key, call, me, Who { thread, call: ended_call }, Outcome::Prevented))
    }

    pub(crate) fn late(&self, key: Key, call: Call, me: Thread, ender: Who, outcome: Outcome) -> Finding {
        let late = Who { thread: me, call: call.id };
        let lossy = call.kind == Kind::Dispatch && outcome == Outcome::Prevented;
        self.late.add(&LateCall { key, late, ended_by: ender }, call.kind == Kind::Dispatch);
        Finding { class: Class::LateCall, outcome, key, who: late, other: Some(ender), lossy }
    }

    /// Counts a finding. Its number, if it is the first of its kind.
    pub fn note(&self, finding: &Finding) -> Option<usize> {
        self.findings.add(finding)
    }

    /// The kinds of finding seen so far: number, the first of the kind, how often.
    pub fn findings(&self) -> impl Iterator<Item = (usize, Finding, u64)> {
        self.findings.all()
    }

    /// How far a command buffer is.
    pub fn phase(&self, buffer: Key) -> Phase {
        self.table.find(buffer).map_or(Phase::Recording, |place| place.slot().record.phase())
    }

    /// What has been counted so far.
    pub fn statistics(&self) -> statistics::Statistics {
        statistics::Statistics::of(self)
    }

    /// Counts from zero again, except for mutexes made.
    pub fn reset_statistics(&self) {
        statistics::reset(self);
    }

    /// Before a fork: waits until no thread is inside one of the guard's short steps that a child could not do without. Until
    /// [`Guard::after_fork_in_parent`] and [`Guard::after_fork`].
    pub fn before_fork(&self) {
        if protects(Protection::BeforeFork) {
            self.table.fork::<P>(P::thread());
        }
    }

    /// In the parent, after a fork.
    pub fn after_fork_in_parent(&self) {
        self.table.forked::<P>();
    }

    /// In a forked child, before anything else: frees what threads held that do not live on. `before` and `after` are
    /// the forking thread's numbers. Attachments are forgotten, as a thread may have been changing one.
    pub fn after_fork(&self, before: Thread, after: Thread) {
        if !protects(Protection::AfterFork) {
            return;
        }
        let slots = self.table.slots().flat_map(|slot| [&slot.lock, &slot.chain]);
        for lock in slots.chain(self.table.insertion_locks()).chain([&self.global, self.waits.lock()]) {
            lock.after_fork(before, after);
        }
        self.table.forked::<P>();
        self.waits.clear();
        for slot in self.table.slots() {
            slot.record.after_fork();
            slot.attachment.store(0, Ordering::Relaxed);
        }
    }
}

impl Kind {
    #[inline]
    pub(crate) const fn is_late_after_end(self) -> bool {
        matches!(self, Self::Encode | Self::Dispatch | Self::End)
    }

    #[inline]
    pub(crate) const fn is_rescued_after_end(self) -> bool {
        matches!(self, Self::Encode | Self::Dispatch)
    }

    /// Whether the state of a command buffer decides.
    #[inline]
    pub(crate) const fn is_of_buffer(self) -> bool {
        matches!(self, Self::Open | Self::Event | Self::Commit)
    }

    /// Whether the object is a command buffer, as far as the call tells: it then counts no lock of its own.
    pub(crate) const fn makes_no_encoder(self) -> bool {
        matches!(self, Self::Access | Self::Open | Self::Event | Self::Commit | Self::Begin)
    }
}

#[cfg(test)]
mod tests;
