//! Tests of `render`.

use super::*;
use crate::stress::args::Settings;
use crate::stress::tally::{CrashSite, Tally};
use agx_fix_engine::contender::Contender;
use agx_fix_engine::crash::Crash;
use agx_fix_workload::Model;

fn report(strategies: &[Contender]) -> Report {
    let settings =
        Settings { iterations: 20, threads: 8, ops: 50, model: Model::SMALL, seed: 7, limit_seconds: 10 };
    let crash = Crash { ending: "SIGSEGV".into(), address: Some("0x5c8".into()), ..Crash::default() };
    let row = |strategy: Contender| {
        let bad_runs = if strategy.must_be_clean(Scenario::SharedEncoder) { 0 } else { 5 };
        let sites = vec![CrashSite { count: bad_runs, crash: crash.clone() }];
        Tally {
            runs: 20,
            bad_runs,
            crashes: bad_runs,
            operations: 400,
            contentions: 3,
            late_dispatches: 4,
            rescued_dispatches: if strategy.isolates() { 4 } else { 0 },
            acquisitions: 30,
            first_bad_seed: (bad_runs > 0).then_some(9),
            crash_sites: if bad_runs > 0 { sites } else { Vec::new() },
            ..Tally::new(Scenario::SharedEncoder, strategy)
        }
    };
    Report::new(settings, strategies.iter().copied().map(row).collect(), 12.0)
}

#[test]
fn the_heading_says_whose_driver_and_how_to_repeat() {
    let text = render(&report(&Contender::chosen(&[])));
    let driver = if cfg!(target_os = "linux") { "SIMULATED" } else { "this Mac's Metal" };
    for part in [driver, "machine: ", "commit ", "command: ", "seed 7", "--seed 9"] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn rows_sites_and_verdict_are_there() {
    let text = render(&report(&Contender::chosen(&[])));
    for part in ["5 of 20", "25 % (11-47 %)", "0 % (< 15.0 %)", "10.00 %", "5 x SIGSEGV at 0x5c8", "PASSED"] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn what_nobody_counted_is_no_zero() {
    let text = render(&report(&[Contender::Unguarded]));
    let line = text.lines().find(|line| line.contains("acquisitions")).unwrap();
    assert_eq!(line.split('|').map(str::trim).collect::<Vec<_>>(), ["", "acquisitions", "-", ""]);
}

#[test]
fn a_run_that_shows_nothing_says_why() {
    let text = render(&report(&[Contender::Unguarded]));
    assert!(
        text.contains("FAILED") && text.contains("not judged") && text.contains("a pass takes"),
        "{text}"
    );
}

#[test]
fn tables_fit_a_terminal() {
    let text = render(&report(&Contender::chosen(&[])));
    let widest = text.lines().filter(|line| line.starts_with('|')).map(str::len).max();
    assert!(widest.is_some_and(|width| width <= 150), "{widest:?}");
}
