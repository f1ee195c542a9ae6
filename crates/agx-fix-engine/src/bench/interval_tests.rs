//! Tests of `interval`.

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
            let drawn: Vec<Pair> = (0..rounds.len()).map(|_| rounds[random.usize(..rounds.len())]).collect();
            ratio_of_means(drawn.iter())
        };
        let mut ratios: Vec<f64> = (0..2500).map(draw).collect();
        ratios.sort_by(f64::total_cmp);
        [quantile(&ratios, 0.025), quantile(&ratios, 0.975)]
    });
    assert!(plain < 0.9, "{plain}");
}
