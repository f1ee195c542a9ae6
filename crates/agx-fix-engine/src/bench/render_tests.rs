//! Tests of `render`, of the paper's side and of the sweep's text.

use super::*;
use crate::bench::file::{Contention, Options};
use crate::bench::fixture::bench;
use crate::provenance::{Driver, Provenance};

fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

#[test]
fn the_tables_and_what_they_say_are_there() {
    let text = render(&bench());
    assert_has(
        &text,
        &[
            "a processor, 2 cores",
            "commit abc",
            "load:    0.25 ",
            "1,192 ± 57", // 50 operations in 0.040, 0.042 and 0.044 s
            "0.50 (0.50-0.50)",
            "1.00 (1.00-1.00) =",
            "| associated-object |        2,400 |",
            "1.0 (0-2)",
            "1.2 us |",
            "0.04 %",
            "Of 4 intervals,\n0.2 miss",
            "n = 3 rounds, 500 resamples, seed 1.",
        ],
    );
}

#[test]
fn the_papers_figures_stand_beside_ours() {
    let text = render(&bench());
    assert_has(&text, &["10,386 ± 351", "associated-object: paper", "9,458", "1 / 105.7 us", "8: +6.0 %"]);
    let small = Bench { options: Options { ops: 7, ..bench().options }, ..bench() };
    let counts: Vec<Contention> =
        small.contention.iter().cloned().map(|row| Contention { operations: 56, ..row }).collect();
    let other = render(&Bench { contention: counts, ..small });
    assert!(!other.contains("statistics of one iteration"), "another size is not compared");
}

#[test]
fn every_title_with_figures_says_simulated_and_none_on_a_mac() {
    let titles = |bench: &Bench| -> Vec<String> { sections(bench).into_iter().map(|it| it.title).collect() };
    let (simulated, metal) = (
        bench(),
        Bench {
            provenance: Provenance { driver: Driver::Metal, ..bench().provenance },
            gpu: None,
            ..bench()
        },
    );
    assert!(titles(&simulated).iter().all(|title| title.contains("(simulated)")));
    assert!(titles(&metal).iter().all(|title| !title.contains("simulated")));
    assert!(!render(&metal).to_lowercase().contains("simulated"));
    assert!(markdown(&simulated).contains("SIMULATED"));
}

#[test]
fn tables_fit_a_terminal() {
    let text = render(&bench());
    let widest = text.lines().filter(|line| line.starts_with('|')).map(|line| line.chars().count()).max();
    assert!(widest.is_some_and(|width| width <= 130), "{widest:?}");
}
