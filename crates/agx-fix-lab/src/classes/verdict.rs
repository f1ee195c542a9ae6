//! Whether a row shows what it is meant to show.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::tally::{ClassRun, findings_in};
    use agx_fix_engine::contender::Contender;
    use agx_fix_engine::crash::Crash;
    use agx_fix_engine::run::Run;
    use agx_fix_engine::verdict::Standing;
    use agx_fix_interface::findings::{Finding, Findings};
    use agx_fix_interface::statistics::{Call, Statistics};
    use agx_fix_terms::{FindingClass, Outcome as FindingOutcome, Preset};
    use agx_fix_workload::{ClassOutcome, Program};

    const GUARDED: Contender = Contender::Guarded(Preset::PerEncoder);

    fn finding(class: FindingClass, outcome: FindingOutcome, lossy: bool) -> Finding {
        let call = Call { selector: "commit".into(), thread: 1, thread_name: String::new() };
        Finding {
            class,
            outcome,
            object: 1,
            label: String::new(),
            call,
            other: None,
            results_may_be_wrong: lossy,
            count: 1,
            text: String::new(),
        }
    }

    fn finished(findings: Vec<Finding>, outcome: ClassOutcome) -> ClassRun {
        let findings = Findings { findings, ..Findings::default() };
        let outcome = ClassOutcome { findings: Some(findings), ..outcome };
        ClassRun { run: Run::Finished(Box::new(outcome)), said: Vec::new() }
    }

    fn crashed(said: Vec<(FindingClass, FindingOutcome)>) -> ClassRun {
        ClassRun { run: Run::Crashed(Crash { ending: "SIGABRT".into(), ..Crash::default() }), said }
    }

    #[track_caller]
    fn stands(program: Program, contender: Contender, runs: Vec<ClassRun>, wanted: Standing) {
        let mut row = ClassTally::new(program, contender);
        runs.into_iter().for_each(|run| row.add(run));
        assert_eq!(judge(&row).standing, wanted);
    }

    #[test]
    fn an_unguarded_row_must_fail_some_time() {
        let row = |runs, wanted| stands(Program::SecondCommit, Contender::Unguarded, runs, wanted);
        let good = || ClassRun { run: Run::Finished(Box::default()), said: Vec::new() };
        row(vec![good(), good()], Standing::Broken);
        row(vec![good(), crashed(Vec::new())], Standing::Held);
    }

    #[test]
    fn a_guarded_row_must_be_clean_and_have_its_finding() {
        let row = |runs, wanted| stands(Program::SecondCommit, GUARDED, runs, wanted);
        let expected = || vec![finding(FindingClass::UsedAfterCommit, FindingOutcome::Prevented, false)];
        let foreign = finding(FindingClass::LateCall, FindingOutcome::Prevented, false);
        let good = || finished(expected(), ClassOutcome::default());
        let unfound = || finished(Vec::new(), ClassOutcome::default());
        row(vec![good(), unfound()], Standing::Held);
        row(vec![unfound()], Standing::Broken);
        row(vec![good(), crashed(Vec::new())], Standing::Broken);
        row(vec![finished(expected(), ClassOutcome { wrong: 1, ..Default::default() })], Standing::Broken);
        row(vec![finished(expected(), ClassOutcome { lost: 1, ..Default::default() })], Standing::Broken);
        row(vec![finished([expected(), vec![foreign]].concat(), Default::default())], Standing::Broken);
    }

    #[test]
    fn an_unavoidable_loss_must_be_named() {
        for (named, wanted) in [(true, Standing::Held), (false, Standing::Broken)] {
            let late = vec![finding(FindingClass::LateCall, FindingOutcome::Prevented, named)];
            let lost = ClassOutcome { lost: 1, ..ClassOutcome::default() };
            stands(Program::LateCall, GUARDED, vec![finished(late, lost)], wanted);
        }
    }

    #[test]
    fn what_is_only_reported_must_have_been_said() {
        let said = vec![(FindingClass::EncoderAlreadyOpen, FindingOutcome::Reported)];
        stands(Program::EncoderSameThread, GUARDED, vec![crashed(said)], Standing::Held);
        stands(Program::EncoderSameThread, GUARDED, vec![crashed(Vec::new())], Standing::Broken);
    }

    #[test]
    fn exclusion_shows_in_contentions() {
        for (contentions, wanted) in [(5, Standing::Held), (0, Standing::Broken)] {
            let statistics = Some(Statistics { contentions, ..Statistics::default() });
            let outcome = ClassOutcome { statistics, ..ClassOutcome::default() };
            stands(Program::TwoThreads, GUARDED, vec![finished(Vec::new(), outcome)], wanted);
        }
    }

    #[test]
    fn what_the_driver_lacks_is_not_judged() {
        let outcome = ClassOutcome { unsupported: Some("events".into()), ..ClassOutcome::default() };
        stands(Program::EventThenEnd, GUARDED, vec![finished(Vec::new(), outcome)], Standing::NotJudged);
    }

    #[test]
    fn findings_are_read_from_what_the_library_says() {
        let stderr = "agx-fix: 12 methods\nagx-fix: finding encoder-already-open (reported): x\n\
                      agx-fix: finding late-call (prevented, results may be wrong): y\nagx-fix: finding bogus (z): y\n";
        assert_eq!(
            findings_in(stderr),
            [
                (FindingClass::EncoderAlreadyOpen, FindingOutcome::Reported),
                (FindingClass::LateCall, FindingOutcome::Prevented)
            ]
        );
    }
}
