//! `agx-fix-lab calls`: what one guarded call costs, beside other locks, and how that compares with what it is meant to cost.
//!
//! - `plan`: the options, and what is measured; `rounds`: the measurements, in turn; `child`: one in a process of its own;
//! - `callgrind`: instructions; `start_up`: what the library adds to a process without Metal;
//! - `report`, `goals`, `render`: the result as JSON, what it is meant to be, and as tables.

mod callgrind;
pub(crate) mod child;
mod goals;
mod plan;
mod render;
mod report;
mod rounds;
mod start_up;

pub(crate) use plan::Args;

use agx_fix_engine::call_cost::CallCost;
use agx_fix_engine::error::Result;
use agx_fix_engine::output::Files;
use agx_fix_engine::provenance;
use agx_fix_engine::run::{Stop, Workbench};
use agx_fix_engine::session::stopped;
use plan::{Part, Plan, Settings};
use report::{Report, SCHEMA};
use std::process::ExitCode;
use std::time::Instant;

/// What writes the tables of a document.
const COMMAND: &str = "agx-fix-lab calls --markdown";

/// Measures everything and reports. A goal that is missed is no failure: what it takes to judge is a quiet machine.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let files = Files::check(args.json.as_deref(), args.markdown.as_deref().map(|path| (path, COMMAND)))?;
    let workbench = Workbench::set_up()?;
    let plan = Plan::of(args);
    let (started, load) = (Instant::now(), provenance::load());
    let measured = rounds::run(&plan, &workbench).map_err(stopped)?;
    let report = Report {
        schema: SCHEMA.to_owned(),
        provenance: provenance::here(),
        load,
        seconds: started.elapsed().as_secs_f64(),
        goals: goals::judge(&measured, &plan.settings.threads),
        settings: plan.settings,
        measured,
    };
    files.write(&report, || render::markdown(&report), &render::render(&report))?;
    Ok(ExitCode::SUCCESS)
}

/// The same measurements as a part of `agx-fix-lab bench`: calls through the hooks and locks alone, without work beside them.
pub(crate) fn for_bench(workbench: &Workbench, rounds: u32) -> std::result::Result<Vec<CallCost>, Stop> {
    let settings = Settings { rounds, window_ms: 5, threads: vec![2, 4], encoders: 1 };
    let plan = Plan { settings, parts: vec![Part::Hooks, Part::Locks, Part::Instructions] };
    let mut rows = rounds::run(&plan, workbench)?.rows;
    rows.retain(|row| row.subject.case().is_some_and(|case| case.work() == 0));
    Ok(rows)
}
