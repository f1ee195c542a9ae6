//! The tool `agx-fix`: runs programs with the guarded Metal driver, and shows that the guard is needed and holds.
//! (`agx-fix-lab` measures it.)
//!
//! Exit codes: 0 good, 1 failure, 2 usage. `run` becomes the program that it starts, whose exit code is then its own; with
//! `--confirm` it passes that code on.

#![forbid(unsafe_code)]

mod accompany;
mod confirm;
mod doctor;
mod flags;
mod opened;
mod report;
mod results;
mod run;
mod stress;
mod target;

use agx_fix_engine::child;
use agx_fix_workload::Config;
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
    Report(report::Args),
    Doctor(doctor::Args),
    #[command(hide = true)]
    RunWorkload(child::Args),
    #[command(hide = true)]
    Probe(doctor::ProbeArgs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Stress(args) => stress::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Probe(args) => doctor::probe(&args),
        Command::RunWorkload(args) => child::run::<Config>(&args),
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
        /// Every command line is understood, or refused with exit code 2 and a hint at the help.
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
