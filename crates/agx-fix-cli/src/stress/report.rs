//! The result of a stress test, as written by `--json` and as rendered for people.

use super::args::Settings;
use super::bounds::Rate;
use super::tally::Tally;
use super::verdict::Verdict;
use crate::machine::{COMMIT, Machine, VERSION};
use serde::{Deserialize, Serialize};

/// The version of the layout.
pub(super) const SCHEMA: &str = "agx-fix-stress/1";

/// The result of one stress test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    /// [`SCHEMA`].
    pub(super) schema: String,
    /// The tool's version.
    pub(super) version: String,
    /// The commit that was built.
    pub(super) commit: String,
    /// Whose driver ran.
    pub(super) driver: Driver,
    /// The machine.
    pub(super) machine: Machine,
    /// The command, word by word.
    pub(super) command: Vec<String>,
    /// How much was run.
    pub(super) settings: Settings,
    /// What all runs took together.
    pub(super) seconds: f64,
    /// A row for each strategy in each scenario.
    pub(super) rows: Vec<Row>,
    /// Whether the guard is shown to be needed and to hold.
    pub(super) verdict: Verdict,
}

/// Whose driver ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Driver {
    /// The simulator of this project.
    Simulated,
    /// The system's Metal.
    Metal,
}

impl Driver {
    pub(crate) const fn this() -> Self {
        if cfg!(target_os = "linux") { Self::Simulated } else { Self::Metal }
    }
}

/// A tally and what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// The counts.
    #[serde(flatten)]
    pub(super) tally: Tally,
    /// Bad runs as a share of all, with bounds.
    pub(super) bad_rate: Rate,
    /// Contentions as a share of acquisitions.
    pub(super) contention_rate: f64,
    /// The command that repeats the row from its first bad run on; absent where all runs were good.
    pub(super) repeat: Option<String>,
}

impl Report {
    pub(super) fn new(settings: Settings, tallies: Vec<Tally>, seconds: f64) -> Self {
        let verdict = Verdict::of(&tallies);
        Self {
            schema: SCHEMA.to_owned(),
            version: VERSION.to_owned(),
            commit: COMMIT.to_owned(),
            driver: Driver::this(),
            machine: Machine::this(),
            command: command(),
            settings,
            seconds,
            rows: tallies.into_iter().map(|tally| Row::new(tally, &settings)).collect(),
            verdict,
        }
    }
}

/// As typed, but for the path of the tool.
pub(crate) fn command() -> Vec<String> {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    std::iter::once("agx-fix".to_owned()).chain(words).collect()
}

impl Row {
    fn new(tally: Tally, settings: &Settings) -> Self {
        Self {
            bad_rate: Rate::of(tally.bad_runs, tally.runs),
            contention_rate: tally.contention_rate(),
            repeat: tally.first_bad_seed.map(|seed| repeat(&tally, settings, seed)),
            tally,
        }
    }
}

fn repeat(tally: &Tally, settings: &Settings, seed: u64) -> String {
    let Settings { iterations, threads, ops, model, limit_seconds, .. } = settings;
    let size = if *model == agx_fix_workload::Model::REPORT { " --report-size" } else { "" };
    format!(
        "agx-fix stress --scenario {} --strategy {}{size} --seed {seed} --iterations {iterations} --threads {threads} \
         --ops {ops} --timeout {limit_seconds}",
        tally.scenario, tally.strategy
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stress::contender::Contender;
    use agx_fix_workload::{Model, Scenario};

    fn settings() -> Settings {
        Settings { iterations: 20, threads: 8, ops: 50, model: Model::REPORT, seed: 1, limit_seconds: 10 }
    }

    fn tallies() -> Vec<Tally> {
        let row = Tally::new(Scenario::SharedEncoder, Contender::Unguarded);
        vec![Tally { runs: 20, bad_runs: 3, crashes: 3, first_bad_seed: Some(4), ..row }]
    }

    #[test]
    fn json_goes_round() {
        let report = Report::new(settings(), tallies(), 1.5);
        let json = serde_json::to_string_pretty(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
        assert!(json.contains("\"schema\": \"agx-fix-stress/1\""));
    }

    #[test]
    fn a_failing_row_names_the_command_that_repeats_it() {
        let report = Report::new(settings(), tallies(), 1.5);
        assert_eq!(
            report.rows[0].repeat.as_deref(),
            Some(
                "agx-fix stress --scenario shared-encoder --strategy unguarded --report-size --seed 4 --iterations 20 \
                 --threads 8 --ops 50 --timeout 10"
            )
        );
    }
}
