//! One run: a child process, and what became of it.

use super::contender::Contender;
use super::crash::Crash;
use crate::error::{Error, Result};
use crate::supervise::{Ending, Finished, Interrupt, supervise};
use crate::tool::Tool;
use crate::workload;
use agx_fix_workload::{Config, Outcome};
use std::process::Command;
use std::time::Duration;

/// What became of one run.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Run {
    /// It came to its end.
    Finished(Box<Outcome>),
    /// It was cut off at the time limit.
    Hung,
    /// It died.
    Crashed(Crash),
}

/// Why there is no run: the tool is to stop.
pub(super) enum Stop {
    /// It was asked to, by this signal.
    Signal(i32),
    /// The run could not be made.
    Error(Error),
}

/// What runs are made of.
pub(super) struct Workbench(Tool);

impl Workbench {
    pub(super) fn set_up() -> Result<Self> {
        Tool::set_up().map(Self)
    }

    /// Makes one run.
    pub(super) fn run(
        &self,
        config: &Config,
        contender: Contender,
        limit: Duration,
        interrupt: &Interrupt,
    ) -> std::result::Result<Run, Stop> {
        let finished = supervise(&mut self.command(config, contender), limit, interrupt)
            .map_err(|cause| Stop::Error(Error::new(format!("a run cannot be started: {cause}"))))?;
        judge(&finished, contender)
    }

    /// The environment of a run is what its row says.
    fn command(&self, config: &Config, contender: Contender) -> Command {
        let mut command = self.0.command(contender.strategy().is_some());
        workload::arguments(&mut command, config);
        if let Some(strategy) = contender.strategy() {
            command.env("AGX_FIX_STRATEGY", strategy.name());
        }
        command
    }
}

fn judge(finished: &Finished, contender: Contender) -> std::result::Result<Run, Stop> {
    let status = match finished.ending {
        Ending::TimedOut => return Ok(Run::Hung),
        Ending::Interrupted(signal) => return Err(Stop::Signal(signal)),
        Ending::Exited(status) => status,
    };
    match status.code() {
        Some(0) => outcome(finished, contender).map(Run::Finished).map_err(Stop::Error),
        // The workload's own word that it could not begin: the same would come of all runs.
        Some(1) => Err(Stop::Error(own_words(&finished.stderr))),
        _ => Ok(Run::Crashed(Crash::classify(status, &finished.stderr))),
    }
}

fn own_words(stderr: &str) -> Error {
    let line =
        stderr.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("a run ended without a word");
    Error::new(line.strip_prefix("agx-fix: ").unwrap_or(line))
}

/// Reads the outcome, and makes sure that it is the contender's: a library that did not load, or one that came in by
/// another way, would make the comparison a lie.
fn outcome(finished: &Finished, contender: Contender) -> Result<Box<Outcome>> {
    let outcome: Outcome = serde_json::from_str(&finished.stdout).map_err(|cause| {
        Error::new(format!("a run's outcome cannot be read, so the runs show nothing: {cause}"))
    })?;
    let active = outcome.statistics.as_ref().filter(|it| it.enabled).map(|it| it.strategy.as_str());
    let expected = contender.strategy().map(agx_fix_interface::options::Strategy::name);
    if active == expected {
        return Ok(Box::new(outcome));
    }
    Err(Error::new(format!(
        "the library in a run was {} where it should have been {}, so the runs show nothing",
        active.unwrap_or("inactive"),
        expected.unwrap_or("absent"),
    )))
}

#[cfg(test)]
#[path = "run_one_tests.rs"]
mod tests;
