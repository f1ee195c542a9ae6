//! What the guard is meant to cost at most, and what was measured.
//!
//! A goal is a ratio or a difference of contenders in one run, taken round by round (what disturbs a round disturbs both),
//! and then the median over the rounds. What a strategy adds is the difference to the hook without a lock (`none`); what a
//! lock of the application's adds, the difference to the driver alone. Such differences are small: of two of them, the medians are
//! compared, as single ones may be below zero.

use super::report::{Memory, Report, Subject};
use super::rounds::OWN_LOCK;
use crate::harness::{Case, Meeting, lookup, median};
use agx_fix_engine::contender::Contender;
use agx_fix_terms::Preset;
use serde::{Deserialize, Serialize};

/// A goal, and how it came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Bound {
    /// So much or less.
    AtMost(f64),
    /// So much or more.
    AtLeast(f64),
}

impl Goal {
    fn new(what: impl Into<String>, bound: Bound, measured: Option<f64>) -> Self {
        Self { what: what.into(), bound, measured, unit: String::new() }
    }

    fn in_unit(self, unit: &str) -> Self {
        Self { unit: unit.to_owned(), ..self }
    }

    /// Whether it holds; `None` where it was not measured.
    pub(super) fn holds(&self) -> Option<bool> {
        let measured = self.measured?;
        Some(match self.bound {
            Bound::AtMost(bound) => measured <= bound,
            Bound::AtLeast(bound) => measured >= bound,
        })
    }
}

use Bound::{AtLeast, AtMost};

const OURS: &str = Preset::PerEncoder.name();
const HOOK_ALONE: &str = Preset::None.name();
const PAPERS: &str = Preset::AssociatedObject.name();
const UNGUARDED: &str = Contender::Unguarded.name();
const GUARD: &str = "guard-per-encoder";
const ONE: Case = Case { meeting: Meeting::OneThread, threads: 1 };

/// Most and least number of live encoders.
const CROWD: usize = lookup::SIZES[lookup::SIZES.len() - 1];
const FEW: usize = lookup::SIZES[0];

/// All goals.
pub(super) fn judge(report: &Report) -> Vec<Goal> {
    let mut goals = vec![against_the_bare_lock(report)];
    goals.extend(report.settings.threads.iter().fold(
        vec![against_the_reports_design(report, ONE, 0.2)],
        |mut goals, &threads| {
            let own = Case { meeting: Meeting::OwnEncoders, threads };
            goals.push(against_the_reports_design(report, own, 0.1));
            goals.push(scaling(report, threads));
            goals
        },
    ));
    for &threads in &report.settings.threads {
        for meeting in Meeting::ALL.into_iter().filter(|meeting| meeting.is_contended()) {
            goals.extend(contended(report, Case { meeting, threads }));
        }
    }
    goals.push(lives(report));
    goals.push(crowd(report));
    goals.push(start(report));
    goals.extend(report.memory.iter().map(memory));
    goals
}

/// The samples of a row; empty where it was not measured.
fn samples<'r>(report: &'r Report, subject: Subject, contender: &str) -> &'r [f64] {
    report.row(subject, contender).map_or(&[], |row| &row.nanoseconds)
}

/// A figure for each round from one sample of each row, and the median of these; `None` without a round.
fn by_round<const N: usize>(rows: [&[f64]; N], figure: impl Fn([f64; N]) -> f64) -> Option<f64> {
    let rounds = rows.iter().map(|samples| samples.len()).min().unwrap_or(0);
    let figures: Vec<f64> = (0..rounds).map(|round| figure(rows.map(|samples| samples[round]))).collect();
    (rounds > 0).then(|| median(&figures))
}

/// What one contender adds to another, in nanoseconds a call.
fn added(report: &Report, subject: Subject, contender: &str, to: &str) -> Option<f64> {
    by_round([samples(report, subject, contender), samples(report, subject, to)], |[with, without]| {
        with - without
    })
}

/// `None` too where the second is lost in noise.
fn ratio(of: Option<f64>, to: Option<f64>) -> Option<f64> {
    of.zip(to).filter(|(_, to)| *to > 0.0).map(|(of, to)| of / to)
}

fn against_the_bare_lock(report: &Report) -> Goal {
    let ours = added(report, Subject::Hook(ONE), OURS, HOOK_ALONE);
    let bare = added(report, Subject::Hook(ONE), OWN_LOCK, UNGUARDED);
    let what = "one thread: per-encoder over a bare compare-and-swap lock around the call, by what they add";
    Goal::new(what, AtMost(1.5), ratio(ours, bare))
}

fn against_the_reports_design(report: &Report, case: Case, bound: f64) -> Goal {
    let hook = |strategy| added(report, Subject::Hook(case), strategy, HOOK_ALONE);
    let what = format!("{case}: per-encoder over associated-object, by what they add");
    Goal::new(what, AtMost(bound), ratio(hook(OURS), hook(PAPERS)))
}

