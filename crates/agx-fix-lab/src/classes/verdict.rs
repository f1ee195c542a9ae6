//! Whether a row shows what it is there to show.
//!
//! The unguarded driver must have a bad run, and the guarded one none. A guarded row must also have the finding that its
//! program is there for, in some run: a row that is clean because the misuse did not happen shows nothing.

use super::expectation::Expectation;
use super::tally::{ClassTally, Found};
use agx_fix_engine::verdict::{Condition, Reason, Standing};

/// The verdict on one row, with its reason.
pub(super) fn judge(row: &ClassTally) -> Reason {
    let (condition, standing, text) = standing(row);
    Reason { scenario: row.program.name().to_owned(), strategy: row.strategy, condition, standing, text }
}

fn standing(row: &ClassTally) -> (Condition, Standing, String) {
    let control = row.strategy.is_baseline();
    if let Some(what) = &row.unsupported {
        let condition = if control { Condition::PositiveControl } else { Condition::Finding };
        return (condition, Standing::NotJudged, format!("this driver has no {what}"));
    }
    if control {
        let nothing = "the driver did not fail, so that it does not with the guard shows nothing";
        let text = if row.bad_runs > 0 { bad(row) } else { nothing.to_owned() };
        return (Condition::PositiveControl, Standing::of(row.bad_runs > 0), text);
    }
    if !row.strategy.excludes() {
        return (Condition::Finding, Standing::NotJudged, "measured for comparison".to_owned());
    }
    let (condition, holds, text) = guarded(row);
    (condition, Standing::of(holds), text)
}

fn guarded(row: &ClassTally) -> (Condition, bool, String) {
    match Expectation::of(row.program, row.strategy) {
        Expectation::ReportedOnly(class) => {
            let told = row.crashes_told == row.bad_runs && !row.found.is_empty();
            let text = if told { "said before the driver failed" } else { "the driver failed without" };
            (Condition::Finding, told, format!("finding {class}: {text}"))
        }
        _ if row.bad_runs > 0 => (Condition::Clean, false, bad(row)),
        Expectation::Excluded if row.contentions == 0 => {
            (Condition::Contention, false, "the threads never met".to_owned())
        }
        Expectation::Excluded => (Condition::Contention, true, "one thread at a time".to_owned()),
        Expectation::Found(class, outcome, others) => {
            let counts = |found: &Found| {
                found.outcome == outcome && (found.class == class || others.contains(&found.class))
            };
            let found = row.found.iter().any(counts);
            let missing = if found { "" } else { " is missing" };
            (Condition::Finding, found, format!("finding {class} ({outcome}){missing}"))
        }
    }
}

fn bad(row: &ClassTally) -> String {
    let worst = row.faults.first().map_or("", |fault| &fault.text);
    format!("{} of {} runs bad: {worst}", row.bad_runs, row.runs)
}
