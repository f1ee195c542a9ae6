//! `agx-fix run`: becomes the command, with the library injected, or stays beside it.

use crate::accompany::cannot_start;
use crate::confirm;
use crate::flags::Flags;
use crate::target::{self, Surroundings};
use agx_fix_engine::error::Result;
use agx_fix_engine::inject::Injection;
use agx_fix_interface::options::ROWS;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// Starts a program with the guarded driver
///
/// The program replaces agx-fix: its exit code, its signals and its output are its own. With --confirm agx-fix stays its
/// parent and passes its exit code on, 128 and the signal where one ended it.
#[derive(clap::Args)]
#[command(after_help = options_help())]
pub(crate) struct Args {
    #[command(flatten)]
    flags: Flags,
    /// Stay, and say on standard error at the end whether the library was loaded and hooked Metal
    #[arg(long)]
    confirm: bool,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// The options that have no flag, and how the others are set without one.
fn options_help() -> String {
    let mut text = "Each flag sets an environment variable, which the program inherits: --preset sets AGX_FIX_PRESET, and so on \
                    (docs/options.md). These have no flag:\n"
        .to_owned();
    for row in ROWS.iter().filter(|row| !row.has_flag) {
        writeln!(text, "\n  {}={} [default: {}]\n      {}", row.variable, row.values, row.default, row.help)
            .expect("a string takes everything");
    }
    text.truncate(text.trim_end().len());
    text
}

/// Does not return where the program starts, but for `--confirm`.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let (mut command, library) = injected(&args.command)?;
    args.flags.set(&mut command)?;
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
