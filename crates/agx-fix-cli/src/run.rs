//! `agx-fix run`: becomes the command, with the library injected, or stays beside it.

use crate::accompany::cannot_start;
use crate::confirm;
use crate::error::{Error, Result};
use crate::inject::Injection;
use crate::target::{self, Surroundings};
use agx_fix_interface::options::{ROWS, Strategy};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Starts a program with the guarded driver
///
/// The program replaces agx-fix: its exit code, its signals and its output are its own. With --confirm agx-fix stays its
/// parent and passes its exit code on, 128 and the signal where one ended it.
#[derive(clap::Args)]
#[command(after_help = options_help())]
pub(crate) struct Args {
    /// How encoders are guarded [default: per-encoder]
    #[arg(long, value_name = "STRATEGY", value_parser = strategy_parser())]
    strategy: Option<Strategy>,
    /// Write statistics at exit, to standard error or as JSON to FILE
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    stats: Option<Option<PathBuf>>,
    /// Say on standard error what is hooked, and each late call
    #[arg(long)]
    verbose: bool,
    /// What becomes of a call on an encoder that has ended [default: skip]
    #[arg(long, value_name = "POLICY", value_parser = ["skip", "abort"])]
    late_call: Option<String>,
    /// Stay, and say on standard error at the end whether the library was loaded and hooked Metal
    #[arg(long)]
    confirm: bool,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

fn strategy_parser() -> impl TypedValueParser<Value = Strategy> {
    PossibleValuesParser::new(Strategy::ALL.map(Strategy::name)).try_map(|name| name.parse::<Strategy>())
}

fn options_help() -> String {
    let mut text = "The library's options in the environment, which the program inherits:\n".to_owned();
    for row in ROWS {
        writeln!(text, "\n  {}={} [default: {}]\n      {}", row.variable, row.values, row.default, row.help)
            .expect("a string takes everything");
    }
    text.truncate(text.trim_end().len());
    text
}

/// Does not return where the program starts, but for `--confirm`.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let (mut command, library) = injected(&args.command)?;
    set_options(&mut command, args)?;
    if args.confirm {
        return confirm::run(command, &library);
    }
    let cause = command.exec();
    Err(cannot_start(&command, &cause))
}

/// The program and its arguments, with the library, whose file is the other answer, in front of what is preloaded already.
pub(crate) fn injected(words: &[OsString]) -> Result<(Command, PathBuf)> {
    let target = target::examine(words, &Surroundings::here())?;
    let injection = Injection::unpack()?;
    let mut command = target.command();
    injection.add(&mut command);
    Ok((command, injection.library))
}

fn set_options(command: &mut Command, args: &Args) -> Result<()> {
    if let Some(strategy) = args.strategy {
        command.env("AGX_FIX_STRATEGY", strategy.name());
    }
    if args.verbose {
        command.env("AGX_FIX_VERBOSE", "1");
    }
    if let Some(policy) = &args.late_call {
        command.env("AGX_FIX_LATE_CALL", policy);
    }
    match &args.stats {
        None => {}
        Some(None) => drop(command.env("AGX_FIX_STATS", "1")),
        Some(Some(file)) => drop(command.env("AGX_FIX_STATS", statistics_file(file)?)),
    }
    Ok(())
}

/// The file, empty: the library appends, and only at exit, when it is too late to say that it cannot. Absolute, since
/// the program may change its folder.
fn statistics_file(file: &Path) -> Result<PathBuf> {
    let refused = |cause| {
        let path = file.display();
        Error::new(format!(
            "{path} cannot be written ({cause}), so there would be no statistics; nothing was started"
        ))
    };
    File::create(file).map_err(refused)?;
    std::path::absolute(file).map_err(refused)
}
