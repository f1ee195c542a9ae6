//! The options of `agx-fix-lab bench`.

use agx_fix_engine::bench::figures::COUNTED_THREADS;
use agx_fix_engine::bench::file::{GpuModel, Options, Shape};
use agx_fix_engine::bench::model::fitted;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::provenance::Driver;
use agx_fix_terms::Preset;
use agx_fix_workload::{Batching, Config, Model, Scenario};
use std::path::PathBuf;
use std::time::Duration;

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
    #[command(flatten)]
    gpu: Gpu,
}

/// The constants of the modelled GPU, where they are not to be the fitted ones.
#[derive(clap::Args)]
#[command(
    next_help_heading = "Model of the simulated GPU (defaults are fitted to the paper's throughput table)"
)]
struct Gpu {
    /// From the commit to the queue's work on it, in microseconds
    #[arg(long, value_name = "US", value_parser = microseconds)]
    gpu_latency: Option<f64>,
    /// A queue's time for a command buffer, beside what is in it, in microseconds
    #[arg(long, value_name = "US", value_parser = microseconds)]
    gpu_buffer: Option<f64>,
    /// A queue's time for an encoder, in microseconds
    #[arg(long, value_name = "US", value_parser = microseconds)]
    gpu_encoder: Option<f64>,
    /// A queue's time for a dispatch, in microseconds
    #[arg(long, value_name = "US", value_parser = microseconds)]
    gpu_dispatch: Option<f64>,
    /// The device's time for a floating-point operation, in picoseconds
    #[arg(long, value_name = "PS", value_parser = picoseconds)]
    gpu_flop: Option<f64>,
}

/// The simulator takes no more.
const MOST_MICROSECONDS: f64 = 60_000.0;
const MOST_PICOSECONDS: f64 = 1e9;

fn microseconds(text: &str) -> Result<f64, String> {
    number(text, 0.0, MOST_MICROSECONDS)
}

fn picoseconds(text: &str) -> Result<f64, String> {
    // Without arithmetic there would be no maximum to have a share of.
    number(text, 1.0, MOST_PICOSECONDS)
}

fn number(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(format!("it takes a number from {least} to {most}"))
    }
}

/// Which parts are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) tables: bool,
    pub(super) sweep: bool,
}

impl Args {
    pub(super) fn parts(&self) -> Parts {
        let all = self.markdown.is_some();
        Parts { tables: all || self.tables || !self.sweep, sweep: all || self.sweep }
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

    /// The model that runs are to follow. `None` where the GPU is a real one.
    pub(super) fn gpu(&self, driver: Driver, shape: &Shape) -> Option<GpuModel> {
        if driver == Driver::Metal {
            return None;
        }
        let fitted = fitted(shape);
        Some(GpuModel {
            latency_us: self.gpu.gpu_latency.unwrap_or(fitted.latency_us),
            buffer_us: self.gpu.gpu_buffer.unwrap_or(fitted.buffer_us),
            encoder_us: self.gpu.gpu_encoder.unwrap_or(fitted.encoder_us),
            dispatch_us: self.gpu.gpu_dispatch.unwrap_or(fitted.dispatch_us),
            flop_ps: self.gpu.gpu_flop.unwrap_or(fitted.flop_ps),
        })
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

/// The time limit of a run.
pub(super) fn limit(options: &Options) -> Duration {
    Duration::from_secs(options.limit_seconds.into())
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

    fn try_parse(line: &str) -> Option<Args> {
        let words = std::iter::once("bench").chain(line.split_whitespace());
        Some(Line::try_parse_from(words).ok()?.args)
    }

    fn parse(line: &str) -> Args {
        try_parse(line).unwrap()
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
        let parts = |line: &str| {
            let Parts { tables, sweep } = parse(line).parts();
            (tables, sweep)
        };
        assert_eq!(parts(""), (true, false));
        assert_eq!(parts("--sweep"), (false, true));
        assert_eq!(parts("--sweep --tables"), (true, true));
        assert_eq!(parts("--markdown x.md"), (true, true));
    }

    #[test]
    fn constants_of_the_model_are_options_within_bounds() {
        let options = parse("").options();
        let fitted = fitted(&options.shape);
        let given = |line: &str| parse(line).gpu(Driver::Simulated, &options.shape).unwrap();
        assert_eq!(given(""), fitted);
        assert_eq!(
            given("--gpu-buffer 1.5 --gpu-flop 7"),
            GpuModel { buffer_us: 1.5, flop_ps: 7.0, ..fitted }
        );
        assert_eq!(parse("").gpu(Driver::Metal, &options.shape), None);
        for line in ["--gpu-buffer NaN", "--gpu-buffer 60001", "--gpu-latency x"] {
            assert!(try_parse(line).is_none(), "{line}");
        }
    }
}
