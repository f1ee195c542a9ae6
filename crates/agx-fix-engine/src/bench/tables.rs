//! From samples to tables.

use super::file::{Contention, Counts, Options, Sample, Throughput};
use super::interval::{Method, Pair, ratio, spread};
use agx_fix_interface::waits::Waits;

/// Throughput by contender and threads, contenders in the order of `names`, the baseline first.
pub fn throughput(samples: &[Sample], names: &[&str], options: &Options, method: &Method) -> Vec<Throughput> {
    let baseline = names[0];
    let row = |name: &str, threads: usize| {
        let own = series(samples, name, threads);
        let throughputs: Vec<f64> = own.iter().map(|sample| sample.throughput()).collect();
        let pairs = || -> Vec<Pair> {
            let base = series(samples, baseline, threads);
            base.iter().map(|sample| sample.throughput()).zip(throughputs.iter().copied()).collect()
        };
        Throughput {
            contender: name.to_owned(),
            threads,
            ops_per_second: spread(&throughputs),
            ratio: (name != baseline).then(|| ratio(&pairs(), method)),
        }
    };
    names.iter().flat_map(|name| options.threads.iter().map(move |&threads| row(name, threads))).collect()
}

/// What the library counted, for each contender that has it.
pub fn contention(samples: &[Sample], names: &[&str], options: &Options) -> Vec<Contention> {
    names.iter().filter_map(|name| counted(samples, name, options)).collect()
}

fn counted(samples: &[Sample], name: &str, options: &Options) -> Option<Contention> {
    let threads = options.counted_threads;
    let counts: Option<Vec<&Counts>> =
        series(samples, name, threads).iter().map(|sample| sample.counts.as_ref()).collect();
    let counts = counts.filter(|counts| !counts.is_empty())?;
    let column =
        |field: fn(&Counts) -> u64| -> Vec<f64> { counts.iter().map(|it| field(it) as f64).collect() };
    let (acquisitions, contentions) = (column(|it| it.acquisitions), column(|it| it.contentions));
    let all: f64 = acquisitions.iter().sum();
    Some(Contention {
        contender: name.to_owned(),
        threads,
        operations: (threads * options.ops) as u64,
        rate: if all > 0.0 { contentions.iter().sum::<f64>() / all } else { 0.0 },
        acquisitions: spread(&acquisitions),
        contentions: spread(&contentions),
        mutex_creations: spread(&column(|it| it.mutex_creations)),
        waits: Waits::merged(counts.iter().map(|it| &it.waits)),
    })
}

/// The runs of a contender at a number of threads, by round.
fn series<'s>(samples: &'s [Sample], name: &str, threads: usize) -> Vec<&'s Sample> {
    let mut series: Vec<&Sample> =
        samples.iter().filter(|sample| sample.contender == name && sample.threads == threads).collect();
    series.sort_by_key(|sample| sample.round);
    series
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::file::Shape;
    use crate::bench::interval::{Verdict, method};

    fn options() -> Options {
        Options {
            iterations: 3,
            threads: vec![2, 8],
            ops: 50,
            counted_threads: 8,
            shape: Shape::SMALL,
            seed: 1,
            limit_seconds: 10,
        }
    }

    /// `slow` has half the throughput of the baseline in every round, whatever that was.
    fn samples() -> Vec<Sample> {
        let sample = |contender: &str, round: u32, threads: usize| {
            let seconds = 0.1 + f64::from(round) * 0.05;
            let slow = contender == "slow";
            Sample {
                contender: contender.to_owned(),
                round,
                threads,
                seed: 1,
                operations: threads as u64 * 50,
                encoders: threads as u64 * 100,
                seconds: if slow { 2.0 * seconds } else { seconds },
                counts: slow.then(|| Counts {
                    acquisitions: 2400,
                    contentions: u64::from(round),
                    mutex_creations: 800,
                    waits: Waits::new([(1_023, u64::from(round))], 1_000 * u64::from(round)),
                }),
            }
        };
        // Out of order, as rounds begin with another contender each.
        let rounds = (0..3).rev().flat_map(|round| [2, 8].map(|threads| (round, threads)));
        rounds
            .flat_map(|(round, threads)| ["slow", "base"].map(|name| sample(name, round, threads)))
            .collect()
    }

    #[test]
    fn pairs_are_those_of_a_round() {
        let rows = throughput(&samples(), &["base", "slow"], &options(), &method(500, 1));
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().filter(|row| row.contender == "base").all(|row| row.ratio.is_none()));
        for row in rows.iter().filter(|row| row.contender == "slow") {
            let ratio = row.ratio.unwrap();
            let [low, high] = ratio.interval.unwrap();
            assert!([ratio.ratio, low, high].iter().all(|it| (it - 0.5).abs() < 1e-9), "{ratio:?}");
            assert_eq!(ratio.verdict, Verdict::Less);
        }
    }

    #[test]
    fn counts_are_of_one_run_and_only_where_somebody_counts() {
        let rows = contention(&samples(), &["base", "slow"], &options());
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.contender.as_str(), row.operations), ("slow", 400));
        assert_eq!((row.acquisitions.mean, row.acquisitions.deviation), (2400.0, Some(0.0)));
        assert_eq!((row.contentions.mean, row.contentions.max, row.mutex_creations.mean), (1.0, 2.0, 800.0));
        assert_eq!((row.waits.count, row.waits.longest_ns), (3, 2_000));
        assert!((row.rate - 3.0 / 7200.0).abs() < 1e-12);
    }
}
