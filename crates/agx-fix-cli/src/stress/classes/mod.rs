//! `agx-fix stress --classes`: the programs of the crash classes, each in processes of its own, without the library and
//! with it, and a verdict for each.
//!
//! - `child`: one program in one process; `expectation`: what the guard is to make of it;
//! - `tally`: what all processes of a row came to; `verdict`: whether that is as it should be;
//! - `report`, `render`: the result as JSON, for people and for docs/crash-classes.md.

pub(crate) mod child;
mod expectation;
mod render;
mod report;
mod tally;
mod verdict;

use super::args::Args;
use crate::contender::Contender;
use crate::destination::Destination;
use crate::document::Document;
use crate::error::Result;
use crate::output;
use crate::run_one::{Stop, Workbench};
use crate::session::{progress, set_up, stopped};
use crate::supervise::Interrupt;
use agx_fix_interface::options::Strategy;
use agx_fix_workload::Program;
use report::Report;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tally::ClassTally;

/// What writes the table of a document.
const COMMAND: &str = "agx-fix stress --classes --markdown";
/// Runs of each row, unless told otherwise.
const ITERATIONS: u32 = 10;
/// The time limit of one run in seconds, unless told otherwise: five times the guard's own limit of a wait.
const LIMIT_SECONDS: u32 = 10;

/// How much is run.
struct Plan {
    iterations: u32,
    seed: u64,
    limit: Duration,
}

/// Runs everything, reports, and returns 0 only for a verdict that passed.
pub(super) fn run(args: &Args, destination: Option<&Destination>) -> Result<ExitCode> {
    let document = args.markdown.as_deref().map(|path| Document::open(path, COMMAND)).transpose()?;
    let (workbench, interrupt) = set_up()?;
    let plan = Plan {
        iterations: args.iterations.unwrap_or(ITERATIONS),
        seed: args.seed,
        limit: Duration::from_secs(args.timeout.unwrap_or(LIMIT_SECONDS).into()),
    };
    let started = Instant::now();
    let mut tallies = rows(args);
    run_all(&workbench, &plan, &mut tallies, &interrupt).map_err(stopped)?;
    let report = Report::new(plan.iterations, plan.seed, tallies, started.elapsed().as_secs_f64());
    if let Some(destination) = destination {
        destination.write(&report)?;
    }
    if let Some(document) = document {
        document.write(&render::markdown(&report))?;
    }
    output::print(&render::render(&report))?;
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Without the library and with its default strategy, unless others are named.
fn rows(args: &Args) -> Vec<ClassTally> {
    let default = [Contender::Unguarded, Contender::Guarded(Strategy::default())];
    let contenders = if args.strategy.is_empty() { &default[..] } else { &args.strategy };
    let chosen = |program: &Program| args.class.is_empty() || args.class.contains(program);
    let programs = Program::ALL.into_iter().filter(chosen);
    programs
        .flat_map(|program| contenders.iter().map(move |&contender| ClassTally::new(program, contender)))
        .collect()
}

/// One run of each row in turn: whatever else happens on the machine meanwhile happens to all of them.
fn run_all(
    workbench: &Workbench,
    plan: &Plan,
    tallies: &mut [ClassTally],
    interrupt: &Interrupt,
) -> std::result::Result<(), Stop> {
    let progress = progress(u64::from(plan.iterations) * tallies.len() as u64);
    for iteration in 0..plan.iterations {
        let seed = plan.seed.wrapping_add(iteration.into());
        for tally in &mut *tallies {
            progress.set_message(format!("{}, {}", tally.program, tally.strategy));
            // What the driver lacks it will not have in the next run.
            if tally.unsupported.is_none() {
                tally.add(child::run_in_child(workbench, tally, seed, plan.limit, interrupt)?);
            }
            progress.inc(1);
        }
    }
    progress.finish_and_clear();
    Ok(())
}
