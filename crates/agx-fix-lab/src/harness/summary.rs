//! What samples come to.

use serde::{Deserialize, Serialize};

/// Samples in three numbers. All are 0 without a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Summary {
    /// Half of the samples are below it: what a disturbance by others moves least.
    pub(crate) median: f64,
    /// The arithmetic mean.
    pub(crate) mean: f64,
    /// The standard deviation of the samples (by n - 1); 0 for one sample.
    pub(crate) deviation: f64,
}

impl Summary {
    /// Of these samples.
    pub(crate) fn of(samples: &[f64]) -> Self {
        if samples.is_empty() {
            return Self::default();
        }
        let count = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / count;
        let squares: f64 = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
        Self { median: median(samples), mean, deviation: (squares / (count - 1.0).max(1.0)).sqrt() }
    }
}

/// The median; 0 without a sample.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        count if count.is_multiple_of(2) => f64::midpoint(sorted[upper - 1], sorted[upper]),
        _ => sorted[upper],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: mean 5, squares 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, by 7.
    #[test]
    fn the_textbooks_example() {
        let summary = Summary::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert!((summary.mean - 5.0).abs() < 1e-12 && (summary.median - 4.5).abs() < 1e-12);
        assert!((summary.deviation - (32.0f64 / 7.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn few_samples_are_no_error() {
        assert_eq!(Summary::of(&[]), Summary::default());
        assert_eq!(Summary::of(&[3.0]), Summary { median: 3.0, mean: 3.0, deviation: 0.0 });
        assert!((median(&[9.0, 1.0, 2.0]) - 2.0).abs() < 1e-12);
    }
}
