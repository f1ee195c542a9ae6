//! `agx-fix doctor --explain FILE`: which of the eight crash classes a crash text is of (docs/crash-classes.md), and what to
//! do about it.
//!
//! - `evidence`: what a text says, whatever its form; `ips`: macOS's crash reports;
//! - `rules`: which class that is, as data and in words.
//!
//! The texts come from logs and mails, cut off and reformatted. Nothing in them is an error; what is not understood is ignored.

mod evidence;
mod ips;
#[cfg(test)]
mod properties;
mod rules;

use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::output::Files;
use rules::{explain, render};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

/// At most 64 MiB of a text are read.
const LONGEST: u64 = 64 << 20;

/// Explains `file`, or standard input for `-`. 1 where nothing is recognised.
pub(super) fn run(file: &Path, files: &Files) -> Result<ExitCode> {
    let explanation = explain(&read(file)?);
    files.write(&explanation, String::new, &render(&explanation))?;
    Ok(if explanation.findings.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn read(file: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let read = if file.as_os_str() == OsStr::new("-") {
        io::stdin().lock().take(LONGEST).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|opened| opened.take(LONGEST).read_to_end(&mut bytes))
    };
    read.map_err(|cause| {
        let path = file.display();
        Error::new(format!(
            "{path} cannot be read ({cause}), so nothing is explained; give a crash text or `-`"
        ))
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
