//! One run: a child process, and what became of it.

use crate::contender::Contender;
use crate::crash::Crash;
use crate::error::{Error, Result};
use crate::supervise::{Ending, Finished, Interrupt, supervise};
use crate::tool::Tool;
use crate::workload;
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::{Config, Outcome};
use serde::de::DeserializeOwned;
use std::process::Command;
use std::time::Duration;

/// What became of one run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Run<T = Outcome> {
    /// It came to its end.
    Finished(Box<T>),
    /// It was cut off at the time limit.
    Hung,
    /// It died.
    Crashed(Crash),
}

/// Why there is no run: the tool is to stop.
pub(crate) enum Stop {
    /// It was asked to, by this signal.
    Signal(i32),
    /// The run could not be made.
    Error(Error),
}

/// What runs are made of.
pub(crate) struct Workbench(Tool);

impl Workbench {
    pub(crate) fn set_up() -> Result<Self> {
        Tool::set_up().map(Self)
    }

    /// Makes one run of the workload.
    pub(crate) fn run(
        &self,
        config: &Config,
        contender: Contender,
        limit: Duration,
        interrupt: &Interrupt,
    ) -> std::result::Result<Run, Stop> {
        let mut command = self.command(contender);
        workload::arguments(&mut command, config);
        judge(&finish(&mut command, limit, interrupt)?, contender)
    }

    /// What children are made of.
    pub(crate) fn tool(&self) -> &Tool {
        &self.0
    }

    /// This tool, to be given its arguments. The environment of a run is what its row says.
    pub(crate) fn command(&self, contender: Contender) -> Command {
        let mut command = self.0.command(contender.strategy().is_some());
        if let Some(strategy) = contender.strategy() {
            command.env("AGX_FIX_PRESET", strategy.name());
        }
        command
    }
}

/// Runs a command to its end, or to the limit.
pub(crate) fn finish(
    command: &mut Command,
    limit: Duration,
    interrupt: &Interrupt,
) -> std::result::Result<Finished, Stop> {
    supervise(command, limit, interrupt)
        .map_err(|cause| Stop::Error(Error::new(format!("a run cannot be started: {cause}"))))
}

/// What a run prints at its end.
pub(crate) trait Printed: DeserializeOwned {
    /// What the library in it counted.
    fn statistics(&self) -> Option<&Statistics>;
}

impl Printed for Outcome {
    fn statistics(&self) -> Option<&Statistics> {
        self.statistics.as_ref()
    }
}

/// What became of a run.
pub(crate) fn judge<T: Printed>(
    finished: &Finished,
    contender: Contender,
) -> std::result::Result<Run<T>, Stop> {
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
fn outcome<T: Printed>(finished: &Finished, contender: Contender) -> Result<Box<T>> {
    let outcome: T = serde_json::from_str(&finished.stdout).map_err(|cause| {
        Error::new(format!("a run's outcome cannot be read, so the runs show nothing: {cause}"))
    })?;
    let active = outcome.statistics().filter(|it| it.enabled).map(|it| it.strategy.as_str());
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
