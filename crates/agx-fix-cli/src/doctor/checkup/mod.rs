//! `agx-fix doctor [-- COMMAND]`: what can be known before the command is run. Each line is a finding and a remedy.
//!
//! - `system`: the machine, and what the library guards in a probe;
//! - `target`: whether the command takes the library, and which frameworks its Python has.

mod system;
mod target;

use crate::target::Surroundings;
use agx_fix_engine::error::Result;
use agx_fix_engine::output::Files;
use agx_fix_engine::provenance::{COMMIT, VERSION};
use agx_fix_engine::supervise::Interrupt;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fmt;
use std::process::ExitCode;

/// The version of the layout below.
const SCHEMA: &str = "agx-fix-checkup/1";

/// The result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checkup {
    /// [`SCHEMA`].
    schema: String,
    /// The tool's version.
    version: String,
    /// The commit that the tool was built from.
    commit: String,
    /// The program and its arguments; none where none was given.
    command: Vec<String>,
    /// What was looked at.
    items: Vec<Item>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    /// What, in a word.
    subject: String,
    /// How it stands.
    standing: Standing,
    /// What was found.
    finding: String,
    /// What can be done about it, where something can.
    remedy: Option<String>,
}

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Standing {
    /// As it should be.
    Good,
    /// The library does not work like that.
    Bad,
    /// It cannot be told.
    Unknown,
}

impl Item {
    fn good(subject: &str, finding: impl Into<String>) -> Self {
        Self { subject: subject.into(), standing: Standing::Good, finding: finding.into(), remedy: None }
    }

    fn bad(subject: &str, finding: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (finding, remedy) = (finding.into(), Some(remedy.into()));
        Self { subject: subject.into(), standing: Standing::Bad, finding, remedy }
    }

    fn unknown(subject: &str, finding: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { standing: Standing::Unknown, ..Self::bad(subject, finding, remedy) }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standing = match self.standing {
            Standing::Good => "good",
            Standing::Bad => "BAD",
            Standing::Unknown => "unknown",
        };
        write!(f, "{standing:<8}{:<11}{}", self.subject, self.finding)?;
        self.remedy.as_ref().map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
    }
}

/// Looks at everything. 1 where something is bad.
pub(super) fn run(command: &[OsString], files: &Files, interrupt: &Interrupt) -> Result<ExitCode> {
    let around = Surroundings::here();
    let mut items = system::items(&around, interrupt);
    items.extend(target::items(command, &around));
    let checkup = Checkup {
        schema: SCHEMA.into(),
        version: VERSION.into(),
        commit: COMMIT.into(),
        command: command.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
        items,
    };
    files.write(&checkup, String::new, &render(&checkup))?;
    let is_bad = checkup.items.iter().any(|item| item.standing == Standing::Bad);
    Ok(if is_bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn render(checkup: &Checkup) -> String {
    checkup.items.iter().map(|item| format!("{item}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_a_line() {
        assert_eq!(Item::good("chip", "M9").to_string(), "good    chip       M9");
        assert_eq!(Item::bad("injection", "no", "do").to_string(), "BAD     injection  no; do");
        assert_eq!(Item::unknown("mlx", "who knows", "ask").to_string(), "unknown mlx        who knows; ask");
    }

    #[test]
    fn every_field_is_documented() {
        let checkup = Checkup {
            schema: SCHEMA.into(),
            version: String::new(),
            commit: String::new(),
            command: Vec::new(),
            items: vec![Item::bad("a", "b", "c")],
        };
        agx_fix_interface::document::assert_documented(&checkup);
    }
}
