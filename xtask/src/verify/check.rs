//! The checks, and running one.

use super::table::Row;
use super::{libfuzzer, mutation, protections, table, tsan};
use crate::command::{add_flags, announce, cargo};
use crate::{Error, gobjc, runtime};
use std::path::Path;
use std::process::{Command, Stdio};

/// Asks a test for all that it can do, which takes long.
const LONG: &str = "AGX_VERIFY_LONG";
/// Inputs that a fuzzing test makes in a long run.
const CASES: &str = "20000";
/// Tests whose inputs proptest makes: package, and file in its `tests/`.
const FUZZ: [(&str, &str); 3] =
    [("agx-fix-interface", "fuzz"), ("agx-fix-macho", "fuzz"), ("agx-fix-guard", "oracle")];

/// A check, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Check {
    /// The guard's interleavings, all of them up to a bound
    Loom,
    /// The guard on random schedules
    Shuttle,
    /// Inputs that nobody meant to write, by proptest and libFuzzer
    Fuzz,
    /// The guard's tests under ThreadSanitizer
    Tsan,
    /// Host programs under injection: forks, signals, no memory
    Faults,
    /// Guard and hooks with one protection taken out
    Protections,
    /// Guard and hooks with one small change, by cargo-mutants
    Mutants,
}

impl Check {
    /// Part of a quick run. Of the others, `cargo xtask test` runs a short version, or there is none.
    pub(super) fn is_quick(self) -> bool {
        matches!(self, Self::Loom | Self::Shuttle | Self::Fuzz)
    }

    /// What it did.
    pub(super) fn run(self, root: &Path, target: &Path, long: bool) -> Result<Vec<Row>, Error> {
        let rows = match self {
            Self::Loom => model("loom", target, long)?,
            Self::Shuttle => model("shuttle", target, long)?,
            Self::Fuzz => {
                let mut rows = Vec::new();
                for (package, file) in FUZZ {
                    rows.extend(tests(package, file, target, long)?);
                }
                rows.extend(libfuzzer::run(root, target, long)?);
                rows
            }
            Self::Tsan => tsan::run(target)?,
            Self::Faults => tests("agx-fix-tests", "faults", target, long)?,
            Self::Protections => protections::run(target)?,
            Self::Mutants => mutation::run(root, target)?,
        };
        if rows.is_empty() {
            return Err(format!("{self:?} has checked nothing"));
        }
        Ok(rows)
    }
}

/// A test of the guard, built with the `cfg` of its name.
fn model(name: &str, target: &Path, long: bool) -> Result<Vec<Row>, Error> {
    let mut cargo = cargo(&["test", "--release", "--package", "agx-fix-guard", "--test", name]);
    add_flags(&mut cargo, &format!("--cfg {name}"));
    cargo.env("CARGO_TARGET_DIR", target.join("verify").join(name));
    said(cargo, long)
}

fn tests(package: &str, file: &str, target: &Path, long: bool) -> Result<Vec<Row>, Error> {
    let mut cargo = cargo(&["test", "--package", package, "--test", file]);
    runtime::provide(&mut cargo, target)?;
    gobjc::provide(&mut cargo, target)?;
    if long {
        cargo.env("PROPTEST_CASES", CASES);
    }
    said(cargo, long)
}

/// The rows that a test says, or all of its words if it fails.
fn said(mut cargo: Command, long: bool) -> Result<Vec<Row>, Error> {
    announce(&cargo);
    cargo
        .args(["--", "--nocapture"])
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if long {
        cargo.env(LONG, "1");
    }
    let output = cargo.output().map_err(|cause| format!("cargo cannot be started: {cause}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        eprint!("{}{text}", String::from_utf8_lossy(&output.stderr));
        return Err("a check failed: its words stand above".to_owned());
    }
    Ok(table::rows(&text))
}
