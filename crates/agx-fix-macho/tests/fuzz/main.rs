//! The reader gets damaged files: it answers or says what is wrong, and never panics or loops.
//!
//! `PROPTEST_CASES` sets how many files each test makes (256 by default). A failure names the smallest input that fails. The
//! targets in `fuzz/` damage the same files, guided by coverage.

mod properties;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

fn fuzz<S: Strategy>(name: &str, inputs: S, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { failure_persistence: None, ..Config::default() };
    let cases = config.cases;
    TestRunner::new(config).run(&inputs, check).unwrap_or_else(|failure| panic!("{name}: {failure}"));
    println!("verify | fuzz | {name} | {cases} executions | proptest");
}

#[test]
fn damaged_files() {
    // Numbers that stand for offsets and sizes matter more than letters: whole words are set to telling values as well.
    let words =
        prop_oneof![Just(0u32), Just(1), Just(u32::MAX), Just(0x7fff_ffff), 0..0x4000u32, any::<u32>()];
    let edits = proptest::collection::vec((any::<Index>(), words, any::<bool>()), 1..8);
    let inputs = (
        proptest::sample::select(properties::whole()),
        edits,
        proptest::option::weighted(0.2, any::<Index>()),
    );
    fuzz("Mach-O reader, damaged files", inputs, |(mut bytes, edits, cut)| {
        for (index, word, in_head) in edits {
            // Half of the changes are among the load commands.
            let end = if in_head { bytes.len().min(0x600) } else { bytes.len() };
            let at = index.index(end - 4) & !3;
            bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        properties::read(&bytes);
        Ok(())
    });
}

const MAGICS: [&[u8]; 4] =
    [&[], &[0xcf, 0xfa, 0xed, 0xfe], &[0xca, 0xfe, 0xba, 0xbe], &[0xca, 0xfe, 0xba, 0xbf]];

#[test]
fn any_bytes() {
    let bytes = proptest::collection::vec(any::<u8>(), 0..600);
    fuzz("Mach-O reader, any bytes", (proptest::sample::select(&MAGICS[..]), bytes), |(magic, bytes)| {
        properties::read(&[magic, &bytes].concat());
        Ok(())
    });
}
