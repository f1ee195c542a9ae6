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
mod flags;
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
    use clap::{CommandFactory, Parser};
    use proptest::prelude::*;
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// Words of command lines, or nearly: what subcommands and options are called, values, and bytes.
    fn words() -> impl Strategy<Value = Vec<OsString>> {
        let command = Cli::command();
        let subcommands: Vec<_> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
        let options = command.get_subcommands().flat_map(clap::Command::get_arguments);
        let options: Vec<_> =
            options.filter_map(|it| it.get_long()).map(|name| format!("--{name}")).collect();
        let value = prop_oneof![
            "-?[0-9]{0,22}(\\.[0-9]{0,4})?(,[0-9]{1,3}){0,3}",
            "per-encoder|unguarded|own-encoder|inf|nan|1e999|skip|-|--|=|",
            any::<String>(),
        ];
        let option = proptest::sample::select(options);
        let word = prop_oneof![
            4 => option.clone().prop_map(OsString::from),
            2 => (option, value.clone()).prop_map(|(option, value)| format!("{option}={value}").into()),
            4 => value.prop_map(OsString::from),
            1 => proptest::collection::vec(any::<u8>(), 0..20).prop_map(OsString::from_vec),
        ];
        let first = proptest::sample::select(subcommands).prop_map(OsString::from);
        (first, proptest::collection::vec(word, 0..8)).prop_map(|(first, rest)| {
            std::iter::once("agx-fix".into()).chain(std::iter::once(first)).chain(rest).collect()
        })
    }

    proptest! {
        /// It is understood, or refused with the exit code for that and the way to the help.
        #[test]
        fn any_command_line_is_answered(words in words()) {
            if let Err(error) = Cli::try_parse_from(words) {
                let said = error.to_string();
                prop_assert!(error.exit_code() == 2 || !error.use_stderr(), "{}", said);
                prop_assert!(said.contains("--help") || !error.use_stderr(), "{}", said);
            }
        }
    }
}
