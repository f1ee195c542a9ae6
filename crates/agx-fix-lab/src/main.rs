//! `agx-fix-lab`: measures agx-fix, and tries it beyond what `agx-fix stress` shows. For development: it is never shipped.
//!
//! - `bench`: throughput and contention of all contenders; `calls`: the cost of one guarded call, by `harness`;
//! - `classes`: the programs of the crash classes; `soak`: random misuse for as long as wanted; `programs`: random programs on
//!   shared encoders; `trial`: the result of these three.
//!
//! Exit codes: 0 good, 1 failure, 2 usage.

#![forbid(unsafe_code)]

mod bench;
mod calls;
mod classes;
mod harness;
mod programs;
mod soak;
mod trial;

use agx_fix_engine::child;
use agx_fix_workload::Config;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Measures agx-fix, and tries it beyond `agx-fix stress`.
#[derive(Parser)]
#[command(name = "agx-fix-lab", version, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bench(bench::Args),
    Calls(calls::Args),
    Classes(classes::Args),
    Soak(soak::Args),
    Programs(programs::Args),
    #[command(hide = true)]
    RunWorkload(child::Args),
    #[command(hide = true)]
    RunCall(child::Args),
    #[command(hide = true)]
    RunClass(child::Args),
    #[command(hide = true)]
    RunSoak(child::Args),
    #[command(hide = true)]
    RunPrograms(child::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Bench(args) => bench::run(&args),
        Command::Calls(args) => calls::run(&args),
        Command::Classes(args) => classes::run(&args),
        Command::Soak(args) => soak::run(&args),
        Command::Programs(args) => programs::run(&args),
        Command::RunWorkload(args) => child::run::<Config>(&args),
        Command::RunCall(args) => child::run::<calls::child::Job>(&args),
        Command::RunClass(args) => child::run::<classes::Job>(&args),
        Command::RunSoak(args) => child::run::<soak::Job>(&args),
        Command::RunPrograms(args) => child::run::<programs::Job>(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("agx-fix-lab: {error}");
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
