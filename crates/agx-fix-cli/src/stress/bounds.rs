//! What a count of bad runs says about the rate behind it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A rate as counted, with its 95 % bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rate {
    /// Bad runs as a share of all, 0 to 1.
    pub(super) rate: f64,
    /// The lower bound.
    pub(super) low: f64,
    /// The upper bound.
    pub(super) high: f64,
}

/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_964;

impl Rate {
    /// `bad` of `all`. None bad means a rate below 3/n, all bad a rate above 1 - 3/n (rule of three); between, the
    /// score interval of Wilson, which holds for small counts too.
    pub(super) fn of(bad: u32, all: u32) -> Self {
        let (bad_runs, runs) = (f64::from(bad), f64::from(all));
        let three = if all == 0 { 1.0 } else { (3.0 / runs).min(1.0) };
        match bad {
            0 => Self { rate: 0.0, low: 0.0, high: three },
            _ if bad >= all => Self { rate: 1.0, low: 1.0 - three, high: 1.0 },
            _ => Self::wilson(bad_runs / runs, runs),
        }
    }

    fn wilson(rate: f64, runs: f64) -> Self {
        let spread = Z * Z / runs;
        let centre = rate + spread / 2.0;
        let half = (spread * (rate * (1.0 - rate) + spread / 4.0)).sqrt();
        Self { rate, low: (centre - half) / (1.0 + spread), high: (centre + half) / (1.0 + spread) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [rate, low, high] = [self.rate, self.low, self.high].map(|share| 100.0 * share);
        if self.low <= 0.0 && self.high >= 1.0 {
            write!(f, "{rate:.0} % (too few)")
        } else if self.low <= 0.0 {
            write!(f, "{rate:.0} % (< {high:.1} %)")
        } else if self.high >= 1.0 {
            write!(f, "{rate:.0} % (> {low:.1} %)")
        } else {
            write!(f, "{rate:.0} % ({low:.0}-{high:.0} %)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: Rate, rate: f64, low: f64, high: f64) {
        for (found, expected) in [(found.rate, rate), (found.low, low), (found.high, high)] {
            assert!((found - expected).abs() < 5e-4, "{found} is not {expected}");
        }
    }

    #[test]
    fn none_bad_is_below_three_of_n() {
        assert_near(Rate::of(0, 50), 0.0, 0.0, 0.06);
        assert_near(Rate::of(0, 2), 0.0, 0.0, 1.0);
        assert_eq!(Rate::of(0, 50).to_string(), "0 % (< 6.0 %)");
    }

    #[test]
    fn all_bad_is_above_one_less_three_of_n() {
        assert_near(Rate::of(20, 20), 1.0, 0.85, 1.0);
        assert_near(Rate::of(1, 1), 1.0, 0.0, 1.0);
        assert_eq!(Rate::of(1, 1).to_string(), "100 % (too few)");
        assert_eq!(Rate::of(20, 20).to_string(), "100 % (> 85.0 %)");
    }

    /// By hand for 1 of 10: z²/n = 0.384146, centre 0.1 + 0.192073, half width sqrt(0.384146 (0.09 + 0.096037)) =
    /// 0.267331, all over 1.384146.
    #[test]
    fn between_it_is_wilsons_interval() {
        assert_near(Rate::of(1, 10), 0.1, 0.017_876, 0.404_150);
        assert_near(Rate::of(5, 10), 0.5, 0.236_593, 0.763_407);
        assert_eq!(Rate::of(5, 10).to_string(), "50 % (24-76 %)");
    }
}
