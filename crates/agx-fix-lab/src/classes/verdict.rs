//! What the guard is to make of each program, and whether a row shows it.
//!
//! The unguarded driver must have a bad run, and the guarded one none. A guarded row must also have the finding that its
//! program is there for, in some run: a row that is clean because the misuse did not happen shows nothing.

use super::tally::{ClassTally, Found};
use agx_fix_engine::contender::Contender;
use agx_fix_engine::verdict::{Condition, Reason, Standing};
use agx_fix_terms::{FindingClass as Class, Outcome};
use agx_fix_workload::Program;

/// What a guarded row is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expectation {
    /// Clean runs, with this finding in some of them. Findings of its class, and of the other classes named, are allowed.
    Found(Class, Outcome, &'static [Class]),
    /// Clean runs without a finding. The lock's contentions show that the threads met.
    Excluded,
    /// The driver fails in spite of the guard, and the finding was reported before.
    ReportedOnly(Class),
}

impl Expectation {
    pub(super) const fn of(program: Program, contender: Contender) -> Self {
        use Expectation::{Excluded, Found, ReportedOnly};
        match program {
            Program::EncoderOtherThread | Program::BlitOtherThread => {
                Found(Class::EncoderAlreadyOpen, Outcome::Prevented, &[])
            }
            Program::EncoderSameThread => ReportedOnly(Class::EncoderAlreadyOpen),
            Program::SecondCommit | Program::EncoderAfterCommit | Program::SecondEnd => {
                Found(Class::UsedAfterCommit, Outcome::Prevented, &[])
            }
            Program::LateHandler => Found(Class::UsedAfterCommit, Outcome::Converted, &[]),
            Program::CommitThenEnd | Program::EventThenEnd | Program::MakerFirst | Program::EndWithOpen => {
                Found(Class::EncoderOpenAtCommit, Outcome::Prevented, &[])
            }
            Program::CommitNeverEnded | Program::CommitSameThread | Program::OwnLeftOpen => {
                Found(Class::EncoderOpenAtCommit, Outcome::Converted, &[])
            }
            Program::LateCall | Program::FreedInFlight if contender.isolates() => {
                Found(Class::LateCall, Outcome::Converted, &[])
            }
            Program::LateCall | Program::FreedInFlight => Found(Class::LateCall, Outcome::Prevented, &[]),
            // The commit that follows may be what ends it.
            Program::ReleasedOpen => {
                Found(Class::ReleasedWithoutEnd, Outcome::Converted, &[Class::EncoderOpenAtCommit])
            }
            Program::Abandoned => Found(Class::ReleasedWithoutEnd, Outcome::Converted, &[]),
            Program::TwoThreads => Excluded,
        }
    }

    /// Whether a finding of this class is allowed.
    pub(super) fn allows(self, class: Class) -> bool {
        match self {
            Self::Found(expected, _, others) => class == expected || others.contains(&class),
            Self::Excluded => false,
            Self::ReportedOnly(expected) => class == expected,
        }
    }
}

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
