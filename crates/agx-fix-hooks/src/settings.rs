//! The options as calls read them: words that are written before the first hook and only read afterwards.
//!
//! What follows from a policy is said by [`Policy`]'s own methods; here it is stored.

use agx_fix_interface::options::{Options, StatsTarget};
use agx_fix_terms::{Bindings, Late, LockScope, Misuse, Policy, Preset};
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

const DEFAULT: Policy = Preset::Guard.policy();

static PRESET: AtomicU8 = AtomicU8::new(Preset::Guard as u8);
static POLICY: AtomicU32 = AtomicU32::new(packed(DEFAULT));
static GUARDS: AtomicBool = AtomicBool::new(DEFAULT.guards());
static ISOLATES: AtomicBool = AtomicBool::new(DEFAULT.isolates());
static VERBOSE: AtomicBool = AtomicBool::new(false);
static LABELS: AtomicBool = AtomicBool::new(false);

/// Stores the options.
pub(crate) fn store(options: &Options) {
    let policy = options.policy();
    PRESET.store(options.preset as u8, Ordering::Relaxed);
    POLICY.store(packed(policy), Ordering::Relaxed);
    GUARDS.store(policy.guards(), Ordering::Relaxed);
    ISOLATES.store(policy.isolates(), Ordering::Relaxed);
    VERBOSE.store(options.verbose, Ordering::Relaxed);
    LABELS.store(options.stats != StatsTarget::Nowhere, Ordering::Relaxed);
}

/// A policy in one word, a byte a choice.
const fn packed(policy: Policy) -> u32 {
    let Policy { lock, bindings, late, misuse } = policy;
    u32::from_le_bytes([lock as u8, bindings as u8, late as u8, misuse as u8])
}

/// Whether the policy has that lock. The lock is the lowest byte.
#[inline]
pub(crate) fn lock_is(scope: LockScope) -> bool {
    POLICY.load(Ordering::Relaxed) as u8 == scope as u8
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

/// Whether what happens is written to standard error.
pub(crate) fn verbose() -> bool {
    VERBOSE.load(Ordering::Relaxed)
}
