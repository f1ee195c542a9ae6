//! What is wrong with a soak.

use crate::run_one::Run;
use agx_fix_workload::SoakOutcome;

/// Memory may grow by so much between a tenth of the time and the end: caches of the allocator, stacks that are touched
/// for the first time.
const GROWTH_KIB: u64 = 16 * 1024;
/// And by this share of what it was, in percent.
const GROWTH_PERCENT: u64 = 10;

/// Each in one sentence; none for a pass.
pub(super) fn faults(run: &Run<SoakOutcome>) -> Vec<String> {
    match run {
        Run::Hung => vec!["it hung".to_owned()],
        Run::Crashed(crash) => vec![format!("it crashed: {crash}")],
        Run::Finished(outcome) => faults_of(outcome),
    }
}

fn faults_of(outcome: &SoakOutcome) -> Vec<String> {
    let mut faults = outcome.complaints.clone();
    if outcome.operations == 0 {
        faults.push("no operation was checked, so it shows nothing".to_owned());
    }
    if outcome.wrong > 0 {
        faults.push(format!("{} operations had wrong numbers", outcome.wrong));
    }
    // Every lost operation is one dispatch that did not reach the driver, and the other way round.
    let late = outcome.statistics.as_ref().map_or(0, |it| it.late_dispatches);
    let named = outcome.findings.as_ref().map_or(0, |it| it.work_withheld());
    if outcome.lost != late || outcome.lost > named {
        faults.push(format!(
            "{} operations were lost, {late} dispatches came late, and findings name {named} losses",
            outcome.lost
        ));
    }
    if let (Some(early), Some(end)) = (outcome.memory_early, outcome.memory_late) {
        let allowed = early + GROWTH_KIB + early * GROWTH_PERCENT / 100;
        if end > allowed {
            faults.push(format!("memory grew from {early} to {end} KiB, where {allowed} KiB are allowed"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_interface::statistics::Statistics;

    fn outcome(lost: u64, late_dispatches: u64) -> SoakOutcome {
        let statistics = Some(Statistics { late_dispatches, ..Statistics::default() });
        SoakOutcome { operations: 10, lost, statistics, ..SoakOutcome::default() }
    }

    #[test]
    fn losses_must_be_late_and_named() {
        assert!(faults_of(&outcome(0, 0)).is_empty());
        assert_eq!(faults_of(&outcome(1, 0)).len(), 1);
        assert_eq!(faults_of(&outcome(1, 1)).len(), 1, "no finding names it");
    }

    #[test]
    fn memory_may_not_grow_much() {
        let grown = |to| SoakOutcome { memory_early: Some(100_000), memory_late: Some(to), ..outcome(0, 0) };
        assert!(faults_of(&grown(126_384)).is_empty());
        assert_eq!(faults_of(&grown(126_385)).len(), 1);
    }

    #[test]
    fn nothing_done_shows_nothing() {
        assert_eq!(faults_of(&SoakOutcome::default()).len(), 1);
        assert_eq!(faults(&Run::Hung), ["it hung"]);
    }
}
