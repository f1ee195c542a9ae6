//! Clocks (`time.h`), whose numbers differ. `timespec` and `timeval` have the same layout.

use super::super::{ShimRow, functions};
use std::ffi::c_int;

pub(super) fn rows() -> Vec<ShimRow> {
    functions! {
        "_clock_gettime" => clock;
        "_gettimeofday" => libc::gettimeofday;
    }
}

/// clock_gettime(3): the time of day; since the start with and without sleep.
unsafe extern "C" fn clock(clock: c_int, time: *mut libc::timespec) -> c_int {
    let clock = match clock {
        0 => libc::CLOCK_REALTIME,
        // CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW
        6 | 4 => libc::CLOCK_BOOTTIME,
        // CLOCK_UPTIME_RAW, which std's Instant is
        8 => libc::CLOCK_MONOTONIC,
        _ => crate::stop(&format!("clock_gettime is called for the clock {clock}")),
    };
    // SAFETY: the caller's variable.
    unsafe { libc::clock_gettime(clock, time) }
}
