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
use agx_fix_workload::{ClassConfig, Config, ProgramsConfig, SoakConfig};
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
        Command::RunClass(args) => child::run::<ClassConfig>(&args),
        Command::RunSoak(args) => child::run::<SoakConfig>(&args),
        Command::RunPrograms(args) => child::run::<ProgramsConfig>(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("agx-fix-lab: {error}");
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::{CommandFactory as _, Parser as _};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// clap ends with code 2 for each.
    #[test]
    fn wrong_command_lines_are_refused() {
        for line in [
            "bench --preset bogus",
            "bench --threads 0",
            "bench --threads 1,x",
            "bench --ops 0",
            "bench --iterations 0",
            "bench --resamples 1",
            "calls --rounds 0",
            "calls --window 0",
            "calls --threads 1",
            "calls --threads 2,x",
            "calls --only bogus",
            "classes --class bogus",
            "classes --preset bogus",
            "classes --iterations 0",
            "classes --timeout 0",
            "soak",
            "soak 0",
            "soak 1 --kind bogus",
        ] {
            let words = std::iter::once("agx-fix-lab").chain(line.split(' '));
            assert_eq!(Cli::try_parse_from(words).err().map(|error| error.exit_code()), Some(2), "{line}");
        }
    }
}
