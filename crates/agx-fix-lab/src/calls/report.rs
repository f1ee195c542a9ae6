//! The result of `agx-fix-lab calls`, as `--json` writes it.

use super::plan::Settings;
use crate::harness::memory::Reading;
use agx_fix_engine::call_cost::{CallCost, Subject};
use agx_fix_engine::provenance::Provenance;
use agx_fix_engine::verdict::Standing;
use serde::Serialize;

/// The version of the layout.
pub(super) const SCHEMA: &str = "agx-fix-calls/2";

/// The result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Report {
    /// [`SCHEMA`].
    pub(super) schema: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub(super) provenance: Provenance,
    /// The load average of the last minute when the measurements began; absent where the system does not tell.
    pub(super) load: Option<f64>,
    /// How much was measured.
    pub(super) settings: Settings,
    /// What all took together.
    pub(super) seconds: f64,
    /// What was measured.
    #[serde(flatten)]
    pub(super) measured: Measured,
    /// How the goals came out.
    pub(super) goals: Vec<Goal>,
}

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Measured {
    /// By subject and contender.
    pub(super) rows: Vec<CallCost>,
    /// Memory while encoders pass.
    pub(super) memory: Vec<Memory>,
    /// Why a part is missing.
    pub(super) missing: Vec<String>,
}

/// Memory while encoders pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Memory {
    /// Where.
    pub(super) contender: String,
    /// Readings in order.
    pub(super) readings: Vec<Reading>,
}

impl Memory {
    /// Bytes by which the memory has grown since a tenth of the encoders had passed: by then everything has been touched.
    pub(super) fn growth(&self) -> Option<i64> {
        let first = self.readings.get(1)?.resident;
        let last = self.readings.last()?.resident;
        Some(last.cast_signed() - first.cast_signed())
    }
}

impl Measured {
    /// The row of a contender in a subject, made if need be.
    pub(super) fn row_mut(&mut self, subject: Subject, contender: &str) -> &mut CallCost {
        let is_it = |row: &CallCost| row.subject == subject && row.contender == contender;
        let index = self.rows.iter().position(is_it).unwrap_or_else(|| {
            self.rows.push(CallCost::new(subject, contender));
            self.rows.len() - 1
        });
        &mut self.rows[index]
    }

    /// The row of a contender in a subject, if it was measured.
    pub(super) fn row(&self, subject: Subject, contender: &str) -> Option<&CallCost> {
        self.rows.iter().find(|row| row.subject == subject && row.contender == contender)
    }
}

/// A goal, and how it came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Goal {
    /// What is compared.
    pub(super) what: String,
    /// The bound.
    pub(super) bound: Bound,
    /// What was measured; absent where something it takes was not.
    pub(super) measured: Option<f64>,
    /// The unit; empty for a ratio.
    pub(super) unit: String,
}

/// What a measurement may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Bound {
    /// So much or less.
    AtMost(f64),
    /// So much or more.
    AtLeast(f64),
}

impl Goal {
    pub(super) fn new(what: impl Into<String>, bound: Bound, measured: Option<f64>) -> Self {
        Self { what: what.into(), bound, measured, unit: String::new() }
    }

    pub(super) fn in_unit(self, unit: &str) -> Self {
        Self { unit: unit.to_owned(), ..self }
    }

    /// Not judged where it was not measured.
    pub(super) fn standing(&self) -> Standing {
        match (self.measured, self.bound) {
            (None, _) => Standing::NotJudged,
            (Some(measured), Bound::AtMost(bound)) => Standing::of(measured <= bound),
            (Some(measured), Bound::AtLeast(bound)) => Standing::of(measured >= bound),
        }
    }
}
