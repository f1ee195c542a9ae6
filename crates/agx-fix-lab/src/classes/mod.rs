//! `agx-fix-lab classes`: the programs of the crash classes, each in processes of its own, without the library and with it, and
//! a verdict for each.
//!
//! - `tally`: what all processes of a row came to; `verdict`: what the guard is to make of a program, and whether it did;
//! - `render`: the result for people and for docs/crash-classes.md.

mod expectation;
mod render;
mod tally;
mod verdict;

use crate::trial::Trial;
use agx_fix_engine::child::set_job;
use agx_fix_engine::contender::{Contender, named};
use agx_fix_engine::error::Result;
use agx_fix_engine::output::Files;
use agx_fix_engine::run::{Stop, Workbench, judge};
use agx_fix_engine::session::{in_turn, stopped};
use agx_fix_engine::verdict::Verdict;
use agx_fix_terms::Preset;
use agx_fix_workload::{ClassConfig, Program};
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tally::{ClassRun, ClassTally};

/// What writes the table of a document.
const COMMAND: &str = "agx-fix-lab classes --markdown";

/// Runs the programs of the crash classes, without the library and with it
///
/// A row holds if the driver fails without the library in some run, and if with it every run is clean and the finding that
/// the program is there for is made. Exit code 0 only if no row is broken.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this program; may be repeated
    #[arg(long, value_name = "PROGRAM", value_parser = named::<Program>())]
    class: Vec<Program>,
    /// This preset, or `unguarded` for no library at all; may be repeated [default: unguarded and the library's default]
    #[arg(long = "preset", alias = "strategy", value_name = "PRESET", value_parser = Contender::parser())]
    strategy: Vec<Contender>,
    /// Runs of each row
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    iterations: u32,
    /// Seed of the first run; each further run adds 1
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// A run that takes longer is cut off and counts as a hang (the guard itself waits for 2 s at most)
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    timeout: u32,
    /// Write the result as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the table between the marks in FILE
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

/// How much was run.
#[derive(Serialize)]
struct Settings {
    /// Runs of each row.
    iterations: u32,
    /// Seed of the first run.
    seed: u64,
}

type Report = Trial<Settings, ClassTally>;

/// Runs everything, reports, and returns 0 only for a verdict that passed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let files = Files::check(args.json.as_deref(), args.markdown.as_deref().map(|path| (path, COMMAND)))?;
    let workbench = Workbench::set_up()?;
    let started = Instant::now();
    let mut tallies = rows(args);
    let name = |row: &ClassTally| format!("{}, {}", row.program, row.strategy);
    in_turn(&mut tallies, args.iterations, name, |row, iteration| {
        // What the driver lacks now it lacks in the next run too.
        if row.unsupported.is_none() {
            row.add(run_in_child(&workbench, row, args, iteration)?);
        }
        Ok(())
    })
    .map_err(stopped)?;
    let verdict = Verdict::of(tallies.iter().map(verdict::judge).collect(), &[]);
    let settings = Settings { iterations: args.iterations, seed: args.seed };
    let report = Report::new("classes", settings, started.elapsed().as_secs_f64(), tallies, verdict);
    files.write(&report, || render::markdown(&report), &render::render(&report))?;
    Ok(report.verdict.exit_code())
}

/// Without the library and with its default preset, unless others are named.
fn rows(args: &Args) -> Vec<ClassTally> {
    let default = [Contender::Unguarded, Contender::Guarded(Preset::default())];
    let contenders = if args.strategy.is_empty() { &default[..] } else { &args.strategy };
    let chosen = |program: &Program| args.class.is_empty() || args.class.contains(program);
    let programs = Program::ALL.into_iter().filter(chosen);
    programs
        .flat_map(|program| contenders.iter().map(move |&contender| ClassTally::new(program, contender)))
        .collect()
}

/// Runs a program once. Findings come from standard error too: a process that dies leaves no others.
fn run_in_child(
    workbench: &Workbench,
    row: &ClassTally,
    args: &Args,
    iteration: u32,
) -> std::result::Result<ClassRun, Stop> {
    let mut command = workbench.command(row.strategy);
    set_job(
        &mut command,
        &ClassConfig { program: row.program, seed: args.seed.wrapping_add(iteration.into()) },
    );
    command.env("AGX_FIX_VERBOSE", "1").envs(row.program.environment().iter().copied());
    let finished = workbench.finish(&mut command, Duration::from_secs(args.timeout.into()))?;
    Ok(ClassRun {
        run: judge::<ClassConfig>(&finished, row.strategy)?,
        said: tally::findings_in(&finished.stderr),
    })
}
