//! What is said, and the statistics. Nothing is said unless verbose, except before an abort that the user asked for.

use crate::host::GUARD;
use crate::table::selector_text;
use crate::{associated, contended, install, settings};
use agx_fix_guard as guard;
use agx_fix_interface::statistics::{Call, Hold, HookedClass, LateCall, SCHEMA, SelectorCount, Statistics};
use agx_fix_interface::waits::Waits;
use agx_fix_objc::platform;
use core::sync::atomic::{AtomicU32, Ordering};
use std::io::Write as _;
use std::time::Duration;

/// Findings and long waits that are said one by one; beyond that they are counted only.
const SAID_AT_MOST: u32 = 32;

/// One line to standard error and, on macOS, to the unified log. A closed standard error is no error.
pub(crate) fn say(line: &str) {
    platform::log(line);
    let _ = std::io::stderr().write_all(format!("agx-fix: {line}\n").as_bytes());
}

/// The same for what may happen often: when verbose, and not without end.
pub(crate) fn say_event(line: &str) {
    static SAID: AtomicU32 = AtomicU32::new(0);
    if !settings::verbose() || SAID.load(Ordering::Relaxed) > SAID_AT_MOST {
        return;
    }
    match SAID.fetch_add(1, Ordering::Relaxed) {
        before if before < SAID_AT_MOST => say(line),
        SAID_AT_MOST => say("further findings and long waits are counted only"),
        _ => {}
    }
}

/// A wait beyond the limit.
pub(crate) fn long_wait(wait: &guard::LongWait) {
    if !settings::verbose() {
        return;
    }
    let holder = match wait.holder_call {
        Some(call) => format!("{}", self::call(call, wait.holder)),
        None => format!("thread {}", wait.holder),
    };
    let waiting = call(wait.call, wait.thread);
    say_event(&format!(
        "encoder {:#x}: {waiting} waits for over {:?}; held by {holder}",
        wait.key.0, wait.limit
    ));
}

/// A class was hooked.
pub(crate) fn class_hooked(class: &HookedClass) {
    if settings::verbose() {
        say(&format!("hooked {} ({}): {} methods", class.class, class.role, class.guarded));
        for method in &class.unguarded {
            say(&format!("left -[{} {}] alone: {}", class.class, method.selector, method.reason));
        }
    }
}

/// A class could not be hooked: no room.
pub(crate) fn class_left_alone(name: &str) {
    if settings::verbose() {
        say(&format!(
            "left class {name} alone: too many hooked classes, or too many on its line of inheritance"
        ));
    }
}

/// A call, for people.
pub(crate) fn call(call: agx_fix_terms::CallId, thread: guard::Thread) -> Call {
    Call { selector: selector_text(call.0.into()), thread, thread_name: platform::thread_name(thread) }
}

fn finding(late: &guard::LateCall) -> LateCall {
    LateCall {
        encoder: late.key.0 as u64,
        call: call(late.late.call, late.late.thread),
        ended_by: call(late.ended_by.call, late.ended_by.thread),
    }
}

/// The statistics of this process.
pub fn statistics() -> Statistics {
    let counted = GUARD.statistics();
    let mut statistics = Statistics {
        schema: SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
        strategy: settings::strategy().name().into(),
        enabled: install::is_installed(),
        acquisitions: counted.acquisitions,
        contentions: counted.contentions,
        mutex_creations: counted.creations,
        late_calls: counted.late_calls,
        late_dispatches: counted.late_dispatches,
        rescued_dispatches: counted.rescued_dispatches,
        long_waits: counted.long_waits,
        waits: waits(counted.wait_times, counted.longest_wait),
        most_contended: contended::most(),
        longest_hold: counted
            .longest_hold
            .map(|(call, time)| Hold { selector: selector_text(call.0.into()), ns: nanoseconds(time) }),
        retained: counted.retained,
        findings: counted.findings,
        unguarded_calls: counted.unguarded,
        late_by_selector: counted
            .late_by_call
            .iter()
            .map(|&(call, count)| SelectorCount { selector: selector_text(call.0.into()), count })
            .collect(),
        first_late_calls: counted.first_late_calls.iter().map(finding).collect(),
        classes: install::hooked_classes(),
    };
    if settings::reports_hooks() {
        [statistics.acquisitions, statistics.contentions, statistics.mutex_creations] = associated::counts();
        statistics.waits = associated::waits();
    }
    statistics
}

/// Waits as the statistics have them.
pub(crate) fn waits(classes: Vec<(u64, u64)>, longest: Duration) -> Waits {
    Waits::new(classes, nanoseconds(longest))
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Acquisitions, contentions, waits, late calls and long waits count from zero again; mutexes made do not, as in the
/// report's library.
pub fn reset_statistics() {
    GUARD.reset_statistics();
    associated::reset();
    contended::reset();
}
