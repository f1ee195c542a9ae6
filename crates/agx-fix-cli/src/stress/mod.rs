//! `agx-fix stress`: the workload in many child processes, without and with the library, and a verdict.
//!
//! - `args`: the options; `tally`: what all runs of a row came to; `bounds`: the rate behind a count; `verdict`;
//! - `report`, `render`: the result as a file and for people.

mod args;
mod bounds;
mod render;
mod report;
mod tally;
mod verdict;

pub(crate) use args::Args;
pub(crate) use render::{ASSOCIATED, BadRuns, NO_PASS, Part, conditions, parts, what_was_run};
pub(crate) use report::{Report as StressReport, SCHEMA};

use agx_fix_engine::error::Result;
use agx_fix_engine::output::Files;
use agx_fix_engine::run::Workbench;
use agx_fix_engine::session::{in_turn, stopped};
use report::Report;
use std::process::ExitCode;
use std::time::Instant;
use tally::Tally;

/// Runs everything, reports, and returns 0 only for a verdict that passed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let files = Files::check(args.json.as_deref(), None)?;
    let workbench = Workbench::set_up()?;
    let settings = args.settings();
    let started = Instant::now();
    let mut tallies: Vec<Tally> =
        args.rows().into_iter().map(|(scenario, contender)| Tally::new(scenario, contender)).collect();
    let name = |tally: &Tally| format!("{}, {}", tally.scenario, tally.strategy);
    in_turn(&mut tallies, settings.iterations, name, |tally, iteration| {
        let config = settings.config(tally.scenario, iteration);
        tally.add(&config, workbench.run(&config, tally.strategy, settings.limit())?);
        Ok(())
    })
    .map_err(stopped)?;
    let report = Report::new(settings, tallies, started.elapsed().as_secs_f64());
    files.write(&report, String::new, &render::render(&report))?;
    Ok(report.verdict.exit_code())
}

/// How much was run; of two reports the same or not.
pub(crate) fn size(report: &Report) -> impl PartialEq + use<> {
    report.settings
}

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::report::tests::{sample, whole};
}
