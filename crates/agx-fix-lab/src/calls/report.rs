//! The result of `agx-fix-lab calls`, as written by `--json` and as rendered for people.

use super::args::Settings;
use super::goals::Goal;
use crate::harness::memory::Reading;
use crate::harness::turns::Turns;
use crate::harness::{Case, Summary};
use agx_fix_engine::provenance;
use agx_fix_interface::provenance::Provenance;
use serde::{Deserialize, Serialize};

/// The version of the layout.
pub(super) const SCHEMA: &str = "agx-fix-calls/1";

/// The result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// What was measured, by subject and contender.
    pub(super) rows: Vec<Row>,
    /// Memory while encoders pass.
    pub(super) memory: Vec<Memory>,
    /// Why a part is missing.
    pub(super) missing: Vec<String>,
    /// How the goals came out.
    pub(super) goals: Vec<Goal>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Subject {
    /// A call under a lock alone.
    Lock(Case),
    /// An Objective-C call.
    Hook(Case),
    /// A binding or a dispatch through the hooks, by one thread or by two in turn.
    Turns(Turns),
    /// Creation and end in a table alone, on so many threads.
    Life(usize),
    /// Creation and end of an Objective-C encoder, on so many threads.
    HookLife(usize),
    /// A call in turn on so many live encoders.
    Lookup(usize),
    /// The start and end of a process without Metal.
    Start,
}

/// A contender in one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    /// What is measured.
    pub(super) subject: Subject,
    /// The contender's name.
    pub(super) contender: String,
    /// A sample for each round, in nanoseconds: a core's time for one call (for a start, the time it takes).
    pub(super) nanoseconds: Vec<f64>,
    /// The calls of the slowest thread as a share of the mean, for each round; empty for one thread.
    pub(super) slowest_shares: Vec<f64>,
    /// Instructions of one call, on one thread; absent where they were not counted.
    pub(super) instructions: Option<f64>,
    /// What the samples come to.
    pub(super) summary: Summary,
    /// The median as a multiple of that of the subject's first contender.
    pub(super) ratio: Option<f64>,
}

/// Memory while encoders pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// What has been measured so far.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<Row>);

impl Rows {
    /// The row of a contender in a subject, made if need be.
    pub(super) fn row(&mut self, subject: Subject, contender: &str) -> &mut Row {
        let found = self.0.iter().position(|row| row.subject == subject && row.contender == contender);
        let index = found.unwrap_or_else(|| {
            self.0.push(Row {
                subject,
                contender: contender.to_owned(),
                nanoseconds: Vec::new(),
                slowest_shares: Vec::new(),
                instructions: None,
                summary: Summary::default(),
                ratio: None,
            });
            self.0.len() - 1
        });
        &mut self.0[index]
    }

    /// With what follows from the samples.
    pub(super) fn finish(mut self) -> Vec<Row> {
        for row in &mut self.0 {
            row.summary = Summary::of(&row.nanoseconds);
        }
        let medians: Vec<_> =
            self.0.iter().map(|row| (row.subject, row.summary.median)).filter(|it| it.1 > 0.0).collect();
        for row in self.0.iter_mut().filter(|row| !row.nanoseconds.is_empty()) {
            let first = medians.iter().find(|(subject, _)| *subject == row.subject);
            row.ratio = first.map(|(_, median)| row.summary.median / median);
        }
        self.0
    }
}

impl Report {
    pub(super) fn new(settings: Settings, rows: Vec<Row>, memory: Vec<Memory>, missing: Vec<String>) -> Self {
        let mut report = Self {
            schema: SCHEMA.to_owned(),
            provenance: provenance::here(),
            load: None,
            settings,
            seconds: 0.0,
            rows,
            memory,
            missing,
            goals: Vec::new(),
        };
        report.goals = super::goals::judge(&report);
        report
    }

    /// The row of a contender in a subject, if it was measured.
    pub(super) fn row(&self, subject: Subject, contender: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.subject == subject && row.contender == contender)
    }

    /// The rows of a subject, in the order in which they were measured.
    pub(super) fn rows_of(&self, subject: Subject) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.subject == subject)
    }
}
