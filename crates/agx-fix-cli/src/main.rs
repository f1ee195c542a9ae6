//! `agx-fix`: runs programs with the guarded Metal driver, shows that the guard is needed and holds, and measures it.
//!
//! Exit codes: 0 good, 1 failure, 2 usage. `run` becomes the program that it starts, whose exit code is then its own; with
//! `--confirm` it passes that code on.

#![forbid(unsafe_code)]

mod accompany;
mod bench;
mod calls;
mod confirm;
mod contender;
mod crash;
mod destination;
mod doctor;
mod document;
mod error;
mod grid;
mod inbox;
mod inject;
mod machine;
mod numbers;
mod opened;
mod output;
mod report;
mod results;
mod run;
mod run_one;
mod session;
mod stress;
mod supervise;
mod target;
mod tool;
mod workload;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Runs programs with the guarded Metal driver, and shows that the guard is needed and holds.
#[derive(Parser)]
#[command(name = "agx-fix", version, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Args),
    Stress(stress::Args),
    Bench(bench::Args),
    Report(report::Args),
    Doctor(doctor::Args),
    Calls(calls::Args),
    #[command(hide = true)]
    Workload(workload::Args),
    #[command(hide = true)]
    Probe(doctor::ProbeArgs),
    #[command(hide = true)]
    Class(stress::class_program::Args),
    #[command(hide = true)]
    Soak(stress::soak_program::Args),
    #[command(hide = true)]
    Programs(stress::random_programs::Args),
    #[command(hide = true)]
    Call(calls::child::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Stress(args) => stress::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Probe(args) => doctor::probe(&args),
        Command::Workload(args) => workload::run(&args),
        Command::Class(args) => stress::class_program::run(&args),
        Command::Soak(args) => stress::soak_program::run(&args),
        Command::Programs(args) => stress::random_programs::run(&args),
        Command::Calls(args) => calls::run(&args),
        Command::Call(args) => calls::child::run(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("agx-fix: {error}");
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
