//! `agx-fix doctor`: what the library does in a process. So far: which methods it guards there.

mod command;
mod probe;
mod render;
mod report;

pub(crate) use probe::{Args as ProbeArgs, run as probe};

use crate::destination::Destination;
use crate::error::{Error, Result};
use crate::output;
use crate::supervise::Interrupt;
use report::Report;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

/// Shows what the library does in a process
///
/// --coverage: which methods of which classes are guarded, which are not and why, in a program that is started with the
/// library, or without COMMAND in a probe that makes one object of each kind that this system's Metal has.
///
/// Exit codes: 0 all methods are guarded; 1 some are not, or the program never used Metal; 2 usage. How COMMAND itself
/// ended is said.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Show which methods are guarded (so far the only thing that the doctor shows)
    #[arg(long, required = true)]
    coverage: bool,
    /// Write the result as JSON too; with `-` to standard output, instead of the table
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The program to look into, and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Where the result goes.
enum Target {
    /// The table, and a file if one is given.
    People(Option<Destination>),
    /// JSON on standard output, which is then no place for the program's output.
    Pipe,
}

impl Target {
    fn of(args: &Args) -> Result<Self> {
        match args.json.as_deref() {
            Some(path) if path.as_os_str() == OsStr::new("-") => Ok(Self::Pipe),
            path => path.map(Destination::check).transpose().map(Self::People),
        }
    }
}

/// Returns 0 only where Metal was used and every method is guarded.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let target = Target::of(args)?;
    let interrupt = Interrupt::install()
        .map_err(|cause| Error::new(format!("signals cannot be handled ({cause}), so nothing was run")))?;
    let report = if args.command.is_empty() {
        probe::examine(&interrupt)?
    } else {
        command::examine(&args.command, matches!(target, Target::Pipe), &interrupt)?
    };
    show(&report, target)?;
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(report: &Report, target: Target) -> Result<()> {
    match target {
        Target::Pipe => {
            let json = serde_json::to_string_pretty(report).expect("numbers and strings are JSON");
            output::print(&format!("{json}\n"))
        }
        Target::People(destination) => {
            if let Some(destination) = destination {
                destination.write(report)?;
            }
            output::print(&render::render(report))
        }
    }
}
