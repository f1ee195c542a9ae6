//! The guard itself: who may go to the driver now.

use crate::finding::{Finding, Findings};
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
use agx_fix_terms::{Call, CallKind, FindingClass, LockScope, Outcome, Phase, Policy, Preset};
use const_fn::const_fn;
use core::marker::PhantomData;
use std::time::Duration;

/// The address of an encoder or command buffer. Not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub usize);

/// How the guard behaves. To be set before the first call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Which lock a call takes, and what is done about misuse and late calls.
    pub policy: Policy,
    /// A wait for a lock that is longer than this is reported; `None` for never. Whole milliseconds.
    pub long_wait: Option<Duration>,
    /// How long a call waits for another thread's encoder to end. Whole milliseconds.
    pub wait_timeout: Duration,
    /// Whether holds of locks are timed, with two readings of the clock for each call.
    pub time_holds: bool,
}

impl Config {
    /// That policy; no wait for an encoder, and no report of a wait for a lock.
    pub const fn new(policy: Policy) -> Self {
        Self { policy, long_wait: None, wait_timeout: Duration::ZERO, time_holds: false }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new(Preset::default().policy())
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
    lock_scope: AtomicU8,
    detects: AtomicU8,
    rescues: AtomicU8,
    long_wait_ms: AtomicU64,
    wait_timeout_ms: AtomicU64,
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
            lock_scope: AtomicU8::new(LockScope::PerEncoder as u8),
            detects: AtomicU8::new(0),
            rescues: AtomicU8::new(0),
            long_wait_ms: AtomicU64::new(0),
            wait_timeout_ms: AtomicU64::new(0),
            platform: PhantomData,
        }
    }

    /// Sets the behaviour. Not to be changed while calls are inside.
    pub fn configure(&self, config: Config) {
        self.long_wait_ms.store(config.long_wait.map_or(0, milliseconds), Ordering::Relaxed);
        self.wait_timeout_ms.store(milliseconds(config.wait_timeout), Ordering::Relaxed);
        self.holds.configure(config.time_holds);
        self.detects.store(config.policy.detects().into(), Ordering::Relaxed);
        self.rescues.store(config.policy.rescues().into(), Ordering::Relaxed);
        self.lock_scope.store(config.policy.lock as u8, Ordering::Relaxed);
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
            if call.kind == CallKind::End && !protects(Protection::EndUnderLock) {
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
            if !(call.kind.is_of_buffer() || (call.kind == CallKind::End && slot.is_parent())) {
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
        if self.lock_scope.load(Ordering::Relaxed) == LockScope::Global as u8 {
            &self.global
        } else if slot.alias() == 0 {
            &slot.lock
        } else {
            self.table.by_id(slot.alias()).map_or(&slot.lock, |place| &place.slot().lock)
        }
    }

    pub(crate) fn is_global(&self) -> bool {
        self.lock_scope.load(Ordering::Relaxed) == LockScope::Global as u8
    }

    pub(crate) fn is_per_buffer(&self) -> bool {
        self.lock_scope.load(Ordering::Relaxed) == LockScope::PerCommandBuffer as u8
    }

    /// Whether it only watches.
    #[inline]
    pub fn detects(&self) -> bool {
        self.detects.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn rescues(&self) -> bool {
        self.rescues.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn wait_timeout(&self) -> Duration {
        Duration::from_millis(self.wait_timeout_ms.load(Ordering::Relaxed))
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
        if call.kind == CallKind::End && !reborn && slot.claim_end_for_owner() {
            lock.unlock::<P>();
            return Entry::Done;
        }
        let (thread, ended_call) = slot.ended_by();
        lock.unlock::<P>();
        Entry::Refused(self.late(key, call, me, Who { thread, call: ended_call }, Outcome::Prevented))
    }

    pub(crate) fn late(&self, key: Key, call: Call, me: Thread, ender: Who, outcome: Outcome) -> Finding {
        let late = Who { thread: me, call: call.id };
        let lossy = call.kind == CallKind::Dispatch && outcome == Outcome::Prevented;
        self.late.add(&LateCall { key, late, ended_by: ender }, call.kind == CallKind::Dispatch);
        Finding { class: FindingClass::LateCall, outcome, key, who: late, other: Some(ender), lossy }
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

#[cfg(test)]
mod tests;
