//! One measurement in a process of its own: the child (`agx-fix-lab run-call`), and its parent's side.
//!
//! A strategy is chosen once a process, so what goes through the hooks is measured in children; and so is all that
//! instructions are counted of.

use crate::harness::hooks::Caller;
use crate::harness::memory::Reading;
use crate::harness::turns::{self, Turns};
use crate::harness::{Case, Length, Window, hooks, lives, locks, lookup};
use agx_fix_engine::child;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::error::Error;
use agx_fix_engine::run::{Run, Stop, Workbench, judge};
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::Failure;
use serde::{Deserialize, Serialize};
use std::process::Command;
use std::time::Duration;

/// A child that takes longer hangs: ten million encoders under a slow driver take minutes.
const LIMIT: Duration = Duration::from_secs(1800);

/// What a child measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Job {
    /// Objective-C calls in these cases, then lives of encoders on so many threads.
    Hooks { cases: Vec<Case>, caller: Caller, lives: Vec<usize>, length: Length },
    /// Bindings and dispatches, by one thread or in turn.
    Turns { turns: Vec<Turns>, length: Length },
    /// Memory while so many encoders pass.
    Memory { encoders: u64 },
    /// A lock alone.
    Lock { contender: String, case: Case, length: Length },
    /// Creation and end in a table alone.
    Life { contender: String, threads: usize, length: Length },
    /// Look-ups among so many live encoders.
    Lookup { contender: String, live: usize, length: Length },
}

/// What a child has measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    /// In the order of the job.
    pub(super) windows: Vec<Window>,
    /// Of [`Job::Memory`].
    pub(super) readings: Vec<Reading>,
    /// Locks that the library took in the calls of [`Job::Hooks`].
    pub(super) acquisitions: u64,
    /// What the library counted in all.
    pub(super) statistics: Option<Statistics>,
}

impl child::Job for Job {
    const COMMAND: &'static str = "run-call";
    type Outcome = Done;

    fn perform(&self) -> std::result::Result<Done, Failure> {
        self.measure()
    }

    fn statistics(done: &Done) -> Option<&Statistics> {
        done.statistics.as_ref()
    }
}

/// The contender of that name.
macro_rules! named {
    ($all:expr, $name:expr) => {
        $all.iter()
            .find(|contender| contender.name == $name)
            .ok_or(Failure::Refused("contender of that name"))?
    };
}

impl Job {
    fn measure(&self) -> std::result::Result<Done, Failure> {
        let only = |window| Done { windows: vec![window], ..Done::default() };
        Ok(match self {
            Self::Hooks { cases, caller, lives, length } => {
                let mut calls = hooks::calls(cases, *caller, *length)?;
                for &threads in lives {
                    calls.windows.push(hooks::lives(threads, *length)?);
                }
                let hooks::Calls { windows, acquisitions, statistics } = calls;
                Done { windows, readings: Vec::new(), acquisitions, statistics }
            }
            Self::Turns { turns, length } => {
                let mut done = Done::default();
                for &turns in turns {
                    let (window, statistics) = turns::turns(turns, *length)?;
                    done.windows.push(window);
                    done.statistics = statistics;
                }
                done
            }
            Self::Memory { encoders } => {
                let (readings, statistics) = hooks::memory(*encoders)?;
                Done { readings, statistics, ..Done::default() }
            }
            Self::Lock { contender, case, length } => {
                only(named!(locks::ALL, contender).run(*case, *length)?.window)
            }
            Self::Life { contender, threads, length } => {
                only(named!(lives::ALL, contender).run(*threads, *length)?)
            }
            Self::Lookup { contender, live, length } => {
                only(named!(lookup::ALL, contender).run(*live, *length)?)
            }
        })
    }

    /// The same with twice the calls or the time.
    pub(super) fn twice(&self) -> Self {
        let mut twice = self.clone();
        match &mut twice {
            Self::Memory { encoders } => *encoders *= 2,
            Self::Hooks { length, .. }
            | Self::Turns { length, .. }
            | Self::Lock { length, .. }
            | Self::Life { length, .. }
            | Self::Lookup { length, .. } => *length = length.twice(),
        }
        twice
    }
}

/// Runs a child, which is to come to its end, and gives what it measured and what it said on standard error.
pub(super) fn run_in_child(
    command: &mut Command,
    contender: Contender,
    workbench: &Workbench,
) -> std::result::Result<(Done, String), Stop> {
    let finished = workbench.finish(command, LIMIT)?;
    let failed = |how: String| {
        Stop::Error(Error::new(format!("a measurement of {contender} {how}, so there is no result")))
    };
    match judge::<Job>(&finished, contender)? {
        Run::Finished(done) => Ok((*done, finished.stderr)),
        Run::Hung => Err(failed(format!("did not end in {} s", LIMIT.as_secs()))),
        Run::Crashed(crash) => Err(failed(format!("crashed ({crash})"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::Meeting;

    #[test]
    fn a_job_goes_round_and_is_done() {
        let case = Case { meeting: Meeting::OwnEncoders, threads: 2 };
        let length = Length::Calls(512);
        let job = Job::Lock { contender: "bare-cas".to_owned(), case, length };
        let json = serde_json::to_string(&job).unwrap();
        assert_eq!(serde_json::from_str::<Job>(&json).unwrap(), job);
        assert_eq!(job.measure().unwrap().windows[0].calls(), 1024);
    }

    #[test]
    fn an_unknown_contender_is_refused() {
        let job = Job::Life { contender: "bogus".to_owned(), threads: 1, length: Length::Calls(1) };
        assert!(job.measure().is_err());
    }
}
