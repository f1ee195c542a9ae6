//! Whether a stress test shows that the guard is needed and holds.
//!
//! - Baselines must have bad runs, guarded rows none.
//! - Locks must have made threads wait: clean runs under a lock that was never contended show nothing.
//! - `isolate`, which does late work elsewhere, must have done so.
//! - Where a lock for each call is not enough, rows with such a lock must have wrong results or unreported losses.

use super::bounds::Rate;
use super::tally::Tally;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::verdict::{Condition, Reason, Standing, Verdict};
use agx_fix_workload::Scenario;

/// A pass takes a baseline that failed and a guarded row that was clean.
pub(super) fn of(rows: &[Tally]) -> Verdict {
    let reason = |(scenario, strategy, condition): (Scenario, Contender, Condition)| {
        let row = rows.iter().find(|row| (row.scenario, row.strategy) == (scenario, strategy));
        let (standing, text) = match row {
            Some(row) => judge(row, condition),
            None => (Standing::NotJudged, "not run".to_owned()),
        };
        Reason { scenario: scenario.name().to_owned(), strategy, condition, standing, text }
    };
    Verdict::of(conditions(rows).map(reason).collect(), &[Condition::Clean, Condition::PositiveControl])
}

/// Everything that a full run is asked, and what else was run.
fn conditions(rows: &[Tally]) -> impl Iterator<Item = (Scenario, Contender, Condition)> {
    let asked = |scenario: Scenario, strategy: Contender| {
        let breaks = scenario.breaks_unguarded();
        [
            (Condition::PositiveControl, breaks && strategy.is_baseline()),
            (Condition::Clean, strategy.must_be_clean(scenario)),
            (Condition::Alive, strategy.excludes() && !strategy.must_be_clean(scenario)),
            (Condition::TornControl, strategy.excludes() && !strategy.must_be_clean(scenario)),
            (Condition::Contention, breaks && strategy.excludes() && !strategy.isolates()),
            (Condition::Rescue, breaks && strategy.isolates()),
        ]
        .into_iter()
        .filter_map(move |(condition, asked)| asked.then_some((scenario, strategy, condition)))
    };
    let was_run = |it: &Contender| rows.iter().any(|row| row.strategy == *it);
    let contenders: Vec<_> =
        Contender::all().filter(|it| Contender::usual().any(|usual| usual == *it) || was_run(it)).collect();
    Scenario::ALL
        .into_iter()
        .flat_map(move |scenario| contenders.clone().into_iter().flat_map(move |it| asked(scenario, it)))
}

fn judge(row: &Tally, condition: Condition) -> (Standing, String) {
    let bad = format!("{} of {} runs bad", row.bad_runs, row.runs);
    let (holds, text) = match condition {
        Condition::Clean if row.is_clean() => (true, format!("{bad}, {}", Rate::of(0, row.runs))),
        Condition::Clean => (false, format!("{bad}: {}", faults(row))),
        Condition::PositiveControl if row.is_clean() => (
            false,
            format!("{bad}: the driver did not fail, so that guarded runs do not either shows nothing"),
        ),
        Condition::PositiveControl => (true, format!("{bad}: {}", faults(row))),
        Condition::Rescue => {
            let (rescued, late) = (row.rescued_dispatches, row.late_dispatches);
            (rescued > 0, format!("{rescued} of {late} late dispatches were done elsewhere"))
        }
        Condition::Alive => {
            let dead = row.crashes + row.hangs;
            (dead == 0, format!("{dead} of {} runs crashed or hung", row.runs))
        }
        Condition::TornControl => {
            let torn = row.lost_unreported + row.wrong;
            (torn > 0, format!("{torn} of {} operations lost unreported or wrong", row.operations))
        }
        Condition::Finding => (false, "a stress test counts no findings, so none is asked of it".to_owned()),
        Condition::Contention if row.contentions == 0 => {
            (false, "0 contentions: the lock excluded nobody, so clean runs under it show nothing".to_owned())
        }
        Condition::Contention => {
            (true, format!("{} of {} acquisitions had to wait", row.contentions, row.acquisitions))
        }
    };
    (Standing::of(holds), text)
}

/// What the bad runs were.
fn faults(row: &Tally) -> String {
    let kinds = [
        (row.crashes, "crashed"),
        (row.hangs, "hung"),
        (row.wrong_runs, "had wrong numbers"),
        (row.unexplained_runs, "had losses that late calls do not explain"),
        (row.miscounted_runs, "had another number of encoders than asked for"),
    ];
    let said = kinds.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    said.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
