//! The process that soaks: `agx-fix soak`.

use crate::error::{Error, Result};
use crate::run_one::Printed;
use crate::workload;
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::{EncoderKind, SoakConfig, SoakOutcome};
use std::process::{Command, ExitCode};

/// Soaks once
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    threads: usize,
    #[arg(long)]
    seconds: u64,
    #[arg(long)]
    seed: u64,
    #[arg(long)]
    kind: Vec<EncoderKind>,
    /// The process without which the run is of no use
    #[arg(long)]
    parent: u32,
}

/// Adds to `command` the arguments that soak as a child of this process.
pub(super) fn arguments(command: &mut Command, config: &SoakConfig) {
    command.arg("soak");
    for (name, value) in [
        ("--threads", config.threads as u64),
        ("--seconds", config.seconds),
        ("--seed", config.seed),
        ("--parent", std::process::id().into()),
    ] {
        command.args([name, &value.to_string()]);
    }
    for kind in &config.kinds {
        command.args(["--kind", kind.name()]);
    }
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    workload::begin(args.parent)?;
    let Args { threads, seconds, seed, .. } = *args;
    let config = SoakConfig { threads, seconds, seed, kinds: args.kind.clone() };
    let outcome = agx_fix_workload::soak(&config).map_err(|failure| Error::new(failure.to_string()))?;
    workload::print(&outcome)
}

impl Printed for SoakOutcome {
    fn statistics(&self) -> Option<&Statistics> {
        self.statistics.as_ref()
    }
}
