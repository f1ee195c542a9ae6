//! The result of `stress --classes`, as written by `--json`.

use super::tally::ClassTally;
use super::verdict::judge;
use crate::machine::{self, COMMIT, VERSION};
use crate::stress::verdict::Standing;
use agx_fix_interface::provenance::{Driver, Machine};
use serde::{Deserialize, Serialize};

/// The version of the layout.
pub(super) const SCHEMA: &str = "agx-fix-classes/1";

/// The result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Report {
    /// [`SCHEMA`].
    pub(super) schema: String,
    /// The tool's version.
    pub(super) version: String,
    /// The commit that was built.
    pub(super) commit: String,
    /// Whose driver ran.
    pub(super) driver: Driver,
    /// The machine.
    pub(super) machine: Machine,
    /// The command, word by word.
    pub(super) command: Vec<String>,
    /// Runs of each row.
    pub(super) iterations: u32,
    /// Seed of the first run.
    pub(super) seed: u64,
    /// What all runs took together.
    pub(super) seconds: f64,
    /// A row for each program and contender.
    pub(super) rows: Vec<Row>,
    /// No row is broken, and one held.
    pub(super) passed: bool,
}

/// A tally and the verdict on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// The counts.
    #[serde(flatten)]
    pub(super) tally: ClassTally,
    /// The verdict.
    pub(super) standing: Standing,
    /// Why, for people.
    pub(super) reason: String,
}

impl Report {
    pub(super) fn new(iterations: u32, seed: u64, tallies: Vec<ClassTally>, seconds: f64) -> Self {
        let row = |tally: ClassTally| {
            let (standing, reason) = judge(&tally);
            Row { tally, standing, reason }
        };
        let rows: Vec<Row> = tallies.into_iter().map(row).collect();
        let any = |standing| rows.iter().any(|row| row.standing == standing);
        Self {
            schema: SCHEMA.to_owned(),
            version: VERSION.to_owned(),
            commit: COMMIT.to_owned(),
            driver: machine::driver(),
            machine: machine::this(),
            command: machine::command(),
            iterations,
            seed,
            seconds,
            passed: any(Standing::Held) && !any(Standing::Broken),
            rows,
        }
    }
}
