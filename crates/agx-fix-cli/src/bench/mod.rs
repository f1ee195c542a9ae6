//! `agx-fix bench`: throughput and contention without a guard and with every strategy, side by side in one run.
//!
//! - `args`: the options; `entry`: what is compared; `figures`: the report's own;
//! - `model`: the modelled GPU and its fit to the report;
//! - `runs`: every run in a process of its own, interleaved and checked; `interval`, `tables`: what they come to;
//! - `sweep`: other shapes than the report's;
//! - `render`, `report_side`, `chart`: the result for people. The file is `agx_fix_interface::bench`.

mod args;
mod chart;
mod entry;
mod figures;
mod interval;
mod model;
mod render;
mod report_side;
mod runs;
mod sweep;
mod tables;

pub(crate) use args::Args;
pub(crate) use render::{Section, contention, load, model, throughput, what_was_run, work};
pub(crate) use report_side::sections as report_side;
pub(crate) use sweep::render::section as sweep;

use crate::calls;
use crate::destination::Destination;
use crate::document::Document;
use crate::error::Result;
use crate::machine::{self, COMMIT, VERSION};
use crate::output;
use crate::run_one::Stop;
use crate::session::{set_up, stopped};
use agx_fix_interface::bench::{Bench, SCHEMA};
use entry::Entry;
use runs::Runner;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

/// What writes the generated part of docs/results.md.
const COMMAND: &str = "agx-fix bench --markdown";

/// Runs everything and reports.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let destination = args.json.as_deref().map(Destination::check).transpose()?;
    let document = args.markdown.as_deref().map(|path| Document::open(path, COMMAND)).transpose()?;
    let (workbench, interrupt) = set_up()?;
    let mut bench = blank(args);
    let started = Instant::now();
    let runner = Runner::new(&workbench, &interrupt, bench.gpu, &bench.options);
    measure(&runner, args, &mut bench).map_err(stopped)?;
    if args.calls {
        let calls = calls::for_bench(&workbench, &interrupt, bench.options.iterations);
        bench.calls = Some(calls.map_err(stopped)?);
    }
    bench.seconds = started.elapsed().as_secs_f64();
    if let Some(destination) = destination {
        destination.write(&bench)?;
    }
    if let Some(document) = document {
        document.write(&render::markdown(&bench))?;
    }
    output::print(&render::render(&bench))?;
    Ok(ExitCode::SUCCESS)
}

/// The result before the first run.
fn blank(args: &Args) -> Bench {
    let (driver, options) = (machine::driver(), args.options());
    Bench {
        schema: SCHEMA.to_owned(),
        version: VERSION.to_owned(),
        commit: COMMIT.to_owned(),
        driver,
        machine: machine::this(),
        command: machine::command(),
        time: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        seconds: 0.0,
        load: machine::load(),
        gpu: args.gpu(driver, &options.shape),
        method: interval::method(args.resamples, options.seed),
        options,
        samples: Vec::new(),
        throughput: Vec::new(),
        contention: Vec::new(),
        sweep: None,
        calls: None,
    }
}

fn measure(runner: &Runner<'_>, args: &Args, bench: &mut Bench) -> std::result::Result<(), Stop> {
    let parts = args.parts();
    if parts.tables {
        let entries = args.entries();
        let names: Vec<&str> = entries.iter().copied().map(Entry::name).collect();
        bench.samples = runs::samples(runner, &bench.options, &entries)?;
        bench.throughput = tables::throughput(&bench.samples, &names, &bench.options, &bench.method);
        bench.contention = tables::contention(&bench.samples, &names, &bench.options);
    }
    if parts.sweep {
        bench.sweep = Some(sweep::run(runner, args, bench)?);
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::render::tests::{bench as sample, sweep};
}
