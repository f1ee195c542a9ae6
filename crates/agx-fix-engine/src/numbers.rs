//! Figures as words: the same in a terminal, in Markdown and in HTML.

use crate::bench::interval::{Ratio, Spread, Verdict};
use agx_fix_interface::waits::{self, Waits};
use indicatif::HumanCount;

/// What stands where there is no figure.
pub const NONE: &str = "-";

/// `10,386 ± 351`.
pub fn mean_deviation(spread: &Spread) -> String {
    match spread.deviation {
        Some(deviation) => format!("{} ± {}", thousands(spread.mean), thousands(deviation)),
        None => thousands(spread.mean),
    }
}

/// A count that may be the same in all runs.
pub fn count(spread: &Spread) -> String {
    let Spread { mean, min, max, .. } = *spread;
    if min < max {
        format!("{} ({}-{})", decimal(mean), thousands(min), thousands(max))
    } else {
        thousands(mean)
    }
}

/// A small number with its first decimal.
pub fn decimal(number: f64) -> String {
    if number < 100.0 { format!("{number:.1}") } else { thousands(number) }
}

/// `0.98 (0.95-1.02) =`, with a sign where the interval shows no difference, or where there is none.
pub fn ratio(ratio: &Ratio) -> String {
    let interval = ratio.interval.map_or(String::new(), |[low, high]| format!(" ({low:.2}-{high:.2})"));
    let sign = match ratio.verdict {
        Verdict::NoDifference => " =",
        Verdict::Unknown => " ?",
        Verdict::Less | Verdict::More => "",
    };
    format!("{:.2}{interval}{sign}", ratio.ratio)
}

/// A time; none where nobody waited.
pub fn wait(waits: &Waits, nanoseconds: u64) -> String {
    if waits.count == 0 { NONE.to_owned() } else { waits::time(nanoseconds) }
}

/// A share with its first decimal.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A number from 0 on, rounded, with a comma every three digits, as the paper has it.
pub fn thousands(number: f64) -> String {
    HumanCount(number.round_ties_even() as u64).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_as_in_the_paper() {
        for (number, text) in
            [(0.0, "0"), (999.4, "999"), (999.5, "1,000"), (12_345.0, "12,345"), (1_234_567.0, "1,234,567")]
        {
            assert_eq!(thousands(number), text);
        }
    }
}
