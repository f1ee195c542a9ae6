//! Starting other programs, cargo above all. Touches the environment of what it starts, and nothing else.

use crate::{Error, root};
use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// What a task returns that becomes another program.
pub(crate) type Becomes = Result<std::convert::Infallible, Error>;

/// The cargo that runs this program, for any workspace.
pub(crate) fn any_cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Cargo for this workspace. The working folder stays the user's: paths in the arguments are relative to it.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = any_cargo();
    cargo.args(arguments).arg("--manifest-path").arg(root().join("Cargo.toml"));
    cargo
}

/// Gives the compiler these flags beside the user's.
pub(crate) fn add_flags(cargo: &mut Command, flags: &str) {
    let of_user = env::var("RUSTFLAGS").unwrap_or_default();
    cargo.env("RUSTFLAGS", format!("{of_user} {flags}").trim_start());
}

/// Says what is run.
pub(crate) fn announce(command: &Command) {
    eprintln!("{} ...", words(command));
}

/// Replaces this process by `command`, so that exit codes and signals need no passing on.
pub(crate) fn become_program(command: &mut Command) -> Becomes {
    let cause = command.exec();
    Err(format!("{} cannot be started: {cause}", command.get_program().display()))
}

/// Runs a command to its end, with its own output.
pub(crate) fn succeed(command: &mut Command) -> Result<(), Error> {
    let described = format!("{} {}", command.get_program().display(), words(command));
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{described}: {status}")),
        Err(cause) => Err(format!("{described} cannot be started: {cause}")),
    }
}

/// Runs a command to its end and returns what it printed.
pub(crate) fn printed(command: &mut Command) -> Result<String, Error> {
    let program = command.get_program().display().to_string();
    let output = command.output().map_err(|cause| format!("{program} cannot be started: {cause}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{program}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
}

fn words(command: &Command) -> String {
    command.get_args().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
