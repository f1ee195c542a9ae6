//! `agx-fix-lab calls`: what one guarded call costs, beside other locks, and how that compares with what it is meant to cost.
//!
//! - `plan`: the options, and what is measured; `rounds`: the measurements, in turn; `child`: one in a process of its own;
//! - `callgrind`: instructions;
//! - `goals`, `render`: what the result is meant to be, and as tables.

mod callgrind;
pub(crate) mod child;
mod goals;
mod plan;
mod render;
mod rounds;

pub(crate) use plan::Args;

use crate::harness::memory::Reading;
use agx_fix_engine::call_cost::{CallCost, Subject};
use agx_fix_engine::error::Result;
use agx_fix_engine::output::Files;
use agx_fix_engine::provenance::{self, Provenance};
use agx_fix_engine::run::{Stop, Workbench};
use agx_fix_engine::session::stopped;
use goals::Goal;
use plan::{Part, Plan, Settings};
use serde::Serialize;
use std::process::ExitCode;
use std::time::Instant;

/// What writes the tables of a document.
const COMMAND: &str = "agx-fix-lab calls --markdown";

/// The version of the layout.
const SCHEMA: &str = "agx-fix-calls/2";

/// The result.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Report {
    /// [`SCHEMA`].
    schema: String,
    /// Where it comes from.
    #[serde(flatten)]
    provenance: Provenance,
    /// The load average of the last minute when the measurements began; absent where the system does not tell.
    load: Option<f64>,
    /// How much was measured.
    settings: Settings,
    /// What all took together.
    seconds: f64,
    /// What was measured.
    #[serde(flatten)]
    measured: Measured,
    /// How the goals came out.
    goals: Vec<Goal>,
}

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Measured {
    /// By subject and contender.
    rows: Vec<CallCost>,
    /// Memory while encoders pass.
    memory: Vec<Memory>,
    /// Why a part is missing.
    missing: Vec<String>,
}

/// Memory while encoders pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Memory {
    /// Where.
    contender: String,
    /// Readings in order.
    readings: Vec<Reading>,
}

impl Memory {
    /// Bytes by which the memory has grown since a tenth of the encoders had passed: by then everything has been touched.
    fn growth(&self) -> Option<i64> {
        let first = self.readings.get(1)?.resident;
        let last = self.readings.last()?.resident;
        Some(last.cast_signed() - first.cast_signed())
    }
}

impl Measured {
    /// The row of a contender in a subject, made if need be.
    fn row_mut(&mut self, subject: Subject, contender: &str) -> &mut CallCost {
        let is_it = |row: &CallCost| row.subject == subject && row.contender == contender;
        let index = self.rows.iter().position(is_it).unwrap_or_else(|| {
            self.rows.push(CallCost::new(subject, contender));
            self.rows.len() - 1
        });
        &mut self.rows[index]
    }

    /// The row of a contender in a subject, if it was measured.
    fn row(&self, subject: Subject, contender: &str) -> Option<&CallCost> {
        self.rows.iter().find(|row| row.subject == subject && row.contender == contender)
    }
}

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
