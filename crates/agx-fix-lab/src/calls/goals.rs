//! What the guard is meant to cost at most, and what was measured.
//!
//! A goal is a ratio or a difference of contenders in one run, taken round by round (what disturbs a round disturbs both),
//! and then the median over the rounds. What a preset adds is the difference to the hook without a lock (`none`); what a
//! lock of the application's adds, the difference to the driver alone. Such differences are small: of two of them, the
//! medians are compared, as single ones may be below zero.

use super::child::APP_SIDE_LOCK;
use super::{Measured, Memory};
use crate::harness::lookup::SIZES;
use Bound::{AtLeast, AtMost};
use agx_fix_engine::bench::interval::median;
use agx_fix_engine::call_cost::{AccessPattern, Case, Subject};
use agx_fix_engine::contender::Contender;
use agx_fix_engine::verdict::Standing;
use agx_fix_terms::Preset;
use serde::Serialize;

const OURS: &str = Preset::Guard.name();
const HOOK_ALONE: &str = Preset::None.name();
const PAPERS: &str = Preset::AssociatedObject.name();
const UNGUARDED: &str = Contender::Unguarded.name();
const GUARD: &str = "guard-per-encoder";
const ONE: Case = Case::ONE;

/// Most and least number of live encoders.
const CROWD: usize = SIZES[SIZES.len() - 1];
const FEW: usize = SIZES[0];

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

/// All goals, with these numbers of threads beside one.
pub(super) fn judge(report: &Measured, threads: &[usize]) -> Vec<Goal> {
    let mut goals = vec![against_the_bare_lock(report), against_the_papers_design(report, ONE, 0.2)];
    for &threads in threads {
        let own = Case { pattern: AccessPattern::OwnEncoders, threads };
        goals.extend([against_the_papers_design(report, own, 0.1), scaling(report, own)]);
    }
    goals.extend(
        Case::all(threads)
            .into_iter()
            .filter(|case| case.is_contended())
            .flat_map(|case| contended(report, case)),
    );
    goals.extend([lives(report), crowd(report), start(report)]);
    goals.extend(report.memory.iter().map(memory));
    goals
}

/// The samples of a row; empty where it was not measured.
fn samples<'r>(report: &'r Measured, subject: Subject, contender: &str) -> &'r [f64] {
    report.row(subject, contender).map_or(&[], |row| &row.nanoseconds)
}

/// A figure for each round from one sample of each row, and the median of these; `None` without a round.
fn by_round<const N: usize>(rows: [&[f64]; N], figure: impl Fn([f64; N]) -> f64) -> Option<f64> {
    let rounds = rows.iter().map(|samples| samples.len()).min().unwrap_or(0);
    let figures: Vec<f64> = (0..rounds).map(|round| figure(rows.map(|samples| samples[round]))).collect();
    (rounds > 0).then(|| median(&figures))
}

/// What one contender adds to another, in nanoseconds a call.
fn added(report: &Measured, subject: Subject, contender: &str, to: &str) -> Option<f64> {
    by_round([samples(report, subject, contender), samples(report, subject, to)], |[with, without]| {
        with - without
    })
}

/// `None` too where the second is lost in noise.
fn ratio(of: Option<f64>, to: Option<f64>) -> Option<f64> {
    of.zip(to).filter(|(_, to)| *to > 0.0).map(|(of, to)| of / to)
}

fn against_the_bare_lock(report: &Measured) -> Goal {
    let ours = added(report, Subject::Hook(ONE), OURS, HOOK_ALONE);
    let bare = added(report, Subject::Hook(ONE), APP_SIDE_LOCK, UNGUARDED);
    let what = "one thread: `guard` over a bare compare-and-swap lock around the call, by what they add";
    Goal::new(what, AtMost(1.5), ratio(ours, bare))
}

fn against_the_papers_design(report: &Measured, case: Case, bound: f64) -> Goal {
    let hook = |preset| added(report, Subject::Hook(case), preset, HOOK_ALONE);
    let what = format!("{case}: `guard` over `associated-object`, by what they add");
    Goal::new(what, AtMost(bound), ratio(hook(OURS), hook(PAPERS)))
}

/// Calls a second of N threads by those of one, guarded over unguarded.
fn scaling(report: &Measured, own: Case) -> Goal {
    let hook = |case, preset| samples(report, Subject::Hook(case), preset);
    let rows = [hook(ONE, OURS), hook(own, OURS), hook(ONE, HOOK_ALONE), hook(own, HOOK_ALONE)];
    let measured = by_round(rows, |[one, many, bare_one, bare_many]| (one / many) / (bare_one / bare_many));
    let what = format!("{own}: speed-up, `guard` over `none`");
    Goal::new(what, AtLeast(0.97), measured)
}

fn contended(report: &Measured, case: Case) -> [Goal; 2] {
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

fn lives(report: &Measured) -> Goal {
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
fn crowd(report: &Measured) -> Goal {
    let row = |live, contender| report.row(Subject::Lookup(live), contender);
    let instructions = |live| row(live, GUARD)?.instructions;
    let counted = instructions(CROWD).zip(instructions(FEW)).map(|(crowd, few)| crowd / few);
    let what = format!("instructions of a call, {CROWD} live encoders over {FEW}");
    Goal::new(what, AtMost(2.5), counted)
}

fn start(report: &Measured) -> Goal {
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

    fn goals(rows: &[(Subject, &str, &[f64])]) -> Vec<Goal> {
        let mut measured = Measured::default();
        for (subject, contender, samples) in rows {
            measured.row_mut(*subject, contender).nanoseconds.extend_from_slice(samples);
        }
        judge(&measured, &[2])
    }

    #[test]
    fn added_costs_are_compared_round_by_round_unless_they_are_lost_in_noise() {
        for (alone, measured, standing) in
            [([1.0, 51.0], Some(1.5), Standing::Held), ([5.5, 55.5], None, Standing::NotJudged)]
        {
            let goals = goals(&[
                (Subject::Hook(ONE), OURS, &[16.0, 116.0]),
                (Subject::Hook(ONE), HOOK_ALONE, &[10.0, 110.0]),
                (Subject::Hook(ONE), APP_SIDE_LOCK, &[5.0, 55.0]),
                (Subject::Hook(ONE), UNGUARDED, &alone),
            ]);
            assert_eq!((goals[0].measured, goals[0].standing()), (measured, standing));
        }
    }

    #[test]
    fn a_goal_that_is_missed_says_so_and_one_that_was_not_measured_says_nothing() {
        let goals = goals(&[(Subject::Start, "alone", &[1e6]), (Subject::Start, "preloaded", &[2.5e6])]);
        let missed: Vec<_> = goals.iter().filter(|goal| goal.standing() == Standing::Broken).collect();
        assert_eq!(missed.len(), 1);
        assert_eq!(missed[0].measured, Some(1.5));
        assert!(goals.iter().any(|goal| goal.standing() == Standing::NotJudged));
    }
}
