//! The verdict on an experiment: what was asked of each row, how it came out, and whether all of it together is a pass.
//!
//! "Some bad run" is asked of a baseline and "none" of a guarded row, never a rate: rates move with load and cores.

use crate::contender::Contender;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::process::ExitCode;

/// What is asked of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// A guarded row has no bad run.
    Clean,
    /// A baseline has a bad run where the driver is meant to fail.
    PositiveControl,
    /// The lock of a guarded row made somebody wait there.
    Contention,
    /// Work that would have been lost was done elsewhere.
    Rescue,
    /// A guarded row has no crash and no hang, where its results may be wrong.
    Alive,
    /// It has wrong results, or losses that it does not report. Without that, clean rows of `isolate` show nothing.
    TornControl,
    /// The guard made the finding that the program is there for.
    Finding,
}

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

/// One condition, for one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// What was run: the row's scenario or program.
    pub scenario: String,
    /// The row's contender.
    pub strategy: Contender,
    /// What was asked.
    pub condition: Condition,
    /// How it came out.
    pub standing: Standing,
    /// Why, for people.
    pub text: String,
}

impl Reason {
    /// Whether it is as it should be.
    pub fn held(&self) -> bool {
        self.standing == Standing::Held
    }
}

/// The verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Nothing is broken, and what a pass takes was judged.
    pub passed: bool,
    /// All conditions.
    pub reasons: Vec<Reason>,
}

impl Verdict {
    /// A pass takes that nothing is broken, that something held, and that each of `needed` held in some row.
    pub fn of(reasons: Vec<Reason>, needed: &[Condition]) -> Self {
        let held = |asked: &dyn Fn(&Reason) -> bool| reasons.iter().any(|it| it.held() && asked(it));
        let enough = held(&|_| true) && needed.iter().all(|needed| held(&|it| it.condition == *needed));
        Self { passed: enough && !reasons.iter().any(|it| it.standing == Standing::Broken), reasons }
    }

    /// It is no pass although nothing is broken: a row that a pass takes is missing.
    pub fn shows_nothing(&self) -> bool {
        !self.passed && self.reasons.iter().all(|it| it.standing != Standing::Broken)
    }

    /// The exit code of the command.
    pub fn exit_code(&self) -> ExitCode {
        if self.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// The verdict for people, with a line for each reason that is `worth_saying`.
    pub fn text(&self, worth_saying: impl Fn(&Reason) -> bool) -> String {
        let line = |reason: &Reason| {
            let Reason { scenario, strategy, condition, standing, text } = reason;
            format!("  {standing:<10}  {scenario:<14}  {strategy:<18}  {condition:<16}  {text}\n")
        };
        let lines: String = self.reasons.iter().filter(|it| worth_saying(it)).map(line).collect();
        format!("verdict: {}\n{lines}", if self.passed { "PASSED" } else { "FAILED" })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Clean => "clean",
            Self::PositiveControl => "positive control",
            Self::Contention => "contention",
            Self::Rescue => "rescue",
            Self::Alive => "alive",
            Self::TornControl => "torn control",
            Self::Finding => "finding",
        })
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
