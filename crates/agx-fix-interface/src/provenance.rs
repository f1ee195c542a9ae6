//! Where a measurement comes from: the machine, and whose driver ran. Files of `stress` and `bench` name both.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// Cores that the process may use.
    pub cores: usize,
    /// Operating system and architecture.
    pub system: String,
    /// The kernel's name and release.
    pub kernel: String,
}

/// What every file of results names, beside its own fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The tool's version.
    pub version: String,
    /// The commit that was built, `unknown` outside a repository.
    pub commit: String,
    /// Whose driver ran.
    pub driver: Driver,
    /// The machine.
    pub machine: Machine,
    /// The command, word by word.
    pub command: Vec<String>,
}

/// Whose driver ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Driver {
    /// The simulator of this project.
    Simulated,
    /// The system's Metal.
    Metal,
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.cores == 1 { "" } else { "s" };
        write!(f, "{}, {} core{plural}, {}, {}", self.cpu, self.cores, self.system, self.kernel)
    }
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Simulated => "the SIMULATED driver: no Apple GPU and no Apple code took part",
            Self::Metal => "this Mac's Metal",
        })
    }
}
