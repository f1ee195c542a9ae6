//! How a condition came out, and what a command says of all of them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::process::ExitCode;

/// How a condition came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It holds.
    Held,
    /// It does not hold.
    Broken,
    /// There is nothing to judge: the row was not run, or it decides nothing.
    NotJudged,
}

impl Standing {
    /// Held or broken.
    pub const fn of(holds: bool) -> Self {
        if holds { Self::Held } else { Self::Broken }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Held => "held",
            Self::Broken => "BROKEN",
            Self::NotJudged => "not judged",
        })
    }
}

/// The line that every verdict begins with.
pub fn line(passed: bool) -> String {
    format!("verdict: {}\n", if passed { "PASSED" } else { "FAILED" })
}

/// The exit code of a command with a verdict.
pub fn exit_code(passed: bool) -> ExitCode {
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
