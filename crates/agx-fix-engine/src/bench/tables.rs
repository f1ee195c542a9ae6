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
    use crate::bench::file::Bench;
    use crate::bench::fixture::{NAMES, bench};
    use crate::bench::interval::Verdict;

    #[test]
    fn pairs_are_those_of_a_round() {
        let Bench { mut samples, options, method, throughput, .. } = bench();
        // Rounds begin with another contender each.
        samples.reverse();
        assert_eq!(super::throughput(&samples, &NAMES, &options, &method), throughput);
        assert_eq!(throughput.len(), 6);
        assert!(throughput.iter().filter(|row| row.contender == "unguarded").all(|row| row.ratio.is_none()));
        for row in throughput.iter().filter(|row| row.contender == "per-encoder") {
            let ratio = row.ratio.unwrap();
            let [low, high] = ratio.interval.unwrap();
            assert!([ratio.ratio, low, high].iter().all(|it| (it - 0.5).abs() < 1e-9), "{ratio:?}");
            assert_eq!(ratio.verdict, Verdict::Less);
        }
    }

    #[test]
    fn counts_are_of_one_run_and_only_where_somebody_counts() {
        let rows = bench().contention;
        let [row, _] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.contender.as_str(), row.operations), ("associated-object", 400));
        assert_eq!((row.acquisitions.mean, row.acquisitions.deviation), (2400.0, Some(0.0)));
        assert_eq!((row.contentions.mean, row.contentions.max, row.mutex_creations.mean), (1.0, 2.0, 800.0));
        assert_eq!((row.waits.count, row.waits.longest_ns), (3, 1_250));
        assert!((row.rate - 3.0 / 7200.0).abs() < 1e-12);
    }
}
