//! Tests of `tally`, on runs made up for them.

use super::*;
use agx_fix_interface::statistics::Statistics;
use agx_fix_terms::Preset;
use agx_fix_workload::{Batching, Model};

fn config(scenario: Scenario) -> Config {
    Config { scenario, threads: 8, ops: 50, seed: 9, model: Model::SMALL, batching: Batching::PAPER }
}

fn good(late_dispatches: u64) -> Outcome {
    let statistics = Statistics {
        acquisitions: 10,
        contentions: 2,
        late_calls: late_dispatches,
        late_dispatches,
        ..Statistics::default()
    };
    Outcome { operations: 400, encoders: 800, statistics: Some(statistics), ..Outcome::default() }
}

fn tally(scenario: Scenario, runs: impl IntoIterator<Item = Run<Outcome>>) -> Tally {
    let mut tally = Tally::new(scenario, Contender::Guarded(Preset::PerEncoder));
    runs.into_iter().for_each(|run| tally.add(&config(scenario), run));
    tally
}

fn one(scenario: Scenario, outcome: Outcome) -> Tally {
    tally(scenario, [Run::Finished(Box::new(outcome))])
}

#[test]
fn a_good_run_is_clean_and_counted() {
    let tally = one(Scenario::OwnEncoder, good(0));
    assert!(tally.is_clean());
    assert_eq!((tally.runs, tally.operations, tally.encoders, tally.acquisitions), (1, 400, 800, 10));
    assert_eq!(tally.first_bad_seed, None);
}

#[test]
fn crashes_are_grouped_and_the_most_frequent_comes_first() {
    let crash = |ending: &str| Run::Crashed(Crash { ending: ending.into(), ..Crash::default() });
    let tally = tally(Scenario::SharedEncoder, [crash("SIGABRT"), crash("SIGSEGV"), crash("SIGSEGV")]);
    assert_eq!((tally.crashes, tally.bad_runs, tally.first_bad_seed), (3, 3, Some(9)));
    assert_eq!(tally.crash_sites[0].count, 2);
    assert_eq!(tally.crash_sites[0].crash.ending, "SIGSEGV");
}

#[test]
fn a_hang_is_bad() {
    let tally = tally(Scenario::OwnEncoder, [Run::Hung]);
    assert_eq!((tally.hangs, tally.bad_runs), (1, 1));
}

#[test]
fn a_wrong_number_is_bad() {
    let tally = one(Scenario::SharedEncoder, Outcome { wrong: 1, ..good(0) });
    assert_eq!((tally.wrong_runs, tally.bad_runs), (1, 1));
}

#[test]
fn a_loss_is_good_only_as_a_reported_late_call_where_encoders_are_shared() {
    let lost = |scenario, lost, late| one(scenario, Outcome { lost, ..good(late) });
    assert!(lost(Scenario::SharedEncoder, 3, 3).is_clean());
    assert_eq!(lost(Scenario::SharedEncoder, 4, 3).unexplained_runs, 1);
    assert_eq!(lost(Scenario::SharedEncoder, 4, 3).lost_unreported, 1);
    assert_eq!(lost(Scenario::SharedEncoder, 2, 3).unexplained_runs, 1);
    assert_eq!(lost(Scenario::OwnEncoder, 3, 3).unexplained_runs, 1);
    let unguarded = Outcome { lost: 1, statistics: None, ..good(0) };
    assert_eq!(one(Scenario::SharedEncoder, unguarded).bad_runs, 1);
}

#[test]
fn a_late_dispatch_that_was_done_elsewhere_explains_no_loss_and_isolate_has_no_excuse() {
    let rescued = |late, rescued_dispatches| {
        let outcome = good(late);
        let statistics = outcome.statistics.clone().map(|it| Statistics { rescued_dispatches, ..it });
        Outcome { statistics, ..outcome }
    };
    let lost = |lost| Outcome { lost, ..rescued(5, 3) };
    assert!(one(Scenario::SharedEncoder, lost(2)).is_clean());
    assert_eq!(one(Scenario::SharedEncoder, lost(3)).unexplained_runs, 1);
    let isolated = |outcome| {
        let mut tally = Tally::new(Scenario::TornEncoder, Contender::Guarded(Preset::Isolate));
        tally.add(&config(Scenario::TornEncoder), Run::Finished(Box::new(outcome)));
        tally
    };
    assert!(isolated(rescued(5, 5)).is_clean());
    assert_eq!(isolated(lost(2)).unexplained_runs, 1);
}

#[test]
fn losses_of_one_run_are_not_set_off_by_reports_of_another() {
    let runs = [Outcome { lost: 4, ..good(3) }, Outcome { lost: 2, ..good(3) }];
    let tally = tally(Scenario::SharedEncoder, runs.map(|outcome| Run::Finished(Box::new(outcome))));
    assert_eq!((tally.lost, tally.late_dispatches, tally.lost_unreported), (6, 6, 1));
    assert_eq!(tally.unexplained_runs, 2);
}

#[test]
fn own_encoders_are_two_for_each_operation() {
    assert_eq!(one(Scenario::OwnEncoder, Outcome { encoders: 799, ..good(0) }).miscounted_runs, 1);
    assert!(one(Scenario::SharedEncoder, Outcome { encoders: 17, ..good(0) }).is_clean());
}
