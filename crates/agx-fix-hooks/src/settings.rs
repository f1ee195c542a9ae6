//! The options as the hot path reads them: plain loads of words that nobody writes after the start.

use crate::host::GUARD;
use agx_fix_guard::Config;
use agx_fix_interface::options::{self, Hooks, LateCall, Options, StatsTarget, Strategy};
use agx_fix_objc::platform;
use agx_fix_terms::{Bindings, Late, LockScope, Misuse, Policy};
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

static STRATEGY: AtomicU8 = AtomicU8::new(code(Strategy::PerEncoder));
static REPORTS_GLOBAL: AtomicBool = AtomicBool::new(false);
static ISOLATES: AtomicBool = AtomicBool::new(false);
static ABORT_ON_LATE_CALL: AtomicBool = AtomicBool::new(false);
static STRICT: AtomicBool = AtomicBool::new(false);
static VERBOSE: AtomicBool = AtomicBool::new(false);
static LABELS: AtomicBool = AtomicBool::new(false);

/// Sets the options, before the first device is seen.
pub fn configure(options: &Options) {
    platform::prepare_fences(); // before the first lock is taken
    let policy = policy(options);
    GUARD.configure(Config {
        policy,
        long_wait: options.lock_warn,
        wait_timeout: options.patience,
        time_holds: options.stats_held,
    });
    // Nothing protects what is kept for each thread where nobody is held up.
    ISOLATES.store(policy.isolates(), Ordering::Relaxed);
    STRICT.store(options.mode == options::Mode::Strict, Ordering::Relaxed);
    STRATEGY.store(code(options.strategy), Ordering::Relaxed);
    REPORTS_GLOBAL.store(policy.lock == LockScope::PaperGlobal, Ordering::Relaxed);
    ABORT_ON_LATE_CALL.store(options.late_call == LateCall::Abort, Ordering::Relaxed);
    VERBOSE.store(options.verbose, Ordering::Relaxed);
    LABELS.store(options.stats != StatsTarget::Nowhere, Ordering::Relaxed);
}

fn policy(options: &Options) -> Policy {
    Policy {
        lock: match options.strategy {
            Strategy::None => LockScope::None,
            Strategy::AssociatedObject => LockScope::AssociatedObject,
            Strategy::Global if options.hooks == Hooks::Report => LockScope::PaperGlobal,
            Strategy::Global => LockScope::Global,
            Strategy::PerEncoder => LockScope::PerEncoder,
            Strategy::PerCommandBuffer | Strategy::Isolate => LockScope::PerCommandBuffer,
        },
        bindings: if options.strategy == Strategy::Isolate { Bindings::PerThread } else { Bindings::NotKept },
        late: match options.late_call {
            LateCall::Skip => Late::Skip,
            LateCall::Rescue => Late::Rescue,
            LateCall::Abort => Late::Abort,
        },
        misuse: match options.mode {
            options::Mode::Guard => Misuse::Prevent,
            options::Mode::Detect => Misuse::Detect,
            options::Mode::Strict => Misuse::Strict,
        },
    }
}

#[inline]
pub(crate) fn strategy() -> Strategy {
    match STRATEGY.load(Ordering::Relaxed) {
        0 => Strategy::None,
        1 => Strategy::Global,
        2 => Strategy::AssociatedObject,
        4 => Strategy::PerCommandBuffer,
        5 => Strategy::Isolate,
        _ => Strategy::PerEncoder,
    }
}

/// Whether the strategy is the report's global mutex, which passes the guard by.
#[inline]
pub(crate) fn reports_global() -> bool {
    REPORTS_GLOBAL.load(Ordering::Relaxed)
}

/// Whether there are no more hooks than the report's four.
pub(crate) fn reports_hooks() -> bool {
    reports_global() || strategy() == Strategy::AssociatedObject
}

/// Whether the strategy is one of the guard's.
#[inline]
pub(crate) fn guards() -> bool {
    !matches!(strategy(), Strategy::None | Strategy::AssociatedObject) && !reports_global()
}

/// Whether each thread has bindings of its own.
#[inline]
pub(crate) fn isolates() -> bool {
    ISOLATES.load(Ordering::Relaxed)
}

pub(crate) fn abort_on_late_call() -> bool {
    ABORT_ON_LATE_CALL.load(Ordering::Relaxed)
}

/// Whether nobody is held up, and the driver sees every call.
pub(crate) fn detects() -> bool {
    GUARD.detects()
}

/// Whether the first finding ends the process.
pub(crate) fn strict() -> bool {
    STRICT.load(Ordering::Relaxed)
}

/// Whether contentions are counted by label.
pub(crate) fn counts_by_label() -> bool {
    LABELS.load(Ordering::Relaxed)
}

pub(crate) fn verbose() -> bool {
    VERBOSE.load(Ordering::Relaxed)
}

const fn code(strategy: Strategy) -> u8 {
    match strategy {
        Strategy::None => 0,
        Strategy::Global => 1,
        Strategy::AssociatedObject => 2,
        Strategy::PerEncoder => 3,
        Strategy::PerCommandBuffer => 4,
        Strategy::Isolate => 5,
    }
}
