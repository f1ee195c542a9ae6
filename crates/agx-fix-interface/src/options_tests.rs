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
fn every_preset_is_read_by_its_name() {
    for &preset in Preset::ALL {
        let (options, complaints) = read("AGX_FIX_PRESET", preset.name());
        assert_eq!((options.preset, options.policy(), complaints), (preset, preset.policy(), vec![]));
    }
}

#[test]
fn names_of_before_still_work_and_say_what_they_are_called_now() {
    let said = |variable, value| {
        let (options, complaints) = read(variable, value);
        let complaints: Vec<_> = complaints.iter().map(ToString::to_string).collect();
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        (options, complaints[0].clone())
    };
    let (options, text) = said("AGX_FIX_STRATEGY", "isolate");
    assert_eq!(options.preset, Preset::Isolate);
    assert_eq!(text, "AGX_FIX_STRATEGY still works, but its name is now AGX_FIX_PRESET=isolate");
    let (options, text) = said("AGX_FIX_HOOKS", "report");
    assert_eq!(options.preset, Preset::PaperGlobal);
    assert!(text.ends_with("AGX_FIX_PRESET=paper-global"), "{text}");
    assert_eq!(said("AGX_FIX_HOOKS", "all").0, Options::default());
    assert_eq!(said("AGX_FIX_MODE", "guard").0.misuse, Some(Misuse::Prevent));
    assert_eq!(said("AGX_FIX_MODE", "strict").0.misuse, Some(Misuse::Strict));
    // The name of now has the last word.
    let both = |name: &str| match name {
        "AGX_FIX_STRATEGY" => Some("isolate".into()),
        "AGX_FIX_PRESET" => Some("detect".into()),
        _ => None,
    };
    assert_eq!(Options::read(both).0.preset, Preset::Detect);
}

#[test]
fn a_choice_without_effect_is_said() {
    let (options, complaints) = read("AGX_FIX_LATE_CALL", "rescue");
    assert_eq!(options.late, Some(Late::Rescue));
    assert_eq!(complaints.len(), 1);
    assert!(complaints[0].to_string().contains("preset isolate"), "{}", complaints[0]);
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
