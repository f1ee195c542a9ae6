//! The options as the hot path reads them: plain loads of words that nobody writes after the start.

use crate::host::GUARD;
use agx_fix_guard::{Config, Mode, Sharing};
use agx_fix_interface::options::{Options, StatsTarget};
use agx_fix_platform as platform;
use agx_fix_terms::{Bindings, Late, LockScope, Misuse, Policy, Preset};
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

static PRESET: AtomicU8 = AtomicU8::new(Preset::Guard as u8);
static POLICY: AtomicU32 = AtomicU32::new(packed(Preset::Guard.policy()));
static GUARDS: AtomicBool = AtomicBool::new(Preset::Guard.policy().guards());
static ISOLATES: AtomicBool = AtomicBool::new(Preset::Guard.policy().isolates());
static WAY: AtomicU8 = AtomicU8::new(way_of(Preset::Guard.policy()) as u8);
static VERBOSE: AtomicBool = AtomicBool::new(false);
static LABELS: AtomicBool = AtomicBool::new(false);

/// Sets the options, before the first device is seen.
pub fn configure(options: &Options) {
    platform::prepare_fences(); // before the first lock is taken
    let policy = options.policy();
    GUARD.configure(Config {
        sharing: match policy.lock {
            LockScope::Global => Sharing::Global,
            LockScope::PerCommandBuffer => Sharing::PerBuffer,
            _ => Sharing::PerEncoder,
        },
        mode: if policy.misuse == Misuse::Detect { Mode::Detect } else { Mode::Guard },
        long_wait: options.lock_warn,
        patience: options.wait_timeout,
        time_holds: options.stats_held,
        rescues: policy.rescues(),
    });
    PRESET.store(options.preset as u8, Ordering::Relaxed);
    POLICY.store(packed(policy), Ordering::Relaxed);
    GUARDS.store(policy.guards(), Ordering::Relaxed);
    ISOLATES.store(policy.isolates(), Ordering::Relaxed);
    WAY.store(way_of(policy) as u8, Ordering::Relaxed);
    VERBOSE.store(options.verbose, Ordering::Relaxed);
    LABELS.store(options.stats != StatsTarget::Nowhere, Ordering::Relaxed);
}

/// A policy in one word, a byte a choice.
const fn packed(policy: Policy) -> u32 {
    let Policy { lock, bindings, late, misuse } = policy;
    u32::from_le_bytes([lock as u8, bindings as u8, late as u8, misuse as u8])
}

/// What the library does.
pub(crate) fn policy() -> Policy {
    let [lock, bindings, late, misuse] = POLICY.load(Ordering::Relaxed).to_le_bytes().map(usize::from);
    Policy {
        lock: LockScope::ALL[lock],
        bindings: Bindings::ALL[bindings],
        late: Late::ALL[late],
        misuse: Misuse::ALL[misuse],
    }
}

/// The preset that was chosen.
pub(crate) fn preset() -> Preset {
    Preset::ALL[usize::from(PRESET.load(Ordering::Relaxed))]
}

/// How a call that encodes can go when there is nothing unusual about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Way {
    /// By all that the strategy does.
    Long = 0,
    /// To the original at once.
    NoLock = 1,
    /// Under the object's own lock.
    OwnLock = 2,
    /// Under a lock that several objects may share.
    SharedLock = 3,
}

/// Whether it is that way.
#[inline]
pub(crate) fn way_is(way: Way) -> bool {
    WAY.load(Ordering::Relaxed) == way as u8
}

const fn way_of(policy: Policy) -> Way {
    match policy.lock {
        _ if matches!(policy.bindings, Bindings::PerThread) => Way::Long,
        LockScope::None => Way::NoLock,
        LockScope::PerEncoder => Way::OwnLock,
        LockScope::Global | LockScope::PerCommandBuffer => Way::SharedLock,
        LockScope::AssociatedObject | LockScope::PaperGlobal => Way::Long,
    }
}

/// Whether the guard decides about calls.
#[inline]
pub(crate) fn guards() -> bool {
    GUARDS.load(Ordering::Relaxed)
}

/// Whether each thread has bindings of its own.
#[inline]
pub(crate) fn isolates() -> bool {
    ISOLATES.load(Ordering::Relaxed)
}

/// Whether contentions are counted by label.
pub(crate) fn counts_by_label() -> bool {
    LABELS.load(Ordering::Relaxed)
}

pub(crate) fn verbose() -> bool {
    VERBOSE.load(Ordering::Relaxed)
}
