//! `agx-fix stress`: the workload in many child processes, without and with the library, and a verdict.

mod args;
mod bounds;
pub(crate) mod classes;
pub(crate) mod contender;
mod crash;
mod render;
pub(crate) mod report;
pub(crate) mod run_one;
mod soak;
mod tally;
mod verdict;

pub(crate) use args::Args;
pub(crate) use classes::child as class_program;
pub(crate) use soak::child as soak_program;

use crate::destination::Destination;
use crate::error::{Error, Result};
use crate::output;
use crate::supervise::Interrupt;
use args::Settings;
use indicatif::{ProgressBar, ProgressStyle};
use report::Report;
use run_one::{Stop, Workbench};
use std::process::ExitCode;
use std::time::Instant;
use tally::Tally;

/// Runs everything, reports, and returns 0 only for a verdict that passed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let destination = args.json.as_deref().map(Destination::check).transpose()?;
    if args.classes {
        return classes::run(args, destination.as_ref());
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
    Ok(if report.verdict.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(crate) fn set_up() -> Result<(Workbench, Interrupt)> {
    let interrupt = Interrupt::install()
        .map_err(|cause| Error::new(format!("signals cannot be handled ({cause}), so nothing was run")))?;
    Ok((Workbench::set_up()?, interrupt))
}

/// The error that the tool ends with; where it was asked to stop, it ends here.
pub(crate) fn stopped(stop: Stop) -> Error {
    match stop {
        Stop::Error(error) => error,
        Stop::Signal(signal) => die_of(signal),
    }
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

/// On standard error, and only where that is a terminal.
pub(crate) fn progress(runs: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} runs, {eta} left ({msg})")
        .expect("the template is right");
    ProgressBar::new(runs).with_style(style)
}

/// Ends the process the way the signal would have, now that its child is gone: a shell then stops its script as well.
fn die_of(signal: i32) -> Error {
    let name = signal_hook::low_level::signal_name(signal).unwrap_or("a signal");
    let error =
        Error::new(format!("stopped by {name}; the run in progress was ended, and nothing was written"));
    eprintln!("agx-fix: {error}");
    // It returns only where the signal's default is not to end the process.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    error
}
