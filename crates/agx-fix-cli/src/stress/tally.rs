//! One row of the tables: what all runs of one contender in one scenario came to.

use super::bounds::Rate;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::crash::Crash;
use agx_fix_engine::run::Run;
use agx_fix_workload::{Config, Outcome, Scenario};
use serde::{Deserialize, Serialize};

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tally {
    /// How threads and encoders met.
    pub(super) scenario: Scenario,
    /// The preset's name, or `unguarded`.
    pub(super) strategy: Contender,
    /// Runs.
    pub(super) runs: u32,
    /// Runs with anything wrong: each is counted once here, and once for each thing below.
    pub(super) bad_runs: u32,
    /// The seed of the first bad run.
    pub(super) first_bad_seed: Option<u64>,
    /// Runs that crashed.
    pub(super) crashes: u32,
    /// Runs that were cut off at the time limit.
    pub(super) hangs: u32,
    /// Runs with wrong numbers.
    pub(super) wrong_runs: u32,
    /// Runs whose lost operations are not those that the guard reported as late calls.
    pub(super) unexplained_runs: u32,
    /// Runs with another number of encoders than asked for.
    pub(super) miscounted_runs: u32,
    /// Operations of the runs that came to their end; so are all counts below.
    pub(super) operations: u64,
    /// Operations whose output was never written.
    pub(super) lost: u64,
    /// Lost operations beyond those that the guard reported in the same run.
    pub(super) lost_unreported: u64,
    /// Operations with wrong numbers.
    pub(super) wrong: u64,
    /// Encoders that Metal handed out.
    pub(super) encoders: u64,
    /// Calls that took a lock.
    pub(super) acquisitions: u64,
    /// Acquisitions that had to wait.
    pub(super) contentions: u64,
    /// Mutexes made.
    pub(super) mutex_creations: u64,
    /// Calls on an ended encoder, which the guard kept from the driver.
    pub(super) late_calls: u64,
    /// Late calls that were dispatches.
    pub(super) late_dispatches: u64,
    /// Late dispatches that were done in another encoder.
    pub(super) rescued_dispatches: u64,
    /// The crashes by kind, most frequent first.
    pub(super) crash_sites: Vec<CrashSite>,
    /// Bad runs as a share of all, with bounds. This and what follows is set when all runs are there.
    pub(super) bad_rate: Rate,
    /// Contentions as a share of acquisitions, 0 to 1.
    pub(super) contention_rate: f64,
    /// The command that repeats the row from its first bad run on; absent where all runs were good.
    pub(super) repeat: Option<String>,
}

/// A kind of crash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CrashSite {
    /// How often.
    pub(super) count: u32,
    /// The crash.
    pub(super) crash: Crash,
}

impl Tally {
    pub(super) fn new(scenario: Scenario, strategy: Contender) -> Self {
        Self { scenario, strategy, bad_rate: Rate::of(0, 0), ..Self::default() }
    }

    /// Whether every run was as it should be.
    pub(super) fn is_clean(&self) -> bool {
        self.bad_runs == 0
    }

    /// Counts one run.
    pub(super) fn add(&mut self, config: &Config, run: Run<Outcome>) {
        self.runs += 1;
        let bad = match run {
            Run::Finished(outcome) => self.add_outcome(config, &outcome),
            Run::Hung => {
                self.hangs += 1;
                true
            }
            Run::Crashed(crash) => {
                self.add_crash(crash);
                true
            }
        };
        if bad {
            self.bad_runs += 1;
            self.first_bad_seed.get_or_insert(config.seed);
        }
    }

    /// Whether a run may lose the operations whose dispatches were left out. Where no encoder is misused there are no late
    /// calls, so every loss is a fault; and with `isolate` late work is done elsewhere, so every loss is one too.
    fn may_lose(&self) -> bool {
        self.scenario.breaks_unguarded() && !self.strategy.isolates()
    }

    fn add_crash(&mut self, crash: Crash) {
        self.crashes += 1;
        match self.crash_sites.iter_mut().find(|site| site.crash == crash) {
            Some(site) => site.count += 1,
            None => self.crash_sites.push(CrashSite { count: 1, crash }),
        }
        self.crash_sites.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.crash.cmp(&b.crash)));
    }

    /// Returns whether anything is wrong with the run.
    fn add_outcome(&mut self, config: &Config, outcome: &Outcome) -> bool {
        self.operations += outcome.operations;
        self.lost += outcome.lost;
        self.wrong += outcome.wrong;
        self.encoders += outcome.encoders;
        let statistics = outcome.statistics.as_ref();
        let left_out = statistics.map_or(0, |it| it.dispatches_left_out());
        self.lost_unreported += outcome.lost.saturating_sub(left_out);
        if let Some(it) = statistics {
            self.acquisitions += it.acquisitions;
            self.contentions += it.contentions;
            self.mutex_creations += it.mutex_creations;
            self.late_calls += it.late_calls;
            self.late_dispatches += it.late_dispatches;
            self.rescued_dispatches += it.rescued_dispatches;
        }

        let wrong = outcome.wrong > 0;
        let explained = if self.may_lose() { left_out } else { 0 };
        let unexplained = outcome.lost != explained;
        let miscounted = expected_encoders(config).is_some_and(|expected| outcome.encoders != expected);
        self.wrong_runs += u32::from(wrong);
        self.unexplained_runs += u32::from(unexplained);
        self.miscounted_runs += u32::from(miscounted);
        wrong || unexplained || miscounted
    }
}

/// The encoders that a run must have opened, where its scenario says.
fn expected_encoders(config: &Config) -> Option<u64> {
    match config.scenario {
        Scenario::OwnEncoder => Some((config.threads * config.batching.encoders_for(config.ops)) as u64),
        Scenario::SharedEncoder | Scenario::TornEncoder => None,
    }
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
