//! Bars for a terminal: throughput by threads, a bar for each contender.

use crate::numbers::thousands;
use agx_fix_interface::bench::Throughput;
use std::fmt::Write as _;

/// The longest bar, in columns.
const WIDTH: f64 = 60.0;
/// One to seven eighths of a column.
const EIGHTHS: [&str; 7] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A group of bars for each number of threads, all on one scale from 0.
pub(super) fn chart(rows: &[Throughput], threads: &[usize]) -> String {
    let longest = rows.iter().map(|row| row.ops_per_second.mean).fold(0.0, f64::max);
    let label = rows.iter().map(|row| row.contender.len()).max().unwrap_or(0);
    let mut text = String::new();
    for &threads in threads {
        let plural = if threads == 1 { "" } else { "s" };
        writeln!(text, "{threads} thread{plural}").expect("a string takes everything");
        for row in rows.iter().filter(|row| row.threads == threads) {
            let mean = row.ops_per_second.mean;
            let bar = bar(mean / longest);
            writeln!(text, "  {:label$} {bar} {}", row.contender, thousands(mean))
                .expect("a string takes everything");
        }
    }
    text
}

/// A bar of that share of the width, to the nearest eighth of a column.
fn bar(share: f64) -> String {
    let eighths = (share * WIDTH * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if let Some(part) = (eighths % 8).checked_sub(1) {
        bar.push_str(EIGHTHS[part]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_interface::bench::Spread;

    #[test]
    fn bars_are_as_long_as_their_share() {
        assert_eq!(bar(1.0).chars().count(), 60);
        assert_eq!(bar(0.5).chars().count(), 30);
        assert_eq!(bar(1.0 / 480.0), "▏");
        assert_eq!(bar(0.0), "");
    }

    #[test]
    fn all_groups_have_one_scale() {
        let row = |contender: &str, threads: usize, mean: f64| Throughput {
            contender: contender.to_owned(),
            threads,
            ops_per_second: Spread { n: 1, mean, deviation: None, min: mean, max: mean },
            ratio: None,
        };
        let rows = [row("unguarded", 1, 4000.0), row("global", 1, 2000.0), row("unguarded", 8, 8000.0)];
        let text = chart(&rows, &[1, 8]);
        let bars: Vec<usize> = text.lines().map(|line| line.matches('█').count()).collect();
        assert_eq!(bars, [0, 30, 15, 0, 60]);
        assert!(text.contains("  global    ███") && text.contains(" 2,000\n8 threads\n"), "{text}");
    }
}
