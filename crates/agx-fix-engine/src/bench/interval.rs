//! Ratios to a baseline, with intervals.
//!
//! A contender and the baseline run once in each round, so their samples come in pairs, and what the machine does meanwhile
//! hits both. The ratio is that of the means. Its interval is a bootstrap percentile interval: rounds are drawn with
//! replacement, pairs staying together, as many as there are, again and again, and the interval is cut from the ratios of
//! the draws.
//!
//! With few rounds a plain percentile interval is too narrow. It is widened as Hesterberg has it (*What Teachers Should
//! Know About the Bootstrap*, The American Statistician 69, 2015, section 4.2.1, "expanded percentile interval"): cut at
//! `Phi(-sqrt(n / (n - 1)) t)` from both ends, with t the quantile of Student's distribution with n - 1 degrees of freedom.

use fastrand::Rng;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The confidence of all intervals.
const CONFIDENCE: f64 = 0.95;

/// How the intervals of [`Ratio`] were made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// In words.
    pub name: String,
    /// The share of intervals that are to hold the true ratio, 0 to 1.
    pub confidence: f64,
    /// How often the rounds were drawn anew.
    pub resamples: u32,
    /// Seed of the drawing.
    pub seed: u64,
}

/// Samples in short.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// How many.
    pub n: usize,
    /// The mean.
    pub mean: f64,
    /// The median: what a disturbance by others moves least.
    pub median: f64,
    /// The standard deviation of a sample (divided by n - 1); `null` for a single one.
    pub deviation: Option<f64>,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

/// A ratio of means, paired by round.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// The ratio.
    pub ratio: f64,
    /// Its confidence interval; `null` for a single round.
    pub interval: Option<[f64; 2]>,
    /// What that says.
    pub verdict: Verdict,
}

/// What an interval of a ratio to a baseline says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds 1.
    NoDifference,
    /// It lies below 1.
    Less,
    /// It lies above 1.
    More,
    /// There is no interval.
    Unknown,
}

/// The method of a measurement.
pub fn method(resamples: u32, seed: u64) -> Method {
    Method {
        name: "paired bootstrap of the ratio of means over rounds, expanded percentile interval".to_owned(),
        confidence: CONFIDENCE,
        resamples,
        seed,
    }
}

/// Samples in short. There is at least one.
pub fn spread(samples: &[f64]) -> Spread {
    let (n, mean) = (samples.len(), mean(samples.iter().copied()));
    let squares: f64 = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
    Spread {
        n,
        mean,
        median: median(samples),
        deviation: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()),
        min: samples.iter().copied().fold(f64::INFINITY, f64::min),
        max: samples.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

/// Half of the samples are below it; 0 without a sample.
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() { 0.0 } else { quantile(&sorted, 0.5) }
}

fn mean(samples: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = samples.len() as f64;
    samples.sum::<f64>() / n
}

/// One round: the baseline's sample and the contender's.
pub type Pair = (f64, f64);

/// The contender to the baseline. There is at least one round, and the baseline's samples are above 0.
pub fn ratio(rounds: &[Pair], method: &Method) -> Ratio {
    let interval = (rounds.len() > 1).then(|| bootstrap(rounds, method));
    Ratio { ratio: ratio_of_means(rounds.iter()), interval, verdict: verdict(interval) }
}

fn ratio_of_means<'a>(rounds: impl ExactSizeIterator<Item = &'a Pair>) -> f64 {
    let (baseline, contender) = rounds.fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    contender / baseline
}

fn bootstrap(rounds: &[Pair], method: &Method) -> [f64; 2] {
    // The same draws for every ratio of a measurement.
    let mut random = Rng::with_seed(method.seed);
    let mut drawn = Vec::with_capacity(rounds.len());
    let mut ratios: Vec<f64> = (0..method.resamples)
        .map(|_| {
            drawn.clear();
            drawn.extend((0..rounds.len()).map(|_| rounds[random.usize(..rounds.len())]));
            ratio_of_means(drawn.iter())
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let tail = tail(rounds.len(), method.confidence);
    [quantile(&ratios, tail), quantile(&ratios, 1.0 - tail)]
}

/// The share of draws to cut off at each end.
fn tail(rounds: usize, confidence: f64) -> f64 {
    let n = rounds as f64;
    let student = StudentsT::new(0.0, 1.0, n - 1.0).expect("there are two rounds or more");
    let t = student.inverse_cdf(f64::midpoint(1.0, confidence));
    Normal::standard().cdf(-(n / (n - 1.0)).sqrt() * t)
}

/// Between the two nearest of the sorted values.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

fn verdict(interval: Option<[f64; 2]>) -> Verdict {
    match interval {
        None => Verdict::Unknown,
        Some([_, high]) if high < 1.0 => Verdict::Less,
        Some([low, _]) if low > 1.0 => Verdict::More,
        Some(_) => Verdict::NoDifference,
    }
}

#[cfg(test)]
#[path = "interval_tests.rs"]
mod tests;
