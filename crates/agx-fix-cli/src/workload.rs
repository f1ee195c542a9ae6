//! `agx-fix workload`: one run of the workload, a child of `stress` or `bench`. Prints the outcome as one line of JSON.

use crate::error::{Error, Result};
use crate::output;
use agx_fix_workload::{Batching, Config, Model, Scenario};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Serialize;
use std::process::{Command, ExitCode};

/// Runs the workload once
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    scenario: Scenario,
    #[arg(long)]
    threads: usize,
    #[arg(long)]
    ops: usize,
    #[arg(long)]
    seed: u64,
    #[arg(long)]
    input: usize,
    #[arg(long)]
    hidden: usize,
    #[arg(long)]
    batch: usize,
    #[arg(long)]
    dispatches: usize,
    #[arg(long)]
    encoders: usize,
    #[arg(long)]
    queues: usize,
    /// The process without which the run is of no use
    #[arg(long)]
    parent: u32,
}

/// Adds to `command` the arguments that run `config` as a child of this process.
pub(crate) fn arguments(command: &mut Command, config: &Config) {
    let Model { input, hidden, batch } = config.model;
    let Batching { dispatches, encoders, queues } = config.batching;
    command.arg("workload").args(["--scenario", config.scenario.name()]);
    for (name, value) in [
        ("--threads", config.threads),
        ("--ops", config.ops),
        ("--input", input),
        ("--hidden", hidden),
        ("--batch", batch),
        ("--dispatches", dispatches),
        ("--encoders", encoders),
        ("--queues", queues),
    ] {
        command.args([name, &value.to_string()]);
    }
    command.args(["--seed", &config.seed.to_string(), "--parent", &std::process::id().to_string()]);
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    begin(args.parent)?;
    let config = Config {
        scenario: args.scenario,
        threads: args.threads,
        ops: args.ops,
        seed: args.seed,
        model: Model { input: args.input, hidden: args.hidden, batch: args.batch },
        batching: Batching { dispatches: args.dispatches, encoders: args.encoders, queues: args.queues },
    };
    let outcome = agx_fix_workload::run(&config).map_err(|failure| Error::new(failure.to_string()))?;
    print(&outcome)
}

/// What every child of `stress` does first.
pub(crate) fn begin(parent: u32) -> Result<()> {
    end_with(parent)?;
    leave_no_core_file();
    Ok(())
}

/// What every child of `stress` does last.
pub(crate) fn print(outcome: &impl Serialize) -> Result<ExitCode> {
    let json = serde_json::to_string(outcome).expect("numbers and strings are JSON");
    output::print(&format!("{json}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// A parent that is killed cannot clean up: on Linux the system then ends this process.
pub(crate) fn end_with(parent: u32) -> Result<()> {
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

/// Crashes are what the baseline runs are for; fifty core files are not.
pub(crate) fn leave_no_core_file() {
    let maximum = getrlimit(Resource::Core).maximum;
    // Best effort: the run is as good with core files.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum });
}
