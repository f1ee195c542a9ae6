//! `agx-fix doctor`: examines this system, a program and a crash.
//!
//! - `checkup`: without an option; `explain`: `--explain`;
//! - `coverage`: `--coverage`, of a program of the user's; `probe`: of a child of this program.

mod checkup;
mod coverage;
mod explain;
mod probe;

pub(crate) use probe::{Args as ProbeArgs, run as probe};

use agx_fix_engine::error::Result;
use agx_fix_engine::output::Files;
use agx_fix_engine::supervise::Interrupt;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Shows whether the library works here, in a program, and what a crash was
///
/// Without an option: the system, its Metal, and, without running it, whether COMMAND (else python3) takes the library and which
/// frameworks its Python has.
///
/// --coverage: which methods of which classes are guarded, and which are not and why. COMMAND is run with the library; without
/// COMMAND, a probe makes one object of each kind that this system's Metal has.
///
/// --explain: which of the crash classes of docs/crash-classes.md a crash report or a pasted log is of.
///
/// Exit codes: 0 nothing is bad, all methods are guarded, or a crash is recognised; 1 otherwise; 2 usage. The text says how a
/// COMMAND that was run ended.
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
    /// The program to examine, and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let files = Files::check(args.json.as_deref(), None)?;
    if let Some(file) = &args.explain {
        return explain::run(file, &files);
    }
    let interrupt = Interrupt::install()?;
    if !args.coverage {
        return checkup::run(&args.command, &files, &interrupt);
    }
    let report = if args.command.is_empty() {
        probe::examine(&interrupt)?
    } else {
        coverage::examine(&args.command, files.take_standard_output(), &interrupt)?
    };
    files.write(&report, String::new, &coverage::render(&report))?;
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
