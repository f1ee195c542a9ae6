//! The options as the hot path reads them: plain loads of words that nobody writes after the start.

use crate::host::GUARD;
use agx_fix_guard::{Config, Sharing};
use agx_fix_interface::options::{LateCall, Options, Strategy};
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

static STRATEGY: AtomicU8 = AtomicU8::new(code(Strategy::PerEncoder));
static ABORT_ON_LATE_CALL: AtomicBool = AtomicBool::new(false);
static VERBOSE: AtomicBool = AtomicBool::new(false);

/// Sets the options, before the first device is seen.
pub fn configure(options: &Options) {
    let sharing = match options.strategy {
        Strategy::Global => Sharing::Global,
        Strategy::None | Strategy::AssociatedObject | Strategy::PerEncoder => Sharing::PerEncoder,
    };
    GUARD.configure(Config { sharing, long_wait: options.lock_warn });
    STRATEGY.store(code(options.strategy), Ordering::Relaxed);
    ABORT_ON_LATE_CALL.store(options.late_call == LateCall::Abort, Ordering::Relaxed);
    VERBOSE.store(options.verbose, Ordering::Relaxed);
}

#[inline]
pub(crate) fn strategy() -> Strategy {
    match STRATEGY.load(Ordering::Relaxed) {
        0 => Strategy::None,
        1 => Strategy::Global,
        2 => Strategy::AssociatedObject,
        _ => Strategy::PerEncoder,
    }
}

/// Whether the strategy is one of the guard's.
#[inline]
pub(crate) fn guards() -> bool {
    matches!(strategy(), Strategy::Global | Strategy::PerEncoder)
}

pub(crate) fn abort_on_late_call() -> bool {
    ABORT_ON_LATE_CALL.load(Ordering::Relaxed)
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
    }
}
