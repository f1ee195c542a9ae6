//! What the library adds to the start of a process that never touches Metal.

use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::inject::PRELOAD;
use agx_fix_engine::inject::Tool;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Without the library and with it.
pub(super) const NAMES: [&str; 2] = ["alone", "preloaded"];
/// The least that a process can do.
const PROGRAM: &str = "/bin/true";

/// Whether there is such a program.
pub(super) fn is_possible() -> bool {
    Path::new(PROGRAM).exists()
}

/// Nanoseconds from start to end of the program, by one of [`NAMES`].
pub(super) fn measure(tool: &Tool, name: &str) -> Result<f64> {
    let mut command = Command::new(PROGRAM);
    command.env_remove(PRELOAD).stdin(Stdio::null());
    if name == NAMES[1] {
        tool.inject(&mut command);
    }
    let began = Instant::now();
    let status = command.status();
    let nanoseconds = began.elapsed().as_nanos() as f64;
    match status {
        Ok(status) if status.success() => Ok(nanoseconds),
        Ok(status) => Err(Error::new(format!("{PROGRAM} failed ({status}), so its start was not measured"))),
        Err(cause) => Err(Error::new(format!("{PROGRAM} cannot be started: {cause}"))),
    }
}
