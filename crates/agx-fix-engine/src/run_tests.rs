//! Tests of `run`: what a child's end comes to.

use super::*;
use agx_fix_interface::statistics::Statistics;
use agx_fix_terms::Preset;
use agx_fix_workload::{Config, Outcome};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

const PER_ENCODER: Contender = Contender::Guarded(Preset::PerEncoder);

fn exited(raw: i32, stdout: String, stderr: &str) -> Finished {
    Finished { ending: Ending::Exited(ExitStatus::from_raw(raw)), stdout, stderr: stderr.into() }
}

fn outcome_of(preset: Option<&str>) -> String {
    let statistics =
        preset.map(|preset| Statistics { preset: preset.into(), enabled: true, ..Statistics::default() });
    serde_json::to_string(&Outcome { statistics, ..Outcome::default() }).unwrap()
}

fn judge_run(finished: &Finished, contender: Contender) -> std::result::Result<Run<Outcome>, Stop> {
    judge::<Config>(finished, contender)
}

fn stopped(finished: &Finished, contender: Contender) -> String {
    match judge_run(finished, contender) {
        Err(Stop::Error(error)) => error.to_string(),
        Err(Stop::Signal(signal)) => format!("signal {signal}"),
        Ok(run) => panic!("{run:?}"),
    }
}

#[test]
fn a_run_without_a_word_or_with_one_stops_the_tool() {
    let missing = exited(1 << 8, String::new(), "noise\nagx-fix: no libobjc.so.4\n");
    assert_eq!(stopped(&missing, PER_ENCODER), "no libobjc.so.4");
    assert!(!stopped(&exited(1 << 8, String::new(), ""), PER_ENCODER).is_empty());
    assert!(stopped(&exited(0, "{".into(), ""), PER_ENCODER).contains("cannot be read"));
}

#[test]
fn death_and_hang_are_results() {
    assert!(matches!(judge_run(&exited(11, String::new(), ""), PER_ENCODER), Ok(Run::Crashed(_))));
    assert!(matches!(judge_run(&exited(101 << 8, String::new(), ""), PER_ENCODER), Ok(Run::Crashed(_))));
    let hung = Finished { ending: Ending::TimedOut, ..exited(0, String::new(), "") };
    assert!(matches!(judge_run(&hung, PER_ENCODER), Ok(Run::Hung)));
    let interrupted = Finished { ending: Ending::Interrupted(15), ..hung };
    assert_eq!(stopped(&interrupted, PER_ENCODER), "signal 15");
}

#[test]
fn a_crash_after_the_outcome_is_a_crash() {
    let late = exited(11, outcome_of(Some("per-encoder")), "");
    assert!(matches!(judge_run(&late, PER_ENCODER), Ok(Run::Crashed(_))));
}

#[test]
fn the_library_must_be_there_exactly_where_it_should_be() {
    let finished = |strategy| exited(0, outcome_of(strategy), "");
    assert!(judge_run(&finished(Some("per-encoder")), PER_ENCODER).is_ok());
    assert!(judge_run(&finished(None), Contender::Unguarded).is_ok());
    assert!(stopped(&finished(None), PER_ENCODER).contains("inactive"));
    assert!(stopped(&finished(Some("global")), PER_ENCODER).contains("global"));
    assert!(stopped(&finished(Some("global")), Contender::Unguarded).contains("absent"));
}
