//! `cargo bench`: the locks alone, side by side, by the harness of `agx-fix calls`, which says why it is its own.
//!
//! `cargo bench -- ROUNDS` makes so many rounds (default 30).

#![forbid(unsafe_code)]

use agx_fix_bench::{Case, Length, Summary, locks};
use std::time::Duration;

const WINDOW: Duration = Duration::from_millis(5);

fn main() {
    // Cargo adds `--bench`; a number is ours.
    let rounds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(30);
    println!("{rounds} rounds, each contender {WINDOW:?} in turn; nanoseconds of a core's time per call");
    for case in Case::all(&[2, 4]) {
        print(case, &samples(case, rounds));
    }
}

/// Samples of each contender.
fn samples(case: Case, rounds: usize) -> Vec<Vec<f64>> {
    let mut samples = vec![Vec::new(); locks::ALL.len()];
    for _ in 0..rounds {
        for (contender, samples) in locks::ALL.iter().zip(&mut samples) {
            let measured = contender.run(case, Length::Time(WINDOW)).expect("threads can be started");
            let calls = measured.window.calls();
            assert!(!contender.excludes || measured.counted == calls, "{} let two in", contender.name);
            samples.push(measured.window.nanoseconds());
        }
    }
    samples
}

fn print(case: Case, samples: &[Vec<f64>]) {
    println!("\n{case}\n  {:<26} {:>9} {:>9} {:>9} {:>7}", "", "median", "mean", "sd", "ratio");
    let base = Summary::of(&samples[0]).median;
    for (contender, samples) in locks::ALL.iter().zip(samples) {
        let Summary { median, mean, deviation } = Summary::of(samples);
        let ratio = median / base;
        println!("  {:<26} {median:>9.2} {mean:>9.2} {deviation:>9.2} {ratio:>7.2}", contender.name);
    }
}
