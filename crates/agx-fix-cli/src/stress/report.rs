//! The result of a stress test, as written by `--json` and as rendered for people.

use super::args::Settings;
use super::bounds::Rate;
use super::tally::Tally;
use super::verdict;
use agx_fix_engine::provenance;
use agx_fix_engine::provenance::Provenance;
use agx_fix_engine::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// The version of the layout.
pub(crate) const SCHEMA: &str = "agx-fix-stress/1";

/// The result of one stress test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    /// [`SCHEMA`].
    pub(super) schema: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub(crate) provenance: Provenance,
    /// How much was run.
    pub(super) settings: Settings,
    /// What all runs took together.
    pub(super) seconds: f64,
    /// A row for each contender in each scenario.
    pub(super) rows: Vec<Tally>,
    /// Whether the guard is shown to be needed and to hold.
    pub(crate) verdict: Verdict,
}

impl Report {
    pub(super) fn new(settings: Settings, tallies: Vec<Tally>, seconds: f64) -> Self {
        let verdict = verdict::of(&tallies);
        Self {
            schema: SCHEMA.to_owned(),
            provenance: provenance::here(),
            settings,
            seconds,
            rows: tallies.into_iter().map(|tally| concluded(tally, &settings)).collect(),
            verdict,
        }
    }
}

/// The tally with the figures that follow from its counts.
#[allow(clippy::cast_precision_loss, reason = "a ratio for people")]
fn concluded(tally: Tally, settings: &Settings) -> Tally {
    let Tally { acquisitions, contentions, .. } = tally;
    Tally {
        bad_rate: Rate::of(tally.bad_runs, tally.runs),
        contention_rate: if acquisitions == 0 { 0.0 } else { contentions as f64 / acquisitions as f64 },
        repeat: tally.first_bad_seed.map(|seed| repeat(&tally, settings, seed)),
        ..tally
    }
}

fn repeat(tally: &Tally, settings: &Settings, seed: u64) -> String {
    let Settings { iterations, threads, ops, model, limit_seconds, .. } = settings;
    let size = if *model == agx_fix_workload::Model::PAPER { " --paper-size" } else { "" };
    format!(
        "agx-fix stress --scenario {} --preset {}{size} --seed {seed} --iterations {iterations} --threads {threads} \
         --ops {ops} --timeout {limit_seconds}",
        tally.scenario, tally.strategy
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::stress::tally::CrashSite;
    use agx_fix_engine::contender::Contender;
    use agx_fix_engine::crash::Crash;
    use agx_fix_engine::provenance::{Driver, Machine};
    use agx_fix_workload::{Model, Scenario};

    fn settings() -> Settings {
        Settings { iterations: 20, threads: 8, ops: 50, model: Model::PAPER, seed: 1, limit_seconds: 10 }
    }

    fn tallies() -> Vec<Tally> {
        let row = Tally::new(Scenario::SharedEncoder, Contender::Unguarded);
        vec![Tally { runs: 20, bad_runs: 3, crashes: 3, first_bad_seed: Some(4), ..row }]
    }

    /// A report with a bad row.
    pub(crate) fn sample() -> Report {
        Report::new(settings(), tallies(), 1.5)
    }

    /// A report with all rows: baselines crash where they are meant to, and nothing else is wrong. `crash` is what crashes say.
    pub(crate) fn whole(driver: Driver, crash: &str) -> Report {
        let crash = || Crash { ending: "SIGSEGV".into(), text: Some(crash.to_owned()), ..Crash::default() };
        let row = |scenario: Scenario, strategy: Contender| {
            let bad_runs = if scenario.breaks_unguarded() && strategy.is_baseline() { 20 } else { 0 };
            let crash_sites = (bad_runs > 0).then(|| CrashSite { count: bad_runs, crash: crash() });
            Tally {
                runs: 20,
                bad_runs,
                crashes: bad_runs,
                first_bad_seed: (bad_runs > 0).then_some(1),
                operations: if bad_runs > 0 { 0 } else { 8000 },
                acquisitions: 1000,
                contentions: 3,
                crash_sites: crash_sites.into_iter().collect(),
                ..Tally::new(scenario, strategy)
            }
        };
        let rows = Scenario::ALL
            .into_iter()
            .flat_map(|it| Contender::usual().map(move |strategy| row(it, strategy)));
        let machine = Machine { cpu: "a processor".to_owned(), cores: 2, ..Machine::default() };
        let report = Report::new(settings(), rows.collect(), 9.0);
        let provenance = Provenance { driver, machine, commit: "abc".to_owned(), ..report.provenance };
        Report { provenance, ..report }
    }

    #[test]
    fn rates_follow_from_the_counts() {
        let tally = Tally { acquisitions: 50, contentions: 10, ..tallies().remove(0) };
        let row = concluded(tally, &settings());
        assert_eq!((row.contention_rate, row.bad_rate.rate), (0.2, 0.15));
        assert_eq!(concluded(tallies().remove(0), &settings()).contention_rate, 0.0);
    }

    #[test]
    fn a_failing_row_names_the_command_that_repeats_it() {
        let report = sample();
        assert_eq!(
            report.rows[0].repeat.as_deref(),
            Some(
                "agx-fix stress --scenario shared-encoder --preset unguarded --paper-size --seed 4 --iterations 20 \
                 --threads 8 --ops 50 --timeout 10"
            )
        );
    }
}
