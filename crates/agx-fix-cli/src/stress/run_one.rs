//! One run: a child process, and what became of it.

use super::contender::Contender;
use super::crash::Crash;
use crate::error::{Error, Result};
use crate::inject::{Injection, PRELOAD};
use crate::supervise::{Ending, Finished, Interrupt, supervise};
use crate::workload;
use agx_fix_workload::{Config, Outcome};
use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
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
pub(super) struct Workbench {
    tool: PathBuf,
    injection: Injection,
    simulator: Option<PathBuf>,
}

impl Workbench {
    pub(super) fn set_up() -> Result<Self> {
        let tool = env::current_exe()
            .map_err(|cause| Error::new(format!("agx-fix cannot find itself to start the runs: {cause}")))?;
        let injection = Injection::unpack()?;
        let cache = agx_fix_bundle::cache_dir()?;
        let simulator = agx_fix_bundle::SIMULATOR.as_ref().map(|it| it.unpack(&cache)).transpose()?;
        Ok(Self { tool, injection, simulator })
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

    /// The environment of a run is what its row says, whatever is preloaded or set for agx-fix around this process.
    fn command(&self, config: &Config, contender: Contender) -> Command {
        let mut command = Command::new(&self.tool);
        workload::arguments(&mut command, config);
        for (name, _) in env::vars_os().filter(|(name, _)| is_option(name)) {
            command.env_remove(name);
        }
        command.env_remove(PRELOAD);
        if let Some(simulator) = &self.simulator {
            command.env("AGX_SIM_LIBRARY", simulator).env("AGX_SIM_CRASH_REPORT", "1");
        }
        if let Some(strategy) = contender.strategy() {
            self.injection.set(&mut command);
            command.env("AGX_FIX_STRATEGY", strategy.name());
        }
        command
    }
}

fn is_option(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("AGX_FIX_") && name != "AGX_FIX_CACHE")
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
