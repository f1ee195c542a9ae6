//! `agx-fix stress`: the workload in many child processes, without and with the library, and a verdict.

mod args;
mod bounds;
mod classes;
mod programs;
mod render;
mod report;
mod soak;
mod tally;
mod verdict;

pub(crate) use args::Args;
pub(crate) use classes::child as class_program;
pub(crate) use programs::child as random_programs;
pub(crate) use render::{ASSOCIATED, BadRuns, NO_PASS, Part, conditions, parts, shows_nothing, what_was_run};
pub(crate) use report::{Report as StressReport, SCHEMA};
pub(crate) use soak::child as soak_program;

use crate::destination::Destination;
use crate::error::Result;
use crate::output;
use crate::run_one::{Stop, Workbench};
use crate::session::{progress, set_up, stopped};
use crate::supervise::Interrupt;
use args::Settings;
use report::Report;
use std::process::ExitCode;
use std::time::Instant;
use tally::Tally;

/// Runs everything, reports, and returns 0 only for a verdict that passed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let destination = args.json.as_deref().map(Destination::check).transpose()?;
    if args.classes {
        return classes::run(args, destination.as_ref());
    }
    if let Some(number) = args.programs {
        return programs::run(args, number);
    }
    if let Some(seconds) = args.soak {
        return soak::run(args, seconds, destination.as_ref());
    }
    let (workbench, interrupt) = set_up()?;
    let settings = args.settings();

    let started = Instant::now();
    let mut tallies: Vec<Tally> =
        args.rows().into_iter().map(|(scenario, contender)| Tally::new(scenario, contender)).collect();
    run_all(&workbench, &settings, &mut tallies, &interrupt).map_err(stopped)?;
    let report = Report::new(settings, tallies, started.elapsed().as_secs_f64());
    if let Some(destination) = destination {
        destination.write(&report)?;
    }
    output::print(&render::render(&report))?;
    Ok(if passed(&report) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the run shows that the guard is needed and holds.
pub(crate) fn passed(report: &Report) -> bool {
    report.verdict.passed
}

/// How much was run; of two reports the same or not.
pub(crate) fn size(report: &Report) -> impl PartialEq + use<> {
    report.settings
}

/// One run of each row in turn: whatever else happens on the machine meanwhile happens to all of them.
fn run_all(
    workbench: &Workbench,
    settings: &Settings,
    tallies: &mut [Tally],
    interrupt: &Interrupt,
) -> std::result::Result<(), Stop> {
    let progress = progress(u64::from(settings.iterations) * tallies.len() as u64);
    for iteration in 0..settings.iterations {
        for tally in &mut *tallies {
            progress.set_message(format!("{}, {}", tally.scenario, tally.strategy));
            let config = settings.config(tally.scenario, iteration);
            let run = workbench.run(&config, tally.strategy, settings.limit(), interrupt)?;
            tally.add(&config, run);
            progress.inc(1);
        }
    }
    progress.finish_and_clear();
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::report::tests::{sample, whole};
}
