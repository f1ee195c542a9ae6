//! Whether a row shows what it is there to show.
//!
//! "Some bad run" of the unguarded driver and "none" of the guarded one are asked for, never a rate. A guarded row must
//! also have the finding that its program is there for, in some run: a row that is clean because the misuse did not
//! happen shows nothing.

use super::expectation::Expectation;
use super::tally::ClassTally;
use agx_fix_engine::verdict::Standing;

/// The verdict on one row, with its reason.
pub(super) fn judge(row: &ClassTally) -> (Standing, String) {
    if let Some(what) = &row.unsupported {
        return (Standing::NotJudged, format!("this driver has no {what}"));
    }
    if row.strategy.is_baseline() {
        return unguarded(row);
    }
    if !row.strategy.excludes() {
        return (Standing::NotJudged, "measured for comparison".to_owned());
    }
    let (holds, text) = match Expectation::of(row.program, row.strategy) {
        Expectation::ReportedOnly(class) => {
            let told = row.crashes_told == row.bad_runs && !row.found.is_empty();
            let text = if told { "said before the driver failed" } else { "the driver failed without" };
            (told, format!("finding {class}: {text}"))
        }
        _ if row.bad_runs > 0 => (false, bad(row)),
        Expectation::Excluded if row.contentions == 0 => (false, "the threads never met".to_owned()),
        Expectation::Excluded => (true, "one thread at a time".to_owned()),
        Expectation::Found(class, outcome, others) => {
            let counts = |found: &super::tally::Found| {
                found.outcome == outcome && (found.class == class || others.contains(&found.class))
            };
            let found = row.found.iter().any(counts);
            (found, format!("finding {class} ({outcome}){}", if found { "" } else { " is missing" }))
        }
    };
    (Standing::of(holds), text)
}

fn unguarded(row: &ClassTally) -> (Standing, String) {
    if row.bad_runs > 0 {
        (Standing::Held, bad(row))
    } else {
        (
            Standing::Broken,
            "the driver did not fail, so that it does not with the guard shows nothing".to_owned(),
        )
    }
}

fn bad(row: &ClassTally) -> String {
    let worst = row.faults.first().map_or("", |fault| &fault.text);
    format!("{} of {} runs bad: {worst}", row.bad_runs, row.runs)
}
