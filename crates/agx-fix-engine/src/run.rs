//! The parent's side of a run: a child process, and what became of it.

use crate::child::{Job, set_job};
use crate::contender::Contender;
use crate::crash::Crash;
use crate::error::{Error, Result};
use crate::inject::Tool;
use crate::supervise::{Ending, Finished, Interrupt, supervise};
use std::process::Command;
use std::time::Duration;

/// What became of one run.
#[derive(Clone, Debug, PartialEq)]
pub enum Run<T> {
    /// It came to its end.
    Finished(Box<T>),
    /// It was cut off at the time limit.
    Hung,
    /// It died.
    Crashed(Crash),
}

impl<T> Run<T> {
    /// The outcome of a run that is to come to its end within `limit`.
    ///
    /// # Errors
    /// What became of it in place of that, as a predicate.
    pub fn finished(self, limit: Duration) -> std::result::Result<T, String> {
        match self {
            Self::Finished(outcome) => Ok(*outcome),
            Self::Hung => Err(format!("took longer than {} s", limit.as_secs())),
            Self::Crashed(crash) => Err(format!("crashed: {crash}")),
        }
    }
}

/// Why there is no run: the tool is to stop.
pub enum Stop {
    /// It was asked to, by this signal.
    Signal(i32),
    /// The run could not be made.
    Error(Error),
}

/// What runs are made of, and the signals that stop them.
pub struct Workbench {
    tool: Tool,
    interrupt: Interrupt,
}

impl Workbench {
    /// Unpacks the libraries, and holds back the signals that ask this process to stop.
    ///
    /// # Errors
    /// One line: what could not be made ready.
    pub fn set_up() -> Result<Self> {
        Ok(Self { interrupt: Interrupt::install()?, tool: Tool::set_up()? })
    }

    /// What children are made of.
    pub fn tool(&self) -> &Tool {
        &self.tool
    }

    /// This program with the contender's environment, to be given a job.
    pub fn command(&self, contender: Contender) -> Command {
        let mut command = self.tool.command(contender.preset().is_some());
        if let Some(preset) = contender.preset() {
            command.env("AGX_FIX_PRESET", preset.name());
        }
        command
    }

    /// Does a job in a process of its own.
    ///
    /// # Errors
    /// Why there is no run.
    pub fn run<J: Job>(
        &self,
        job: &J,
        contender: Contender,
        limit: Duration,
    ) -> std::result::Result<Run<J::Outcome>, Stop> {
        let mut command = self.command(contender);
        set_job(&mut command, job);
        judge::<J>(&self.finish(&mut command, limit)?, contender)
    }

    /// Runs a command to its end, or to the limit.
    ///
    /// # Errors
    /// It could not be started.
    pub fn finish(&self, command: &mut Command, limit: Duration) -> std::result::Result<Finished, Stop> {
        supervise(command, limit, &self.interrupt)
            .map_err(|cause| Stop::Error(Error::new(format!("a run cannot be started: {cause}"))))
    }

    /// Stops on a signal. Work in this process has to ask; a child is ended by `finish`.
    ///
    /// # Errors
    /// A signal has asked to stop.
    pub fn look_out(&self) -> std::result::Result<(), Stop> {
        self.interrupt.signal().map_or(Ok(()), |signal| Err(Stop::Signal(signal)))
    }
}

/// What became of a run of a job.
///
/// # Errors
/// A signal asked this process to stop, or the same failure would come of all runs.
pub fn judge<J: Job>(
    finished: &Finished,
    contender: Contender,
) -> std::result::Result<Run<J::Outcome>, Stop> {
    let status = match finished.ending {
        Ending::TimedOut => return Ok(Run::Hung),
        Ending::Interrupted(signal) => return Err(Stop::Signal(signal)),
        Ending::Exited(status) => status,
    };
    match status.code() {
        Some(0) => outcome::<J>(finished, contender).map(Run::Finished).map_err(Stop::Error),
        // The job says that it could not begin, and so would every other run.
        Some(1) => Err(Stop::Error(own_words(&finished.stderr))),
        _ => Ok(Run::Crashed(Crash::classify(status, &finished.stderr))),
    }
}

/// The error that a child of this program ended with: its last line.
pub fn own_words(stderr: &str) -> Error {
    let line =
        stderr.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("a run ended without a word");
    Error::new(line.strip_prefix("agx-fix: ").unwrap_or(line))
}

/// Reads the outcome and makes sure that the library in the process was the contender's. The comparison would be wrong if it
/// had not loaded, or if another one had.
fn outcome<J: Job>(finished: &Finished, contender: Contender) -> Result<Box<J::Outcome>> {
    let outcome: J::Outcome = serde_json::from_str(&finished.stdout).map_err(|cause| {
        Error::new(format!("a run's outcome cannot be read, so the runs show nothing: {cause}"))
    })?;
    let active = J::statistics(&outcome).filter(|it| it.enabled).map(|it| it.preset.as_str());
    let expected = contender.preset().map(agx_fix_terms::Preset::name);
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
#[path = "run_tests.rs"]
mod tests;
