//! The process that runs random programs: `agx-fix programs`.

use crate::error::{Error, Result};
use crate::run_one::Printed;
use crate::workload;
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::{ProgramsConfig, ProgramsOutcome};
use std::process::{Command, ExitCode};

/// Runs random programs once
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    threads: usize,
    #[arg(long)]
    steps: usize,
    #[arg(long)]
    seed: u64,
    /// The process without which the run is of no use
    #[arg(long)]
    parent: u32,
}

/// Adds to `command` the arguments that run the programs as a child of this process.
pub(super) fn arguments(command: &mut Command, config: &ProgramsConfig) {
    command.arg("programs");
    for (name, value) in [
        ("--threads", config.threads as u64),
        ("--steps", config.steps as u64),
        ("--seed", config.seed),
        ("--parent", std::process::id().into()),
    ] {
        command.args([name, &value.to_string()]);
    }
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    workload::begin(args.parent)?;
    let config = ProgramsConfig { threads: args.threads, steps: args.steps, seed: args.seed };
    let outcome = agx_fix_workload::programs(&config).map_err(|failure| Error::new(failure.to_string()))?;
    workload::print(&outcome)
}

impl Printed for ProgramsOutcome {
    fn statistics(&self) -> Option<&Statistics> {
        self.statistics.as_ref()
    }
}
