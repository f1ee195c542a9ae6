//! `doctor --coverage -- COMMAND`: the coverage of the user's program, which runs with the library and the user's terminal.

use super::report::CoverageReport;
use crate::accompany::accompany;
use crate::inbox::Inbox;
use crate::run;
use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::supervise::Interrupt;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::process::Stdio;

/// Runs the program to its end. `keep_stdout` keeps standard output free of what the program says.
pub(super) fn examine(
    words: &[OsString],
    keep_stdout: bool,
    interrupt: &Interrupt,
) -> Result<CoverageReport> {
    let inbox = Inbox::new("coverage")?;
    let (mut command, _) = run::injected(words)?;
    // The user's other options stay, but for the one that switches the library off.
    command.env("AGX_FIX_COVERAGE", inbox.file()).env_remove("AGX_FIX_DISABLE");
    if keep_stdout {
        command.stdout(standard_error()?);
    }
    let status = accompany(&mut command, interrupt)?;
    let words = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    // One for each process that made a Metal device and exited by itself.
    let processes = inbox.read()?;
    Ok(CoverageReport::new(words, status.into(), processes))
}

fn standard_error() -> Result<Stdio> {
    let copy = io::stderr().as_fd().try_clone_to_owned();
    copy.map(Stdio::from).map_err(|cause| Error::new(format!("standard error cannot be copied: {cause}")))
}
