//! `agx-fix stress --soak`: random interleavings of all misuses under the guard, in one process, for as long as wanted.
//!
//! There is no run without the library beside it: what it shows is that nothing of all this together breaks the guard;
//! that each of it breaks an unguarded driver is what `--classes` shows.

pub(crate) mod child;
mod verdict;

use super::args::Args;
use crate::contender::Contender;
use crate::destination::Destination;
use crate::error::{Error, Result};
use crate::machine::{self, COMMIT, VERSION};
use crate::output;
use crate::run_one::{Run, Stop, Workbench, finish, judge};
use crate::session::{set_up, stopped};
use crate::supervise::Interrupt;
use agx_fix_interface::options::Strategy;
use agx_fix_interface::provenance::{Driver, Machine};
use agx_fix_workload::{SoakConfig, SoakOutcome};
use serde::Serialize;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

/// Unless told otherwise.
const THREADS: u32 = 16;
/// After its time a soak completes what is in flight; one that takes longer than this hangs.
const AFTERWARDS: Duration = Duration::from_secs(60);
const TAKES_ALL: &str = "a string takes everything";

/// The result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    version: &'static str,
    commit: &'static str,
    driver: Driver,
    machine: Machine,
    command: Vec<String>,
    config: SoakConfig,
    strategy: Contender,
    /// Absent where the process did not come to its end.
    outcome: Option<SoakOutcome>,
    /// What is wrong; empty for a pass.
    faults: Vec<String>,
}

/// Soaks and returns 0 only if nothing was wrong.
pub(super) fn run(args: &Args, seconds: u32, destination: Option<&Destination>) -> Result<ExitCode> {
    let strategy = strategy(args)?;
    let (workbench, interrupt) = set_up()?;
    let threads = args.threads.unwrap_or(THREADS) as usize;
    let config = SoakConfig { threads, seconds: seconds.into(), seed: args.seed };
    // Before it begins: a soak that is stopped from outside can be repeated too.
    output::print(&format!("to repeat: {}\n", repeat(&config, strategy)))?;
    let run = run_in_child(&workbench, &config, strategy, &interrupt).map_err(stopped)?;
    let faults = verdict::faults(&run);
    let outcome = if let Run::Finished(outcome) = run { Some(*outcome) } else { None };
    let report = Report {
        schema: "agx-fix-soak/1",
        version: VERSION,
        commit: COMMIT,
        driver: machine::driver(),
        machine: machine::this(),
        command: machine::command(),
        config,
        strategy,
        outcome,
        faults,
    };
    if let Some(destination) = destination {
        destination.write(&report)?;
    }
    output::print(&render(&report))?;
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn strategy(args: &Args) -> Result<Contender> {
    match args.strategy.as_slice() {
        [] => Ok(Contender::Guarded(Strategy::default())),
        [one] if one.excludes() => Ok(*one),
        _ => Err(Error::new("--soak takes one strategy that guards, as nothing else is meant to survive it")),
    }
}

fn repeat(config: &SoakConfig, strategy: Contender) -> String {
    let SoakConfig { threads, seconds, seed } = config;
    format!("agx-fix stress --soak {seconds} --threads {threads} --seed {seed} --strategy {strategy}")
}

fn run_in_child(
    workbench: &Workbench,
    config: &SoakConfig,
    strategy: Contender,
    interrupt: &Interrupt,
) -> std::result::Result<Run<SoakOutcome>, Stop> {
    let mut command = workbench.command(strategy);
    child::arguments(&mut command, config);
    let limit = Duration::from_secs(config.seconds) + AFTERWARDS;
    judge(&finish(&mut command, limit, interrupt)?, strategy)
}

fn render(report: &Report) -> String {
    let mut text = format!(
        "agx-fix stress --soak on {}\nmachine: {}\nbuild:   agx-fix {}, commit {}\n",
        report.driver, report.machine, report.version, report.commit
    );
    if let Some(outcome) = &report.outcome {
        text.push_str(&counts(outcome));
    }
    writeln!(text, "\nverdict: {}", if report.faults.is_empty() { "PASSED" } else { "FAILED" })
        .expect(TAKES_ALL);
    for fault in &report.faults {
        writeln!(text, "  {fault}").expect(TAKES_ALL);
    }
    text
}

fn counts(outcome: &SoakOutcome) -> String {
    let mut text = String::from("\nwhat was done\n");
    for (action, count) in &outcome.actions {
        writeln!(text, "  {count:>12} x {action}").expect(TAKES_ALL);
    }
    let SoakOutcome { operations, lost, wrong, refused, .. } = outcome;
    let late = outcome.statistics.as_ref().map_or(0, |it| it.late_dispatches);
    writeln!(
        text,
        "operations: {operations} checked, {lost} lost ({late} dispatches came late), {wrong} wrong; \
         {refused} encoders refused after a commit"
    )
    .expect(TAKES_ALL);
    if let (Some(early), Some(late)) = (outcome.memory_early, outcome.memory_late) {
        writeln!(text, "memory:     {early} KiB after a tenth of the time, {late} KiB at the end")
            .expect(TAKES_ALL);
    }
    text.push_str("findings\n");
    for finding in outcome.findings.iter().flat_map(|it| &it.findings) {
        writeln!(text, "  {:>12} x {} ({})", finding.count, finding.class, finding.outcome).expect(TAKES_ALL);
    }
    text
}
