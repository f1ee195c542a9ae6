//! `agx-fix doctor --explain FILE`: which of the eight crash classes a crash text is of (docs/crash-classes.md), and what to
//! do about it.
//!
//! - `evidence`: what a text says, whatever its form; `ips`: macOS's crash reports;
//! - `rules`: which class that is.
//!
//! The texts come from logs and mails, cut off and reformatted: nothing in them is an error, what is not understood is passed
//! over.

mod evidence;
mod ips;
mod rules;

use crate::destination::Destination;
use crate::error::{Error, Result};
use crate::machine::VERSION;
use crate::output;
use evidence::{Evidence, Source};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

/// The version of the layout below.
const SCHEMA: &str = "agx-fix-explanation/1";
/// Of longer texts the rest is not looked at: 64 MiB.
const LONGEST: u64 = 64 << 20;

/// The result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explanation {
    /// [`SCHEMA`].
    schema: String,
    /// The tool's version.
    version: String,
    /// The form of the text.
    source: Source,
    /// The program that crashed, where the text names it.
    process: Option<String>,
    /// Whether the library was in it; `None` where the text does not say.
    injected: Option<bool>,
    /// The classes that it may be, the surest first.
    findings: Vec<Explained>,
}

/// One class that a text speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explained {
    /// 1 to 8.
    class: u8,
    /// The class in words.
    finding: String,
    /// The part of the text that says so.
    evidence: String,
    /// Whether the text says so in as many words; else it looks like it.
    certain: bool,
    /// What to do.
    remedy: String,
}

/// Explains `file`, or standard input for `-`. 1 where nothing is recognised.
pub(super) fn run(file: &Path, json: Option<&Path>) -> Result<ExitCode> {
    let destination =
        json.filter(|path| path.as_os_str() != OsStr::new("-")).map(Destination::check).transpose()?;
    let explanation = explain(&read(file)?);
    if let Some(destination) = &destination {
        destination.write(&explanation)?;
    }
    output::print(&match (json, &destination) {
        (Some(_), None) => {
            format!("{}\n", serde_json::to_string_pretty(&explanation).expect("numbers and strings are JSON"))
        }
        _ => render(&explanation),
    })?;
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

fn explain(text: &str) -> Explanation {
    let evidence = Evidence::of(text);
    Explanation {
        schema: SCHEMA.into(),
        version: VERSION.into(),
        findings: rules::judge(&evidence),
        source: evidence.source,
        process: evidence.process,
        injected: evidence.injected,
    }
}

fn render(explanation: &Explanation) -> String {
    if explanation.findings.is_empty() {
        return "none of the eight crash classes is recognised in this text; give the whole crash report (.ips, of \
                ~/Library/Logs/DiagnosticReports) or the lines around \"failed assertion\"\n"
            .to_owned();
    }
    let mut text = String::new();
    for it in &explanation.findings {
        let sure = if it.certain { "" } else { "probably " };
        writeln!(text, "{sure}class {}, {} ({}); {}", it.class, it.finding, it.evidence, it.remedy)
            .expect("a string takes everything");
    }
    text
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
