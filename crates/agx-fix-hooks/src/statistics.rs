//! The statistics and the findings of this process, gathered from the guard, the observers and the coverage.

use crate::findings::{describe, labels_of_findings};
use crate::guard::GUARD;
use crate::say::call;
use crate::table::selector_text;
use crate::{coverage, labels, paper, settings};
use agx_fix_guard as guard;
use agx_fix_interface::Document as _;
use agx_fix_interface::findings::Findings;
use agx_fix_interface::statistics::{Hold, LateCall, SelectorCount, Statistics};
use agx_fix_interface::waits::Waits;
use std::time::Duration;

fn late_call(late: &guard::LateCall) -> LateCall {
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
        schema: Statistics::SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
        preset: settings::preset().name().into(),
        enabled: coverage::is_installed(),
        acquisitions: counted.acquisitions,
        contentions: counted.contentions,
        mutex_creations: counted.creations,
        late_calls: counted.late_calls,
        late_dispatches: counted.late_dispatches,
        rescued_dispatches: counted.rescued_dispatches,
        long_waits: counted.long_waits,
        waits: waits(counted.wait_times, counted.longest_wait),
        most_contended: labels::most_contended(),
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
        first_late_calls: counted.first_late_calls.iter().map(late_call).collect(),
        classes: coverage::hooked_classes(),
    };
    if settings::policy().has_paper_hooks() {
        [statistics.acquisitions, statistics.contentions, statistics.mutex_creations] = paper::counts();
        let (classes, longest) = paper::waits();
        statistics.waits = waits(classes, longest);
    }
    statistics
}

/// Waits as the statistics have them.
fn waits(classes: Vec<(u64, u64)>, longest: Duration) -> Waits {
    Waits::new(classes, nanoseconds(longest))
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Acquisitions, contentions, waits, late calls and long waits count from zero again; mutexes made do not, as in the
/// paper's library.
pub fn reset_statistics() {
    GUARD.reset_statistics();
    paper::reset();
    labels::reset();
}

/// The findings of this process.
pub fn findings() -> Findings {
    let labels = labels_of_findings();
    let label = |number: usize| labels.get(&number).cloned().unwrap_or_default();
    Findings {
        schema: Findings::SCHEMA.into(),
        pid: std::process::id(),
        findings: GUARD
            .findings()
            .map(|(number, finding, count)| describe(&finding, count, label(number)))
            .collect(),
    }
}
