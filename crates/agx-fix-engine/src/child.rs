//! The child's side of a run: one job in one process.
//!
//! The job is one value as JSON in the argument of a hidden subcommand; the outcome is one line of JSON on standard output.

use crate::error::{Error, Result};
use crate::output;
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::{ClassConfig, ClassOutcome, Config, Failure, Outcome};
use agx_fix_workload::{ProgramsConfig, ProgramsOutcome, SoakConfig, SoakOutcome};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::process::{Command, ExitCode};

/// What one process does.
pub trait Job: Serialize + DeserializeOwned {
    /// The hidden subcommand that does it.
    const COMMAND: &'static str;
    /// What it prints at its end.
    type Outcome: Serialize + DeserializeOwned;

    /// Does it, in this process.
    ///
    /// # Errors
    /// Why it could not begin, or what Metal refused on the way.
    fn perform(&self) -> std::result::Result<Self::Outcome, Failure>;

    /// What the library in the process counted; `None` without the library.
    fn statistics(outcome: &Self::Outcome) -> Option<&Statistics>;
}

/// Jobs that are one function of the workload.
macro_rules! jobs {
    ($($job:ty, $command:literal, $perform:path => $outcome:ty;)*) => { $(
        impl Job for $job {
            const COMMAND: &'static str = $command;
            type Outcome = $outcome;

            fn perform(&self) -> std::result::Result<$outcome, Failure> {
                $perform(self)
            }

            fn statistics(outcome: &$outcome) -> Option<&Statistics> {
                outcome.statistics.as_ref()
            }
        }
    )* };
}

jobs! {
    Config, "run-workload", agx_fix_workload::run => Outcome;
    ClassConfig, "run-class", agx_fix_workload::run_class => ClassOutcome;
    SoakConfig, "run-soak", agx_fix_workload::soak => SoakOutcome;
    ProgramsConfig, "run-programs", agx_fix_workload::programs => ProgramsOutcome;
}

/// Does one job, given by the process that started this one
#[derive(clap::Args)]
pub struct Args {
    /// The job as JSON
    job: String,
    /// The process without which the job is of no use
    #[arg(long)]
    parent: u32,
}

/// Adds to `command` the arguments that do `job` as a child of this process.
pub fn set_job<J: Job>(command: &mut Command, job: &J) {
    let json = serde_json::to_string(job).expect("numbers and strings are JSON");
    command.args([J::COMMAND, &json, "--parent", &std::process::id().to_string()]);
}

/// Does the job of this process and prints the outcome.
///
/// # Errors
/// One line: why nothing was done, or what went wrong on the way.
pub fn run<J: Job>(args: &Args) -> Result<ExitCode> {
    end_with(args.parent)?;
    leave_no_core_file();
    let job: J = serde_json::from_str(&args.job)
        .map_err(|cause| Error::new(format!("the job is not understood, so nothing was run: {cause}")))?;
    let outcome = job.perform().map_err(|failure| Error::new(failure.to_string()))?;
    let json = serde_json::to_string(&outcome).expect("numbers and strings are JSON");
    output::print(&format!("{json}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Ties this process to its parent: a parent that is killed cannot clean up. Only Linux can do this.
///
/// # Errors
/// One line: the parent has gone already, or the system refuses.
pub fn end_with(parent: u32) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        let signal = Some(rustix::process::Signal::KILL);
        rustix::process::set_parent_process_death_signal(signal)
            .map_err(|cause| Error::new(format!("the run cannot be tied to its parent: {cause}")))?;
    }
    // It may have gone before this process asked to be told.
    if std::os::unix::process::parent_id() != parent {
        return Err(Error::new("the process that started the run has gone"));
    }
    Ok(())
}

/// Baseline runs crash on purpose, and nobody wants their core files.
pub fn leave_no_core_file() {
    let maximum = getrlimit(Resource::Core).maximum;
    // A failure is ignored: the run is as good with core files.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum });
}
