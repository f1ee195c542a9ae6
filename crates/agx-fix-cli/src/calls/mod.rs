//! `agx-fix calls`: what one guarded call costs, beside other locks, and how that compares with what it is meant to cost.
//!
//! - `args`: how much is measured; `rounds`: the measurements, in turn; `child`: one in a process of its own;
//! - `callgrind`: instructions, of all that is `countable`; `start_up`: what the library adds to a process without Metal;
//! - `for_bench`: a part of it for `agx-fix bench`;
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

use crate::destination::Destination;
use crate::document::Document;
use crate::error::Result;
use crate::output;
use crate::session::{set_up, stopped};
use report::Report;
use rounds::{Measured, Rounds};
use std::process::ExitCode;
use std::time::Instant;

/// What writes the tables of a document.
const COMMAND: &str = "agx-fix calls --markdown";

/// Measures everything and reports. A goal that is missed is no failure: what it takes to judge is a quiet machine.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let destination = args.json.as_deref().map(Destination::check).transpose()?;
    let document = args.markdown.as_deref().map(|path| Document::open(path, COMMAND)).transpose()?;
    let (workbench, interrupt) = set_up()?;
    let settings = args.settings();

    let (started, load) = (Instant::now(), load());
    let rounds = Rounds { args, settings: &settings, workbench: &workbench, interrupt: &interrupt };
    let Measured { rows, memory, missing } = rounds.run().map_err(stopped)?;
    let mut report = Report::new(settings, rows, memory, missing);
    report.load = load;
    report.seconds = started.elapsed().as_secs_f64();
    if let Some(destination) = destination {
        destination.write(&report)?;
    }
    if let Some(document) = document {
        document.write(&render::markdown(&report))?;
    }
    output::print(&render::render(&report))?;
    Ok(ExitCode::SUCCESS)
}

/// The load average of the last minute; `None` where the system does not tell.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
