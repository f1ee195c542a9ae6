//! Compiles driver and host, and runs them.

use super::{Machine, methods, source};
use crate::run;
use agx_fix_interface::Document as _;
use agx_fix_interface::statistics::Statistics;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// Patterns of values that each row is tried with.
pub const PATTERNS: usize = 200;

/// The variable with the seed of a run that is to be repeated.
pub const SEED: &str = "AGX_TEST_FIDELITY_SEED";

/// The seed of this run: the user's, or a new one.
///
/// # Panics
/// The user's is not a number.
pub fn seed() -> u64 {
    match env::var(SEED) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{SEED} takes a decimal number, not {text:?}")),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |now| now.as_secs()),
    }
}

/// Driver and host for one machine, in a folder that is deleted when it is dropped.
#[derive(Debug)]
pub struct Lot {
    folder: TempDir,
    machine: Machine,
    host: PathBuf,
    seed: u64,
}

/// How a run ended.
#[derive(Debug)]
pub struct Verdict {
    /// Whether every row was faithful.
    pub faithful: bool,
    /// The lines about rows that were not.
    pub differences: Vec<String>,
    /// For people: everything that the run said, and how to repeat it.
    pub text: String,
}

impl Verdict {
    /// The verdict and what the host printed on standard output.
    pub(crate) fn of(output: &Output, how_to_repeat: &str) -> (Self, String) {
        let [said, complaints] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        let differences = complaints.lines().filter(|line| line.starts_with("differs"));
        let verdict = Self {
            faithful: output.status.success(),
            differences: differences.map(Into::into).collect(),
            text: format!("{}\n{said}{complaints}{how_to_repeat}", output.status),
        };
        (verdict, said.into_owned())
    }

    /// Asserts that a planted mistake was found, and in these rows and parts of the call.
    ///
    /// # Panics
    /// It was not.
    pub fn assert_found(&self, mistake: &str, places: &[(&str, &str)]) {
        assert!(!self.faithful, "{mistake} was not found");
        for (selector, part) in places {
            let named = |line: &String| line.contains(&format!(" {selector}] ")) && line.contains(part);
            assert!(self.differences.iter().any(named), "{mistake}: not in {selector}: {}", self.text);
        }
        println!("{mistake}: found in {} rows", self.differences.len());
    }
}

impl Lot {
    /// Generates and compiles them.
    ///
    /// # Panics
    /// They do not compile.
    pub fn new(machine: Machine, seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = |name: &str| folder.path().join(name);
        let (driver, host) = (path("libdriver.so"), path("host"));
        fs::write(path("driver.m"), source::driver()).expect("the folder can be written");
        fs::write(path("host.m"), source::host()).expect("the folder can be written");
        machine.compile(&path("driver.m"), &driver, &["-fPIC", "-shared"].map(Into::into));
        machine.compile(&path("host.m"), &host, &[driver.into(), "-Wl,-rpath,$ORIGIN".into()]);
        Self { folder, machine, host, seed }
    }

    /// The host, with `library` in it if there is one, and with a preset.
    ///
    /// # Panics
    /// It does not start, or says that all is well but not of every row and pattern.
    pub fn run(&self, library: Option<&Path>, preset: &str) -> Verdict {
        let _ = fs::remove_file(self.statistics_file());
        let mut command = self.machine.start(&self.host, library);
        command.args([self.seed.to_string(), PATTERNS.to_string()]);
        command.env("AGX_FIX_PRESET", preset).env("AGX_FIX_STATS", self.statistics_file());
        let (verdict, said) = Verdict::of(&run(&mut command), &self.repeat(&command));
        let rows = methods().count();
        if verdict.faithful {
            assert_eq!(said, format!("{rows} of {rows} rows, {} patterns\n", rows * PATTERNS));
        }
        verdict
    }

    /// What the library counted in the last run.
    ///
    /// # Panics
    /// It did not write, or nothing that can be read.
    pub fn statistics(&self) -> Statistics {
        let text =
            fs::read_to_string(self.statistics_file()).expect("the library writes when the host exits");
        Statistics::from_json(text.trim_end()).expect("statistics")
    }

    fn statistics_file(&self) -> PathBuf {
        self.folder.path().join("statistics")
    }

    fn repeat(&self, command: &Command) -> String {
        format!(
            "it ran {command:?}; to repeat it: {SEED}={} cargo xtask test --package agx-fix-tests --test fidelity",
            self.seed
        )
    }
}
