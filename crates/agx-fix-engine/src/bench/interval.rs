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

use agx_fix_interface::bench::{Method, Ratio, Spread, Verdict};
use fastrand::Rng;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The confidence of all intervals.
const CONFIDENCE: f64 = 0.95;

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
        deviation: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()),
        min: samples.iter().copied().fold(f64::INFINITY, f64::min),
        max: samples.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
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
