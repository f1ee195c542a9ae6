//! One job in a process of its own: the child (`agx-fix-lab run-call`), and its parent's side. A preset is chosen once a
//! process, so what goes through the hooks is measured in children; and so is all that instructions are counted of.

use crate::harness::hooks::{self, Hooked};
use crate::harness::memory::Reading;
use crate::harness::{Length, Window, find, lives, locks, lookup, turns};
use agx_fix_engine::call_cost::Subject;
use agx_fix_engine::child;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::error::Error;
use agx_fix_engine::run::{Stop, Workbench, judge};
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::Failure;
use serde::{Deserialize, Serialize};
use std::process::Command;
use std::time::Duration;

/// A child that takes longer hangs: ten million encoders under a slow driver take minutes.
const LIMIT: Duration = Duration::from_secs(1800);

/// The driver alone, called by an application that takes a lock of its own around each call.
pub(super) const APP_SIDE_LOCK: &str = "app-side-lock";

/// What a child measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Job {
    /// One contender in these subjects.
    Cost { contender: String, subjects: Vec<Subject>, length: Length },
    /// Memory while so many encoders pass.
    Memory { encoders: u64 },
}

/// What a child has measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    /// In the order of the subjects.
    pub(super) windows: Vec<Window>,
    /// Of [`Job::Memory`].
    pub(super) readings: Vec<Reading>,
    /// Locks that the library took in the calls of [`Subject::Hook`].
    pub(super) acquisitions: u64,
    /// What the library counted in all.
    pub(super) statistics: Option<Statistics>,
}

impl child::Job for Job {
    const COMMAND: &'static str = "run-call";
    type Outcome = Done;

    fn perform(&self) -> std::result::Result<Done, Failure> {
        match self {
            Self::Memory { encoders } => {
                let (readings, statistics) = hooks::memory(*encoders)?;
                Ok(Done { readings, statistics, ..Done::default() })
            }
            Self::Cost { contender, subjects, length } => cost(contender, subjects, *length),
        }
    }

    fn statistics(done: &Done) -> Option<&Statistics> {
        done.statistics.as_ref()
    }
}

/// Measures a lock or a table alone, without Metal, in this process. `None` for what goes through the hooks.
pub(super) fn alone(
    contender: &str,
    subject: Subject,
    length: Length,
) -> Option<std::result::Result<Window, Failure>> {
    Some(match subject {
        Subject::Lock(case) => find(&locks::ALL, contender).and_then(|it| (it.run)(case, length)),
        Subject::Life(threads) => find(&lives::ALL, contender).and_then(|it| (it.run)(threads, length)),
        Subject::Lookup(live) => find(&lookup::ALL, contender).and_then(|it| (it.run)(live, length)),
        Subject::Hook(_) | Subject::HookLife(_) | Subject::Turns(_) | Subject::Start => return None,
    })
}

fn cost(contender: &str, subjects: &[Subject], length: Length) -> std::result::Result<Done, Failure> {
    let mut done = Done::default();
    let mut hooked = None;
    for &subject in subjects {
        if let Some(window) = alone(contender, subject, length) {
            done.windows.push(window?);
            continue;
        }
        let hooked = match &mut hooked {
            Some(hooked) => hooked,
            none => {
                let cases = subjects.iter().filter_map(|subject| subject.case());
                none.insert(Hooked::open(cases, contender == APP_SIDE_LOCK)?)
            }
        };
        done.windows.push(match subject {
            Subject::Hook(case) => {
                let before = taken(&hooked.statistics()?);
                let window = hooked.calls(case, length)?;
                done.acquisitions += taken(&hooked.statistics()?) - before;
                window
            }
            Subject::HookLife(threads) => hooks::lives(threads, length)?,
            Subject::Turns(turns) => turns::turns(turns, length)?,
            _ => return Err(Failure::Refused("measurement of that subject in a child")),
        });
        done.statistics = hooked.statistics()?;
    }
    Ok(done)
}

fn taken(statistics: &Option<Statistics>) -> u64 {
    statistics.as_ref().map_or(0, |it| it.acquisitions)
}

impl Job {
    /// The same with twice the calls or the time.
    pub(super) fn twice(&self) -> Self {
        let mut twice = self.clone();
        match &mut twice {
            Self::Memory { encoders } => *encoders *= 2,
            Self::Cost { length, .. } => *length = length.twice(),
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
    let done = judge::<Job>(&finished, contender)?.finished(LIMIT).map_err(|how| {
        Stop::Error(Error::new(format!("a measurement of {contender} {how}, so there is no result")))
    })?;
    Ok((done, finished.stderr))
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_engine::call_cost::{AccessPattern, Case};
    use child::Job as _;

    #[test]
    fn a_job_goes_round_and_is_done() {
        let case = Case { pattern: AccessPattern::OwnEncoders, threads: 2 };
        let (contender, subjects) = ("bare-cas".to_owned(), vec![Subject::Lock(case)]);
        let job = Job::Cost { contender, subjects, length: Length::Calls(512) };
        let json = serde_json::to_string(&job).unwrap();
        assert_eq!(serde_json::from_str::<Job>(&json).unwrap(), job);
        assert_eq!(job.perform().unwrap().windows[0].calls(), 1024);
    }
}
