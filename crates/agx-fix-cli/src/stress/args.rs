//! The options of `agx-fix stress`.

use agx_fix_engine::contender::{Contender, named};
use agx_fix_workload::{Batching, Config, Model, Scenario};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Shows that the unguarded driver fails and that the guarded one does not
///
/// Runs a Metal workload again and again, each time in a process of its own: without the library, and with it under
/// each preset. Exit code 0 only if the guarded runs were clean, the unguarded ones were not where they are meant to
/// fail, and the lock was contended there.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs of each row of the tables
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) iterations: u32,
    /// Threads that encode, in each run
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(super) threads: u32,
    /// Operations of each thread
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) ops: u32,
    /// Seed of the first run's numbers; each further run adds 1
    #[arg(long, value_name = "N", default_value = "1")]
    pub(super) seed: u64,
    /// The perceptron of the paper that this project implements, 512 -> 1024 -> 512 with batch 32, instead of a small one;
    /// the other defaults are the paper's already
    #[arg(long, alias = "report-size")]
    pub(super) paper_size: bool,
    /// Only this scenario; may be repeated
    #[arg(long, value_name = "SCENARIO", value_parser = named::<Scenario>())]
    pub(super) scenario: Vec<Scenario>,
    /// Only this preset, or `unguarded` for no library at all; may be repeated
    #[arg(long = "preset", alias = "strategy", value_name = "PRESET", value_parser = Contender::parser())]
    pub(super) strategy: Vec<Contender>,
    /// A run that takes longer is cut off and counts as a hang [default: 10; with --paper-size 60]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(super) timeout: Option<u32>,
    /// Write the result as JSON too
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
}

/// How much is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// Runs of each row.
    pub(super) iterations: u32,
    /// Threads that encode, in each run.
    pub(super) threads: usize,
    /// Operations of each thread.
    pub(super) ops: usize,
    /// The perceptron.
    pub(super) model: Model,
    /// Seed of the first run.
    pub(super) seed: u64,
    /// The time limit of one run.
    pub(super) limit_seconds: u32,
}

impl Settings {
    pub(super) fn limit(&self) -> Duration {
        Duration::from_secs(self.limit_seconds.into())
    }

    /// What run number `iteration` of `scenario` does.
    pub(super) fn config(&self, scenario: Scenario, iteration: u32) -> Config {
        let Self { threads, ops, model, .. } = *self;
        Config {
            scenario,
            threads,
            ops,
            seed: self.seed.wrapping_add(iteration.into()),
            model,
            batching: Batching::PAPER,
        }
    }
}

impl Args {
    pub(super) fn settings(&self) -> Settings {
        let (model, limit) = if self.paper_size { (Model::PAPER, 60) } else { (Model::SMALL, 10) };
        Settings {
            iterations: self.iterations,
            threads: self.threads as usize,
            ops: self.ops as usize,
            model,
            seed: self.seed,
            limit_seconds: self.timeout.unwrap_or(limit),
        }
    }

    /// The rows of the tables, in their order.
    pub(super) fn rows(&self) -> Vec<(Scenario, Contender)> {
        let scenarios = Scenario::ALL.into_iter().filter(|it| chosen(&self.scenario, it));
        scenarios
            .flat_map(|scenario| Contender::chosen(&self.strategy).into_iter().map(move |it| (scenario, it)))
            .collect()
    }
}

/// None named means all.
fn chosen<T: PartialEq>(named: &[T], it: &T) -> bool {
    named.is_empty() || named.contains(it)
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
        Line::try_parse_from(std::iter::once("stress").chain(line.split_whitespace())).unwrap().args
    }

    #[test]
    fn the_papers_size() {
        let settings = parse("--paper-size").settings();
        assert_eq!((settings.iterations, settings.threads, settings.ops), (50, 8, 50));
        assert_eq!(settings.model, Model::PAPER);
        assert_eq!(parse("--report-size --iterations 2").settings().iterations, 2);
    }

    #[test]
    fn all_rows_are_run_unless_some_are_named() {
        assert_eq!(parse("").rows().len(), 21);
        let named = parse("--preset unguarded --preset per-encoder --scenario shared-encoder").rows();
        assert_eq!(named.len(), 2);
        assert!(named.iter().all(|(scenario, _)| *scenario == Scenario::SharedEncoder));
    }

    #[test]
    fn each_run_has_a_seed_of_its_own() {
        let settings = parse("--seed 40").settings();
        assert_eq!(settings.config(Scenario::OwnEncoder, 2).seed, 42);
    }
}
