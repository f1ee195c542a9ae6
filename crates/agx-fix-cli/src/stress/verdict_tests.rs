//! Tests of `verdict`: a good run passes, and each condition alone can break it.

use super::*;
use agx_fix_terms::Preset;

const GLOBAL: Contender = Contender::Guarded(Preset::Global);
const GUARD: Contender = Contender::Guarded(Preset::Guard);
const ISOLATE: Contender = Contender::Guarded(Preset::Isolate);
const NONE: Contender = Contender::Guarded(Preset::None);
const ASSOCIATED: Contender = Contender::Guarded(Preset::AssociatedObject);

/// A run as it should be: baselines fail where they are meant to, guarded rows are clean and contended.
fn good() -> Vec<Tally> {
    let row = |scenario: Scenario, strategy: Contender| {
        let bad_runs = if scenario.breaks_unguarded() && !strategy.must_be_clean(scenario) { 7 } else { 0 };
        let contentions = if scenario.breaks_unguarded() { 5 } else { 0 };
        let torn = strategy.excludes() && !strategy.must_be_clean(scenario);
        let (crashes, wrong) = if torn { (0, 9) } else { (bad_runs, 0) };
        let rescued_dispatches = if scenario.breaks_unguarded() && strategy.isolates() { 5 } else { 0 };
        let row = Tally { runs: 20, bad_runs, crashes, wrong, contentions, ..Tally::new(scenario, strategy) };
        Tally { rescued_dispatches, ..row }
    };
    let all =
        Scenario::ALL.into_iter().flat_map(|scenario| Contender::usual().map(move |it| row(scenario, it)));
    all.collect()
}

fn with(scenario: Scenario, strategy: Contender, change: impl Fn(&mut Tally)) -> Verdict {
    let mut rows = good();
    change(rows.iter_mut().find(|row| (row.scenario, row.strategy) == (scenario, strategy)).unwrap());
    of(&rows)
}

fn only(strategies: &[Contender], scenarios: &[Scenario]) -> Verdict {
    let mut rows = good();
    rows.retain(|row| strategies.contains(&row.strategy) && scenarios.contains(&row.scenario));
    of(&rows)
}

fn assert_broken(verdict: &Verdict, scenario: Scenario, strategy: Contender, condition: Condition) {
    let broken: Vec<_> = verdict.reasons.iter().filter(|it| it.standing == Standing::Broken).collect();
    let found: Vec<_> = broken.iter().map(|it| (it.scenario.as_str(), it.strategy, it.condition)).collect();
    assert_eq!(found, [(scenario.name(), strategy, condition)]);
    assert!(!verdict.passed);
}

#[test]
fn a_good_run_passes() {
    let verdict = of(&good());
    assert!(verdict.passed);
    assert!(verdict.reasons.iter().all(|it| it.standing == Standing::Held), "{verdict:?}");
    assert_eq!(
        verdict.reasons.len(),
        4 + (2 + 4 + 3 + 1) + (2 + 3 + 3 + 3 + 2),
        "own: 4 clean; shared: 2 controls, 4 clean, 3 contended, 1 rescue; torn: 2 controls, 3 alive, torn and \
         contended, 1 clean and rescue"
    );
}

#[test]
fn a_dirty_guarded_row_breaks_it() {
    for scenario in Scenario::ALL {
        for strategy in [GLOBAL, GUARD, ISOLATE] {
            if !strategy.must_be_clean(scenario) {
                continue;
            }
            let verdict = with(scenario, strategy, |row| (row.bad_runs, row.hangs) = (1, 1));
            assert_broken(&verdict, scenario, strategy, Condition::Clean);
            assert!(
                verdict.reasons.iter().any(|it| it.text.contains("1 of 20") && it.text.contains("1 hung"))
            );
        }
    }
}

#[test]
fn a_clean_baseline_breaks_it() {
    for strategy in [Contender::Unguarded, NONE] {
        let verdict = with(Scenario::SharedEncoder, strategy, |row| row.bad_runs = 0);
        assert_broken(&verdict, Scenario::SharedEncoder, strategy, Condition::PositiveControl);
    }
}

#[test]
fn a_lock_without_contention_breaks_it() {
    for strategy in [GLOBAL, GUARD] {
        let verdict = with(Scenario::SharedEncoder, strategy, |row| row.contentions = 0);
        assert_broken(&verdict, Scenario::SharedEncoder, strategy, Condition::Contention);
        assert!(with(Scenario::OwnEncoder, strategy, |row| row.contentions = 0).passed);
    }
}

#[test]
fn a_lock_that_lets_the_driver_die_or_sequences_whole_breaks_it_where_sequences_are_torn() {
    for strategy in [GLOBAL, GUARD] {
        let verdict = with(Scenario::TornEncoder, strategy, |row| row.crashes = 1);
        assert_broken(&verdict, Scenario::TornEncoder, strategy, Condition::Alive);
        let verdict = with(Scenario::TornEncoder, strategy, |row| row.wrong = 0);
        assert_broken(&verdict, Scenario::TornEncoder, strategy, Condition::TornControl);
        assert!(
            with(Scenario::TornEncoder, strategy, |row| (row.wrong, row.lost_unreported) = (0, 1)).passed
        );
    }
}

#[test]
fn nothing_rescued_breaks_it() {
    for scenario in [Scenario::SharedEncoder, Scenario::TornEncoder] {
        let verdict = with(scenario, ISOLATE, |row| row.rescued_dispatches = 0);
        assert_broken(&verdict, scenario, ISOLATE, Condition::Rescue);
    }
}

#[test]
fn the_reports_design_decides_nothing() {
    for scenario in Scenario::ALL {
        for bad_runs in [0, 20] {
            assert!(with(scenario, ASSOCIATED, |row| row.bad_runs = bad_runs).passed);
        }
    }
}

#[test]
fn what_was_not_run_is_not_judged() {
    let verdict = only(&[Contender::Unguarded, GUARD], &[Scenario::SharedEncoder]);
    assert!(verdict.passed);
    let unjudged = verdict.reasons.iter().filter(|it| it.standing == Standing::NotJudged).count();
    assert_eq!(
        unjudged,
        4 + (1 + 2 * 2 + 2) + 13,
        "own: 4 clean; shared: none's control, two each of global, per-command-buffer and isolate; all of torn"
    );
}

#[test]
fn without_a_baseline_or_without_a_guarded_row_nothing_is_shown() {
    assert!(!only(&[GLOBAL, GUARD], &Scenario::ALL).passed);
    assert!(!only(&[Contender::Unguarded, NONE], &Scenario::ALL).passed);
    assert!(!only(&Contender::chosen(&[]), &[Scenario::OwnEncoder]).passed);
}
