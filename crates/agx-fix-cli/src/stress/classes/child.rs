//! One program in a process of its own: the child (`agx-fix class`), and its parent's side.

use super::tally::ClassTally;
use crate::error::{Error, Result};
use crate::run_one::{Printed, Run, Stop, Workbench, finish, judge};
use crate::supervise::Interrupt;
use crate::workload;
use agx_fix_interface::findings::{ClassOfFinding, OutcomeOfFinding};
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::{ClassOutcome, Program};
use std::process::ExitCode;
use std::time::Duration;

/// Runs the program of a crash class once
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    program: Program,
    #[arg(long)]
    seed: u64,
    /// The process without which the run is of no use
    #[arg(long)]
    parent: u32,
}

/// The child.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    workload::begin(args.parent)?;
    let outcome = agx_fix_workload::run_class(args.program, args.seed)
        .map_err(|failure| Error::new(failure.to_string()))?;
    workload::print(&outcome)
}

impl Printed for ClassOutcome {
    fn statistics(&self) -> Option<&Statistics> {
        self.statistics.as_ref()
    }
}

/// One run, and what its library said on standard error: a process that dies leaves no other findings.
pub(super) struct ClassRun {
    pub(super) run: Run<ClassOutcome>,
    pub(super) said: Vec<(ClassOfFinding, OutcomeOfFinding)>,
}

/// The parent's side.
pub(super) fn run_in_child(
    workbench: &Workbench,
    row: &ClassTally,
    seed: u64,
    limit: Duration,
    interrupt: &Interrupt,
) -> std::result::Result<ClassRun, Stop> {
    let mut command = workbench.command(row.strategy);
    command.arg("class").args(["--program", row.program.name(), "--seed", &seed.to_string()]);
    command.args(["--parent", &std::process::id().to_string()]);
    command.env("AGX_FIX_VERBOSE", "1").envs(row.program.environment().iter().copied());
    let finished = finish(&mut command, limit, interrupt)?;
    Ok(ClassRun { run: judge(&finished, row.strategy)?, said: findings_in(&finished.stderr) })
}

/// The findings in lines like `agx-fix: finding late-call (prevented): ...`.
fn findings_in(stderr: &str) -> Vec<(ClassOfFinding, OutcomeOfFinding)> {
    let finding = |line: &str| {
        let (class, rest) = line.split_once("finding ")?.1.split_once(" (")?;
        let class = ClassOfFinding::ALL.into_iter().find(|it| it.name() == class)?;
        let outcome = OutcomeOfFinding::ALL.into_iter().find(|it| rest.starts_with(it.name()))?;
        Some((class, outcome))
    };
    stderr.lines().filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_read_from_what_the_library_says() {
        let stderr = "agx-fix: 12 methods\nagx-fix: finding encoder-already-open (reported): x\n\
                      agx-fix: finding late-call (prevented, results may be wrong): y\nagx-fix: finding bogus (z): y\n";
        assert_eq!(
            findings_in(stderr),
            [
                (ClassOfFinding::EncoderAlreadyOpen, OutcomeOfFinding::Reported),
                (ClassOfFinding::LateCall, OutcomeOfFinding::Prevented)
            ]
        );
    }
}
