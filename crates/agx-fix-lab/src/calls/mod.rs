//! `agx-fix-lab calls`: what one guarded call costs, beside other locks, and how that compares with what it is meant to cost.
//!
//! - `args`: how much is measured; `rounds`: the measurements, in turn; `child`: one in a process of its own;
//! - `callgrind`: instructions, of all that is `countable`; `start_up`: what the library adds to a process without Metal;
//! - `for_bench`: a part of it for `agx-fix-lab bench`;
//! - `report`, `goals`, `render`: the result as JSON, what it is meant to be, and as tables.

mod args;
mod callgrind;
pub(crate) mod child;
mod countable;
mod for_bench;
mod goals;
mod render;
mod report;
mod rounds;
mod start_up;

pub(crate) use args::Args;
pub(crate) use for_bench::for_bench;

use agx_fix_engine::error::Result;
use agx_fix_engine::output::Files;
use agx_fix_engine::provenance;
use agx_fix_engine::run::Workbench;
use agx_fix_engine::session::stopped;
use report::Report;
use rounds::{Measured, Rounds};
use std::process::ExitCode;
use std::time::Instant;

/// What writes the tables of a document.
const COMMAND: &str = "agx-fix-lab calls --markdown";

/// Measures everything and reports. A goal that is missed is no failure: what it takes to judge is a quiet machine.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let files = Files::check(args.json.as_deref(), args.markdown.as_deref().map(|path| (path, COMMAND)))?;
    let workbench = Workbench::set_up()?;
    let settings = args.settings();

    let (started, load) = (Instant::now(), provenance::load());
    let rounds = Rounds { args, settings: &settings, workbench: &workbench };
    let Measured { rows, memory, missing } = rounds.run().map_err(stopped)?;
    let mut report = Report::new(settings, rows, memory, missing);
    report.load = load;
    report.seconds = started.elapsed().as_secs_f64();
    files.write(&report, || render::markdown(&report), &render::render(&report))?;
    Ok(ExitCode::SUCCESS)
}
