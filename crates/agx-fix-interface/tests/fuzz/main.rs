//! The readers of this crate, fed with what nobody meant to write: they answer or complain, and never panic.
//!
//! `PROPTEST_CASES` sets how many texts each test makes (256 by default). A failure is said with the smallest input that fails.
//! `fuzz/` makes such texts by coverage, for the same properties.

mod properties;

use agx_fix_interface::Document;
use agx_fix_interface::coverage::Coverage;
use agx_fix_interface::findings::Findings;
use agx_fix_interface::options::{Options, ROWS};
use agx_fix_interface::statistics::Statistics;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

fn fuzz<S: Strategy>(name: &str, inputs: S, check: impl Fn(S::Value)) {
    let config = Config { failure_persistence: None, ..Config::default() };
    let cases = config.cases;
    let run = TestRunner::new(config).run(&inputs, |input| {
        check(input);
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{name}: {failure}"));
    println!("verify | fuzz | {name} | {cases} executions | proptest");
}

/// Values as users write them, nearly as they write them, and bytes.
fn values() -> impl Strategy<Value = OsString> {
    let words = prop_oneof![
        "[a-z-]{0,20}",
        "-?[0-9]{0,30}(\\.[0-9]{0,9})?(ns|us|ms|s|m|h)?",
        "on|off|yes|no|true|false|0|1|2",
        (0..ROWS.len()).prop_map(|row| ROWS[row].default.to_owned()),
        any::<String>(),
    ];
    prop_oneof![
        4 => words.prop_map(OsString::from),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(OsString::from_vec),
    ]
}

#[test]
fn options() {
    let variables = proptest::collection::vec((0..ROWS.len(), values()), 0..6);
    fuzz("option parser", variables, |variables| properties::options(&variables, |get| Options::read(get)));
}

/// A document of each kind, as its writer writes it.
fn documents() -> Vec<String> {
    vec![
        Statistics::default().to_json(),
        Coverage::default().to_json(),
        Findings::default().to_json(),
        r#"{"schema": "agx-fix-bench/2", "machine": {"cpus": 2}, "throughput": [{"mean": 1.5e300}]}"#
            .to_owned(),
    ]
}

/// Such a document with bytes changed, left out, or put in.
fn damaged() -> impl Strategy<Value = String> {
    let edits = proptest::collection::vec((any::<proptest::sample::Index>(), 0..3u8, any::<char>()), 0..6);
    (proptest::sample::select(documents()), edits).prop_map(|(text, edits)| {
        let mut text: Vec<char> = text.chars().collect();
        for (index, kind, char) in edits {
            let at = index.index(text.len().max(1)).min(text.len().saturating_sub(1));
            match kind {
                0 if !text.is_empty() => text[at] = char,
                1 if !text.is_empty() => text.truncate(at),
                _ => text.insert(at, char),
            }
        }
        text.into_iter().collect()
    })
}

#[test]
fn documents_of_all_kinds() {
    let texts = prop_oneof![3 => damaged(), 1 => any::<String>()];
    fuzz("JSON readers", texts, |text| properties::document(&text, Statistics::from_json));
}
