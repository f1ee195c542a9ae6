//! Tests of `tally` and of the verdict on it.

use super::*;
use crate::classes::verdict::judge;
use agx_fix_engine::crash::Crash;
use agx_fix_engine::verdict::Standing;
use agx_fix_interface::findings::{Finding, Findings};
use agx_fix_interface::statistics::{Call, Statistics};
use agx_fix_terms::Preset;

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

fn standing(program: Program, contender: Contender, runs: Vec<ClassRun>) -> Standing {
    let mut row = ClassTally::new(program, contender);
    runs.into_iter().for_each(|run| row.add(run));
    judge(&row).standing
}

#[test]
fn an_unguarded_row_must_fail_some_time() {
    let good = || ClassRun { run: Run::Finished(Box::default()), said: Vec::new() };
    let row = |runs| standing(Program::SecondCommit, Contender::Unguarded, runs);
    assert_eq!(row(vec![good(), good()]), Standing::Broken);
    assert_eq!(row(vec![good(), crashed(Vec::new())]), Standing::Held);
}

#[test]
fn a_guarded_row_must_be_clean_and_have_its_finding() {
    let expected = || vec![finding(FindingClass::UsedAfterCommit, FindingOutcome::Prevented, false)];
    let row = |runs| standing(Program::SecondCommit, GUARDED, runs);
    let good = || finished(expected(), ClassOutcome::default());
    assert_eq!(row(vec![good(), finished(Vec::new(), ClassOutcome::default())]), Standing::Held);
    assert_eq!(row(vec![finished(Vec::new(), ClassOutcome::default())]), Standing::Broken, "no finding");
    assert_eq!(row(vec![good(), crashed(Vec::new())]), Standing::Broken);
    assert_eq!(
        row(vec![finished(expected(), ClassOutcome { wrong: 1, ..ClassOutcome::default() })]),
        Standing::Broken
    );
    assert_eq!(
        row(vec![finished(expected(), ClassOutcome { lost: 1, ..ClassOutcome::default() })]),
        Standing::Broken
    );
    let mut foreign = expected();
    foreign.push(finding(FindingClass::LateCall, FindingOutcome::Prevented, false));
    assert_eq!(row(vec![finished(foreign, ClassOutcome::default())]), Standing::Broken, "out of place");
}

#[test]
fn an_unavoidable_loss_must_be_named() {
    let late = |lossy| vec![finding(FindingClass::LateCall, FindingOutcome::Prevented, lossy)];
    let lost = || ClassOutcome { lost: 1, ..ClassOutcome::default() };
    let row = |runs| standing(Program::LateCall, GUARDED, runs);
    assert_eq!(row(vec![finished(late(true), lost())]), Standing::Held);
    assert_eq!(row(vec![finished(late(false), lost())]), Standing::Broken);
}

#[test]
fn what_is_only_reported_must_have_been_said() {
    let said = vec![(FindingClass::EncoderAlreadyOpen, FindingOutcome::Reported)];
    let row = |runs| standing(Program::EncoderSameThread, GUARDED, runs);
    assert_eq!(row(vec![crashed(said)]), Standing::Held);
    assert_eq!(row(vec![crashed(Vec::new())]), Standing::Broken);
}

#[test]
fn exclusion_shows_in_contentions() {
    let row = |contentions| {
        let statistics = Some(Statistics { contentions, ..Statistics::default() });
        let outcome = ClassOutcome { statistics, ..ClassOutcome::default() };
        standing(Program::TwoThreads, GUARDED, vec![finished(Vec::new(), outcome)])
    };
    assert_eq!(row(5), Standing::Held);
    assert_eq!(row(0), Standing::Broken);
}

#[test]
fn what_the_driver_lacks_is_not_judged() {
    let outcome = ClassOutcome { unsupported: Some("events".into()), ..ClassOutcome::default() };
    let runs = vec![finished(Vec::new(), outcome)];
    assert_eq!(standing(Program::EventThenEnd, GUARDED, runs), Standing::NotJudged);
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
