//! The guard: its parts, its configuration, and what a fork does to it. What calls do with it is in the files above
//! ([`crate::fast_path`], [`crate::enter`], [`crate::lifecycle`]).

use crate::finding::{Finding, Findings};
use crate::ids::{Key, Thread};
use crate::late::LateCalls;
use crate::platform::Platform;
use crate::slot::Slot;
use crate::sync::{AtomicU8, AtomicU64, Ordering, Protection, Static, protects};
use crate::table::{Storage, Table};
use crate::wait_times::{Holds, WaitTimes};
use crate::waits::Waits;
use agx_fix_terms::{LockScope, Phase, Policy, Preset};
use const_fn::const_fn;
use core::marker::PhantomData;
use std::time::Duration;

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
    /// That policy; no call waits for an encoder, and no wait for a lock is reported.
    pub const fn new(policy: Policy) -> Self {
        Self { policy, long_wait: None, wait_timeout: Duration::ZERO, time_holds: false }
    }

    /// Detecting, every call is looked at; with bindings for each thread, the front end writes every call down; and the fast
    /// path does not read the clock.
    fn fast_path(&self) -> FastPath {
        match self.policy.lock {
            LockScope::None => FastPath::NoLock,
            _ if self.time_holds || self.policy.detects() || self.policy.isolates() => FastPath::Closed,
            LockScope::PerEncoder => FastPath::OwnLock,
            LockScope::Global | LockScope::PerCommandBuffer => FastPath::SharedLock,
            LockScope::AssociatedObject | LockScope::PaperGlobal => FastPath::Closed,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new(Preset::default().policy())
    }
}

/// What the fast path does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FastPath {
    /// Nothing: every call takes the slow path.
    Closed,
    /// It goes to the original at once.
    NoLock,
    /// It takes the object's own lock.
    OwnLock,
    /// It takes a lock that several objects may share.
    SharedLock,
}

/// The guard.
#[derive(Debug)]
pub struct Guard<P: Platform> {
    pub(crate) table: Table,
    /// Its lock is the one for all, and what lies beside the lock in a slot is used with it.
    pub(crate) global: Slot,
    pub(crate) late_calls: LateCalls,
    pub(crate) findings: Findings,
    pub(crate) waits: Waits,
    pub(crate) long_waits: AtomicU64,
    pub(crate) unguarded: AtomicU64,
    pub(crate) wait_times: WaitTimes,
    pub(crate) holds: Holds,
    /// The sums over all slots at the last reset: slots' counters are written under locks that a reset does not take.
    pub(crate) acquisitions_before: AtomicU64,
    pub(crate) contentions_before: AtomicU64,
    lock_scope: AtomicU8,
    fast_path: AtomicU8,
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
            global: Slot::new(),
            late_calls: LateCalls::new(),
            findings: Findings::new(),
            waits: Waits::new(),
            long_waits: AtomicU64::new(0),
            unguarded: AtomicU64::new(0),
            wait_times: WaitTimes::new(),
            holds: Holds::new(),
            acquisitions_before: AtomicU64::new(0),
            contentions_before: AtomicU64::new(0),
            lock_scope: AtomicU8::new(LockScope::PerEncoder as u8),
            fast_path: AtomicU8::new(FastPath::OwnLock as u8),
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
        self.fast_path.store(config.fast_path() as u8, Ordering::Relaxed);
        self.lock_scope.store(config.policy.lock as u8, Ordering::Relaxed);
    }

    /// The slot whose lock calls on an object take: `slot` is the object's.
    #[inline]
    pub(crate) fn lock_slot<'g>(&'g self, slot: &'g Slot) -> &'g Slot {
        if self.is_global() {
            &self.global
        } else if slot.alias() == 0 {
            slot
        } else {
            self.table.by_id(slot.alias()).map_or(slot, |place| place.slot())
        }
    }

    #[inline]
    pub(crate) fn is_global(&self) -> bool {
        self.lock_scope.load(Ordering::Relaxed) == LockScope::Global as u8
    }

    pub(crate) fn is_per_buffer(&self) -> bool {
        self.lock_scope.load(Ordering::Relaxed) == LockScope::PerCommandBuffer as u8
    }

    #[inline]
    pub(crate) fn fast_path_is(&self, fast_path: FastPath) -> bool {
        self.fast_path.load(Ordering::Relaxed) == fast_path as u8
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
    pub(crate) fn long_wait(&self) -> Option<Duration> {
        Some(self.long_wait_ms.load(Ordering::Relaxed)).filter(|&ms| ms > 0).map(Duration::from_millis)
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
        self.table.find(buffer).map_or(Phase::Recording, |place| place.slot().buffer.phase())
    }

    /// Before a fork: waits until no thread is inside one of the guard's short steps that a child could not do without, and
    /// keeps threads out of them until [`Guard::after_fork_in_parent`] or [`Guard::after_fork`].
    pub fn before_fork(&self) {
        if protects(Protection::BeforeFork) {
            self.table.growing().hold_for_fork::<P>();
        }
    }

    /// In the parent, after a fork.
    pub fn after_fork_in_parent(&self) {
        self.table.growing().release_after_fork::<P>();
    }

    /// In a forked child, before anything else: frees the locks of threads that the child does not have. `before` and `after`
    /// are the forking thread's numbers. Attachments are forgotten, as a thread may have been changing one.
    pub fn after_fork(&self, before: Thread, after: Thread) {
        if !protects(Protection::AfterFork) {
            return;
        }
        let slots = self.table.slots().flat_map(|slot| [&slot.lock, &slot.chain]);
        let others = [&self.global.lock, self.waits.lock()];
        for lock in slots.chain(self.table.insertion_locks()).chain(others) {
            lock.after_fork(before, after);
        }
        self.table.growing().release_after_fork::<P>();
        self.waits.clear();
        for slot in self.table.slots() {
            slot.buffer.after_fork();
            slot.attachment.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
