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
    let n = samples.len();
    let mean = samples.iter().sum::<f64>() / n as f64;
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
mod tests {
    use super::*;

    fn near(found: f64, wanted: f64) -> bool {
        (found - wanted).abs() < 1e-3
    }

    #[test]
    fn a_spread_by_hand() {
        let spread = spread(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!((spread.n, spread.mean.to_bits()), (8, 5.0f64.to_bits()));
        assert!(near(spread.deviation.unwrap(), (32.0f64 / 7.0).sqrt()));
        assert_eq!((spread.min.to_bits(), spread.max.to_bits()), (2.0f64.to_bits(), 9.0f64.to_bits()));
        assert_eq!(super::spread(&[1.0]).deviation, None);
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        let sorted = [1.0, 2.0, 4.0];
        for (share, wanted) in [(0.0, 1.0), (0.25, 1.5), (0.5, 2.0), (0.75, 3.0), (1.0, 4.0)] {
            assert!(near(quantile(&sorted, share), wanted), "{share}");
        }
    }

    /// By tables: t(0.975, 4) = 2.7764, Phi(-sqrt(5/4) 2.7764) = Phi(-3.1042) = 0.000954; for many rounds 0.025.
    #[test]
    fn tails_are_those_of_the_expanded_percentile_interval() {
        assert!((tail(5, 0.95) - 0.000_954).abs() < 2e-6, "{}", tail(5, 0.95));
        assert!(near(tail(100_000, 0.95), 0.025));
    }

    #[test]
    fn pairs_without_noise_have_an_interval_without_width() {
        let rounds: Vec<Pair> = (1..=5).map(|n| (f64::from(n) * 100.0, f64::from(n) * 90.0)).collect();
        let found = ratio(&rounds, &method(1000, 1));
        let [low, high] = found.interval.unwrap();
        assert!(near(found.ratio, 0.9) && near(low, 0.9) && near(high, 0.9), "{found:?}");
        assert_eq!(found.verdict, Verdict::Less);
    }

    #[test]
    fn the_verdict_follows_the_interval() {
        let around = |centre: f64| -> Vec<Pair> {
            [0.98, 0.99, 1.0, 1.01, 1.02].iter().map(|noise| (100.0, 100.0 * centre * noise)).collect()
        };
        for (centre, wanted) in [(0.9, Verdict::Less), (1.0, Verdict::NoDifference), (1.1, Verdict::More)] {
            assert_eq!(ratio(&around(centre), &method(2000, 1)).verdict, wanted, "{centre}");
        }
        let one = ratio(&[(100.0, 90.0)], &method(2000, 1));
        assert_eq!((one.interval, one.verdict), (None, Verdict::Unknown));
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let rounds: Vec<Pair> = (0..5).map(|n| (100.0 + f64::from(n), 90.0 + f64::from(n * n))).collect();
        assert_eq!(ratio(&rounds, &method(500, 7)), ratio(&rounds, &method(500, 7)));
        assert_ne!(ratio(&rounds, &method(500, 7)), ratio(&rounds, &method(500, 8)));
    }

    /// Pairs of five rounds with no difference between the two: the share of intervals that hold 1.
    fn coverage(cut: impl Fn(&[Pair]) -> [f64; 2]) -> f64 {
        const EXPERIMENTS: u32 = 250;
        let mut random = Rng::with_seed(42);
        // The sum of 12 even numbers has variance 1 and is close to normal.
        let mut noise = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        let mut held = 0;
        for _ in 0..EXPERIMENTS {
            let rounds: Vec<Pair> = (0..5).map(|_| (100.0 + 3.0 * noise(), 100.0 + 3.0 * noise())).collect();
            let [low, high] = cut(&rounds);
            held += u32::from(low <= 1.0 && 1.0 <= high);
        }
        f64::from(held) / f64::from(EXPERIMENTS)
    }

    #[test]
    fn five_rounds_are_enough_for_about_95_in_100_and_a_plain_percentile_interval_is_not() {
        let method = method(2500, 1);
        let expanded = coverage(|rounds| bootstrap(rounds, &method));
        assert!((0.91..=0.99).contains(&expanded), "{expanded}");
        let plain = coverage(|rounds| {
            let mut random = Rng::with_seed(1);
            let draw = |_| {
                let drawn: Vec<Pair> =
                    (0..rounds.len()).map(|_| rounds[random.usize(..rounds.len())]).collect();
                ratio_of_means(drawn.iter())
            };
            let mut ratios: Vec<f64> = (0..2500).map(draw).collect();
            ratios.sort_by(f64::total_cmp);
            [quantile(&ratios, 0.025), quantile(&ratios, 0.975)]
        });
        assert!(plain < 0.9, "{plain}");
    }
}
