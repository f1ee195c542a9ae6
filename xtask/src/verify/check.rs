//! The checks, and running one.

use super::table::Row;
use super::{libfuzzer, mutation, table, tsan};
use crate::{Error, gobjc, runtime};
use std::path::Path;
use std::process::{Command, Stdio};

/// Asks a check for all that it can do, which takes long.
const LONG: &str = "AGX_VERIFY_LONG";
/// Inputs that a fuzzing test makes in a long run.
const CASES: &str = "20000";

/// One check.
#[derive(Debug)]
pub(super) struct Check {
    /// What the user calls it.
    pub(super) name: &'static str,
    /// Not part of a quick run: the tests do a short version already, or there is none.
    pub(super) only_long: bool,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A test of the guard, built with `--cfg` and the name.
    Model,
    /// Tests: package, and file in its `tests/`.
    Tests(&'static [(&'static str, &'static str)]),
    /// Such tests, whose inputs proptest makes, and libFuzzer's.
    Fuzz(&'static [(&'static str, &'static str)]),
    ThreadSanitizer,
    Mutants,
}

/// All, in the order in which they run.
pub(super) const CHECKS: [Check; 6] = [
    Check { name: "loom", only_long: false, kind: Kind::Model },
    Check { name: "shuttle", only_long: false, kind: Kind::Model },
    Check {
        name: "fuzz",
        only_long: false,
        kind: Kind::Fuzz(&[
            ("agx-fix-interface", "fuzz"),
            ("agx-fix-macho", "fuzz"),
            ("agx-fix-guard", "oracle"),
        ]),
    },
    Check { name: "tsan", only_long: true, kind: Kind::ThreadSanitizer },
    Check { name: "faults", only_long: true, kind: Kind::Tests(&[("agx-fix-tests", "faults")]) },
    Check { name: "mutants", only_long: true, kind: Kind::Mutants },
];

impl Check {
    /// What it did.
    pub(super) fn run(&self, root: &Path, target: &Path, long: bool) -> Result<Vec<Row>, Error> {
        let rows = match self.kind {
            Kind::Model => output(self.model(target), long)?,
            Kind::Tests(tests) => self.all(tests, target, long)?,
            Kind::Fuzz(tests) => {
                let mut rows = self.all(tests, target, long)?;
                rows.extend(libfuzzer::run(root, target, long)?);
                rows
            }
            Kind::ThreadSanitizer => tsan::run(target)?,
            Kind::Mutants => return mutation::run(root, target),
        };
        if rows.is_empty() {
            return Err(format!("{} has checked nothing", self.name));
        }
        Ok(rows)
    }

    fn all(&self, tests: &[(&str, &str)], target: &Path, long: bool) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        for &(package, file) in tests {
            rows.extend(output(self.tests(package, file, target, long)?, long)?);
        }
        Ok(rows)
    }

    fn model(&self, target: &Path) -> Command {
        let mut cargo =
            crate::cargo(&["test", "--release", "--package", "agx-fix-guard", "--test", self.name]);
        add_flags(&mut cargo, &format!("--cfg {}", self.name));
        cargo.env("CARGO_TARGET_DIR", target.join("verify").join(self.name));
        cargo
    }

    fn tests(&self, package: &str, file: &str, target: &Path, long: bool) -> Result<Command, Error> {
        let mut cargo = crate::cargo(&["test", "--package", package, "--test", file]);
        runtime::provide(&mut cargo, target)?;
        gobjc::provide(&mut cargo, target)?;
        if long {
            cargo.env("PROPTEST_CASES", CASES);
        }
        Ok(cargo)
    }
}

/// Gives the compiler these flags beside the user's.
pub(super) fn add_flags(cargo: &mut Command, flags: &str) {
    let of_user = std::env::var("RUSTFLAGS").unwrap_or_default();
    cargo.env("RUSTFLAGS", format!("{of_user} {flags}").trim_start());
}

/// Says what is run.
pub(super) fn announce(cargo: &Command) {
    eprintln!("{} ...", cargo.get_args().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" "));
}

/// The rows that a test says, or all of its words if it fails.
fn output(mut cargo: Command, long: bool) -> Result<Vec<Row>, Error> {
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
