//! Tests of `options`: every row, read well and badly.

use super::*;

fn read(variable: &str, value: &str) -> (Options, Vec<Complaint>) {
    Options::read(|name| (name == variable).then(|| value.into()))
}

#[test]
fn nothing_set_gives_the_defaults() {
    assert_eq!(Options::read(|_| None), (Options::default(), vec![]));
}

#[test]
fn the_defaults_of_the_table_are_the_defaults() {
    let from_table = Options::read(|name| Some(ROWS.iter().find(|row| row.variable == name)?.default.into()));
    assert_eq!(from_table, (Options::default(), vec![]));
}

#[test]
fn off_has_four_spellings() {
    for value in ["0", "false", "no", "off", "OFF"] {
        assert!(!read("AGX_FIX_DISABLE", value).0.disable, "{value}");
    }
    for value in ["1", "true", "yes", "on", "On"] {
        assert!(read("AGX_FIX_DISABLE", value).0.disable, "{value}");
    }
}

#[test]
fn a_bad_value_is_said_and_the_default_holds() {
    let takes_files = ["AGX_FIX_STATS", "AGX_FIX_COVERAGE", "AGX_FIX_NOTICE"];
    for row in ROWS.iter().filter(|row| !takes_files.contains(&row.variable)) {
        let (options, complaints) = read(row.variable, "bogus");
        assert_eq!(options, Options::default(), "{}", row.variable);
        assert_eq!(complaints.len(), 1, "{}", row.variable);
        let said = complaints[0].to_string();
        assert!(
            said.contains(row.variable) && said.contains("bogus") && said.contains(row.default),
            "{said}"
        );
    }
}

#[test]
fn every_strategy_is_read_by_its_name() {
    for strategy in Strategy::ALL {
        assert_eq!(read("AGX_FIX_STRATEGY", strategy.name()).0.strategy, strategy);
    }
}

#[test]
fn stats_go_to_standard_error_or_to_a_file() {
    assert_eq!(read("AGX_FIX_STATS", "1").0.stats, StatsTarget::StandardError);
    assert_eq!(read("AGX_FIX_STATS", "no").0.stats, StatsTarget::Nowhere);
    assert_eq!(read("AGX_FIX_STATS", "a/b.json").0.stats, StatsTarget::File("a/b.json".into()));
}

#[test]
fn coverage_goes_to_a_file_or_nowhere() {
    assert_eq!(read("AGX_FIX_COVERAGE", "a/b.json").0.coverage, Some("a/b.json".into()));
    assert_eq!(read("AGX_FIX_COVERAGE", "off").0.coverage, None);
    let (options, complaints) = read("AGX_FIX_COVERAGE", "1");
    assert_eq!((options.coverage, complaints.len()), (None, 1));
}

#[test]
fn a_wait_limit_of_zero_is_never() {
    assert_eq!(read("AGX_FIX_LOCK_WARN_MS", "0").0.lock_warn, None);
    assert_eq!(read("AGX_FIX_LOCK_WARN_MS", "25").0.lock_warn, Some(Duration::from_millis(25)));
}