/// Calls a second of N threads by those of one, guarded over unguarded.
fn scaling(report: &Report, threads: usize) -> Goal {
    let own = Case { meeting: Meeting::OwnEncoders, threads };
    let hook = |case, strategy| samples(report, Subject::Hook(case), strategy);
    let rows = [hook(ONE, OURS), hook(own, OURS), hook(ONE, HOOK_ALONE), hook(own, HOOK_ALONE)];
    let measured = by_round(rows, |[one, many, bare_one, bare_many]| (one / many) / (bare_one / bare_many));
    let what = format!("{own}: speed-up, per-encoder over none");
    Goal::new(what, AtLeast(0.97), measured)
}

fn contended(report: &Report, case: Case) -> [Goal; 2] {
    let lock = |contender| samples(report, Subject::Lock(case), contender);
    let rate = by_round([lock("parking-lot"), lock(GUARD)], |[other, ours]| other / ours);
    let shares = report.row(Subject::Lock(case), GUARD).map_or(&[][..], |row| &row.slowest_shares);
    [
        Goal::new(format!("{case}: calls a second, the guard over parking_lot"), AtLeast(1.0), rate),
        Goal::new(
            format!("{case}: calls of the slowest thread over the mean"),
            AtLeast(0.5),
            by_round([shares], |[share]| share),
        ),
    ]
}

fn lives(report: &Report) -> Goal {
    let life = |contender| samples(report, Subject::Life(1), contender);
    let measured = by_round([life(GUARD), life("lock-free-map")], |[ours, map]| ours / map);
    Goal::new(
        "creation and end: the guard over one insert and one remove in a lock-free map",
        AtMost(1.0),
        measured,
    )
}

/// By instructions: with many encoders alive, the time is that of the caches. A table that has grown takes a few steps more
/// for a look-up, but no more for more encoders.
fn crowd(report: &Report) -> Goal {
    let row = |live, contender| report.row(Subject::Lookup(live), contender);
    let instructions = |live| row(live, GUARD)?.instructions;
    let counted = instructions(CROWD).zip(instructions(FEW)).map(|(crowd, few)| crowd / few);
    let what = format!("instructions of a call, {CROWD} live encoders over {FEW}");
    Goal::new(what, AtMost(2.5), counted)
}

fn start(report: &Report) -> Goal {
    let start = |contender| samples(report, Subject::Start, contender);
    let measured =
        by_round([start("preloaded"), start("alone")], |[preloaded, alone]| (preloaded - alone) / 1e6);
    Goal::new("what the library adds to the start of a process without Metal", AtMost(1.0), measured)
        .in_unit("ms")
}

/// What an allocator keeps back is less than this.
const FLAT: f64 = 1.0;

fn memory(memory: &Memory) -> Goal {
    let passed = memory.readings.last().map_or(0, |reading| reading.encoders);
    let what = format!(
        "{}: growth of memory from {} encoders to {passed}",
        memory.contender,
        memory.readings.get(1).map_or(0, |reading| reading.encoders),
    );
    let measured = memory.growth().map(|bytes| bytes as f64 / 1e6);
    Goal::new(what, AtMost(FLAT), measured).in_unit("MB")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::args::Settings;
    use crate::calls::report::Rows;

    fn report(rows: &[(Subject, &str, &[f64])]) -> Report {
        let settings = Settings { rounds: 2, window_ms: 1, threads: vec![2], encoders: 10 };
        let mut all = Rows::default();
        for (subject, contender, samples) in rows {
            all.row(*subject, contender).nanoseconds.extend_from_slice(samples);
        }
        Report::new(settings, all.finish(), Vec::new(), Vec::new())
    }

    #[test]
    fn added_costs_are_compared_round_by_round() {
        let report = report(&[
            (Subject::Hook(ONE), OURS, &[16.0, 116.0]),
            (Subject::Hook(ONE), HOOK_ALONE, &[10.0, 110.0]),
            (Subject::Hook(ONE), OWN_LOCK, &[5.0, 55.0]),
            (Subject::Hook(ONE), UNGUARDED, &[1.0, 51.0]),
        ]);
        let goal = &report.goals[0];
        assert_eq!(goal.measured, Some(1.5));
        assert_eq!(goal.holds(), Some(true));
    }

    #[test]
    fn what_is_lost_in_noise_is_not_judged() {
        let report = report(&[
            (Subject::Hook(ONE), OURS, &[16.0]),
            (Subject::Hook(ONE), HOOK_ALONE, &[10.0]),
            (Subject::Hook(ONE), OWN_LOCK, &[5.0]),
            (Subject::Hook(ONE), UNGUARDED, &[5.5]),
        ]);
        assert_eq!(report.goals[0].holds(), None);
    }

    #[test]
    fn a_goal_that_is_missed_says_so_and_one_that_was_not_measured_says_nothing() {
        let report = report(&[(Subject::Start, "alone", &[1e6]), (Subject::Start, "preloaded", &[2.5e6])]);
        let missed: Vec<_> = report.goals.iter().filter(|goal| goal.holds() == Some(false)).collect();
        assert_eq!(missed.len(), 1);
        assert_eq!(missed[0].measured, Some(1.5));
        assert!(report.goals.iter().any(|goal| goal.holds().is_none()));
    }
}
