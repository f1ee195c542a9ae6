//! `cargo bench`: the locks alone, side by side, by the harness of `agx-fix calls`, which says why it is its own.
//!
//! `cargo bench -- ROUNDS NAME...` makes so many rounds (default 30) of the contenders whose names contain one of the words.

#![forbid(unsafe_code)]

use agx_fix_bench::locks::{self, Contender};
use agx_fix_bench::{Case, Length, Summary, median};
use std::time::Duration;

const WINDOW: Duration = Duration::from_millis(5);

/// What was measured of one contender in one case.
#[derive(Default)]
struct Samples {
    nanoseconds: Vec<f64>,
    slowest_shares: Vec<f64>,
}

fn main() {
    // Cargo adds `--bench`; a number and names are ours.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let rounds = words.iter().find_map(|word| word.parse().ok()).unwrap_or(30);
    let names: Vec<&String> = words.iter().filter(|word| word.parse::<usize>().is_err()).collect();
    let chosen = |contender: &Contender| {
        names.is_empty() || names.iter().any(|&name| contender.name.contains(name.as_str()))
    };
    let contenders: Vec<Contender> = locks::ALL.into_iter().filter(chosen).collect();
    println!("{rounds} rounds, each contender {WINDOW:?} in turn; nanoseconds of a core's time per call");
    for case in Case::all(&[2, 4]) {
        print(case, &contenders, &measure(case, &contenders, rounds));
    }
}

fn measure(case: Case, contenders: &[Contender], rounds: usize) -> Vec<Samples> {
    let mut all: Vec<Samples> = contenders.iter().map(|_| Samples::default()).collect();
    for _ in 0..rounds {
        for (contender, samples) in contenders.iter().zip(&mut all) {
            let measured = contender.run(case, Length::Time(WINDOW)).expect("threads can be started");
            let calls = measured.window.calls();
            assert!(!contender.excludes || measured.counted == calls, "{} let two in", contender.name);
            samples.nanoseconds.push(measured.window.nanoseconds());
            samples.slowest_shares.push(measured.window.slowest_share());
        }
    }
    all
}

fn print(case: Case, contenders: &[Contender], all: &[Samples]) {
    println!(
        "\n{case}\n  {:<26} {:>9} {:>9} {:>9} {:>7} {:>8}",
        "", "median", "mean", "sd", "ratio", "slowest"
    );
    let base = all.first().map_or(1.0, |samples| median(&samples.nanoseconds));
    for (contender, samples) in contenders.iter().zip(all) {
        let Summary { median, mean, deviation } = Summary::of(&samples.nanoseconds);
        let (ratio, slowest) = (median / base, agx_fix_bench::median(&samples.slowest_shares));
        let name = contender.name;
        println!("  {name:<26} {median:>9.2} {mean:>9.2} {deviation:>9.2} {ratio:>7.2} {slowest:>8.2}");
    }
}
