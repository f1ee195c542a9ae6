//! The options of `agx-fix-lab bench`.

use agx_fix_engine::bench::file::{Options, Shape};
use agx_fix_engine::bench::model::COUNTED_THREADS;
use agx_fix_engine::contender::Contender;
use agx_fix_terms::Preset;
use agx_fix_workload::{Batching, Config, Model, Scenario};
use std::path::PathBuf;

/// Measures throughput and contention, without a guard and with every preset
///
/// Runs the paper's workload (each operation a two-layer perceptron in encoders of its own) for every preset and number
/// of threads, round by round, each run in a process of its own whose every output is checked. A wrong number or a crash
/// ends the measurement with exit code 1. On Linux the driver and the GPU are simulated.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Throughput by threads, and contention [default: this part alone; with --markdown all parts]
    #[arg(long, help_heading = "Parts")]
    tables: bool,
    /// More work in an encoder, more encoders in a command buffer, larger tensors, more queues: what they are worth
    #[arg(long, help_heading = "Parts")]
    sweep: bool,
    /// What a guarded call costs, beside other locks: into the file, for `agx-fix report` (`agx-fix-lab calls` prints more)
    #[arg(long, help_heading = "Parts", requires = "json")]
    pub(super) calls: bool,
    /// Rounds: each contender runs once in each
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    iterations: u32,
    /// Numbers of threads
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_values = ["1", "2", "4", "8", "16"],
        value_parser = clap::value_parser!(u32).range(1..=1024)
    )]
    threads: Vec<u32>,
    /// Operations of each thread in a run
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    ops: u32,
    /// Seed of the first round's numbers and of the resampling; each further round adds 1
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// Compute the paper's perceptron, 512 -> 1024 -> 512 with batch 32, instead of a small one (on a simulated GPU, which
    /// is a CPU, that takes longer than the GPU that is modelled)
    #[arg(long, alias = "report-size")]
    paper_size: bool,
    /// Only this preset; may be repeated. `unguarded`, with which they are compared, is always there
    #[arg(long, alias = "strategy", value_name = "PRESET", value_parser = Contender::parser())]
    preset: Vec<Contender>,
    /// A run that takes longer is an error
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    timeout: u32,
    /// How often the rounds are drawn anew for an interval
    #[arg(long, value_name = "N", default_value = "10000", value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    pub(super) resamples: u32,
    /// Write the result as JSON too
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Run all parts, and write the result between the marks in FILE
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tables", "sweep"])]
    pub(super) markdown: Option<PathBuf>,
}

impl Args {
    /// Whether the tables are asked for, and the sweep.
    pub(super) const fn parts(&self) -> (bool, bool) {
        let all = self.markdown.is_some();
        (all || self.tables || !self.sweep, all || self.sweep)
    }

    /// The compared, the baseline first.
    pub(super) fn contenders(&self) -> Vec<Contender> {
        let beside = Contender::Guarded(Preset::PaperGlobal);
        let usual = Contender::usual().chain([beside]).filter(|_| self.preset.is_empty());
        let chosen: Vec<_> = usual.chain(self.preset.iter().copied()).collect();
        Contender::all().filter(|it| *it == Contender::Unguarded || chosen.contains(it)).collect()
    }

    pub(super) fn options(&self) -> Options {
        let mut threads: Vec<usize> = self.threads.iter().map(|&threads| threads as usize).collect();
        threads.sort_unstable();
        threads.dedup();
        let most = threads.last().copied().unwrap_or(COUNTED_THREADS);
        Options {
            iterations: self.iterations,
            counted_threads: if threads.contains(&COUNTED_THREADS) { COUNTED_THREADS } else { most },
            threads,
            ops: self.ops as usize,
            shape: if self.paper_size { Shape::PAPER } else { Shape::SMALL },
            seed: self.seed,
            limit_seconds: self.timeout,
        }
    }
}

/// One run of a shape.
pub(super) const fn config(shape: &Shape, threads: usize, ops: usize, seed: u64) -> Config {
    let Shape { input, hidden, batch, dispatches, encoders, queues } = *shape;
    Config {
        scenario: Scenario::OwnEncoder,
        threads,
        ops,
        seed,
        model: Model { input, hidden, batch },
        batching: Batching { dispatches, encoders, queues },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn parse(line: &str) -> Args {
        Line::parse_from(std::iter::once("bench").chain(line.split_whitespace())).args
    }

    #[test]
    fn the_defaults_are_the_papers() {
        let options = parse("").options();
        assert_eq!((options.iterations, options.ops, options.counted_threads), (5, 50, 8));
        assert_eq!(options.threads, [1, 2, 4, 8, 16]);
        assert_eq!(options.shape, Shape::SMALL);
        assert_eq!(parse("--threads 4,2,4").options().threads, [2, 4]);
        assert_eq!(parse("--threads 4,2,4").options().counted_threads, 4);
    }

    #[test]
    fn the_baseline_is_always_there() {
        let names =
            |line: &str| parse(line).contenders().into_iter().map(Contender::name).collect::<Vec<_>>();
        assert_eq!(names("--preset per-encoder"), ["unguarded", "per-encoder"]);
        assert_eq!(names("").len(), Contender::usual().count() + 1);
    }

    #[test]
    fn parts_add_up() {
        let parts = |line: &str| parse(line).parts();
        assert_eq!(parts(""), (true, false));
        assert_eq!(parts("--sweep"), (false, true));
        assert_eq!(parts("--sweep --tables"), (true, true));
        assert_eq!(parts("--markdown x.md"), (true, true));
    }
}
