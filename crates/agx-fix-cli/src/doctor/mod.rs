//! `agx-fix doctor`: what can be told of this system, of a program and of a crash.

mod checkup;
mod command;
mod explain;
mod probe;
mod render;
mod report;

pub(crate) use probe::{Args as ProbeArgs, run as probe};

use agx_fix_engine::destination::Destination;
use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::output;
use agx_fix_engine::supervise::Interrupt;
use report::Report;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

/// Shows whether the library works here, in a program, and what a crash was
///
/// Without an option: the system, its Metal, and, without running it, whether COMMAND (else python3) takes the library and which
/// frameworks its Python has.
///
/// --coverage: which methods of which classes are guarded, which are not and why, in COMMAND, which is run with the library, or
/// without COMMAND in a probe that makes one object of each kind that this system's Metal has.
///
/// --explain: which of the crash classes of docs/crash-classes.md a crash report or a pasted log is of.
///
/// Exit codes: 0 nothing is bad, all methods are guarded, or a crash is recognised; 1 otherwise; 2 usage. How a COMMAND that was
/// run ended is said.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Show which methods are guarded
    #[arg(long)]
    coverage: bool,
    /// Say what the crash text in FILE (a log, or a crash report of macOS, .ips) is about; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["coverage", "command"])]
    explain: Option<PathBuf>,
    /// Write the result as JSON too; with `-` to standard output, instead of the text
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

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    match &args.explain {
        Some(file) => explain::run(file, args.json.as_deref()),
        None if args.coverage => coverage(args),
        None => checkup::run(&args.command, args.json.as_deref()),
    }
}

/// Returns 0 only where Metal was used and every method is guarded.
fn coverage(args: &Args) -> Result<ExitCode> {
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
