//! What is wrong with a soak.

use agx_fix_engine::contender::Contender;
use agx_fix_engine::run::Run;
use agx_fix_engine::verdict::{Condition, Reason, Standing, Verdict};
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::{EncoderKind, SoakOutcome};

/// How much memory may grow from a tenth of the time to the end, for caches of the allocator and stacks that are touched for
/// the first time.
const GROWTH_KIB: u64 = 16 * 1024;
/// And by this share of what it was, in percent.
const GROWTH_PERCENT: u64 = 10;

/// How it broke, in one sentence; `None` if it came to its end.
pub(super) fn broke(run: &Run<SoakOutcome>) -> Option<String> {
    match run {
        Run::Hung => Some("it hung".to_owned()),
        Run::Crashed(crash) => Some(format!("it crashed: {crash}")),
        Run::Finished(_) => None,
    }
}

/// A baseline passes by breaking; everything else by coming to its end without a fault.
pub(super) fn of(run: &Run<SoakOutcome>, kinds: &[EncoderKind], strategy: Contender) -> Verdict {
    let reason = |condition, holds, text| Reason {
        scenario: "soak".to_owned(),
        strategy,
        condition,
        standing: Standing::of(holds),
        text,
    };
    let survived =
        "it came to its end without a guard, so that a run with one shows nothing; take more time or threads";
    let reasons = match (run, broke(run)) {
        (_, Some(how)) if strategy.is_baseline() => vec![reason(Condition::PositiveControl, true, how)],
        (_, None) if strategy.is_baseline() => {
            vec![reason(Condition::PositiveControl, false, survived.to_owned())]
        }
        (Run::Finished(outcome), _) => {
            let faults = faults_of(outcome, kinds).into_iter();
            let alive = reason(Condition::Alive, true, "it came to its end".to_owned());
            [alive].into_iter().chain(faults.map(|fault| reason(Condition::Clean, false, fault))).collect()
        }
        (_, how) => vec![reason(Condition::Alive, false, how.unwrap_or_default())],
    };
    Verdict::of(reasons, &[])
}

/// Everything that is wrong, each in one sentence.
fn faults_of(outcome: &SoakOutcome, kinds: &[EncoderKind]) -> Vec<String> {
    let mut faults = outcome.complaints.clone();
    if kinds.contains(&EncoderKind::Compute) && outcome.operations == 0 {
        faults.push("no operation was checked, so it shows nothing".to_owned());
    }
    for kind in kinds {
        if !outcome.kinds.iter().any(|it| it.kind == *kind && it.encoders > 0) {
            faults.push(format!(
                "no encoder of the kind {kind} came up: if this driver has none, name the others with --kind"
            ));
        }
    }
    if outcome.wrong > 0 {
        faults.push(format!("{} operations had wrong numbers", outcome.wrong));
    }
    // Each lost work is one dispatch that did not reach the driver, and each such dispatch is one lost work.
    let lost = outcome.work_lost();
    let late = outcome.statistics.as_ref().map_or(0, Statistics::dispatches_left_out);
    let named = outcome.findings.as_ref().map_or(0, |it| it.work_withheld());
    if lost != late || lost > named {
        faults.push(format!(
            "work was lost {lost} times, {late} dispatches came late and were left out, and findings name {named} losses"
        ));
    }
    if let Some(done) = outcome.works_done.filter(|&done| done > outcome.works) {
        faults.push(format!("the GPU did {done} works of {}", outcome.works));
    }
    faults.extend(unlisted(outcome));
    if let (Some(early), Some(end)) = (outcome.memory_early, outcome.memory_late) {
        let allowed = early + GROWTH_KIB + early * GROWTH_PERCENT / 100;
        if end > allowed {
            faults.push(format!("memory grew from {early} to {end} KiB, where {allowed} KiB are allowed"));
        }
    }
    faults
}

/// A fault where findings are counted that are not listed.
fn unlisted(outcome: &SoakOutcome) -> Option<String> {
    let counted = outcome.statistics.as_ref()?.findings;
    let listed: u64 = outcome.findings.as_ref()?.findings.iter().map(|it| it.count).sum();
    (listed != counted).then(|| format!("{counted} findings were counted, and {listed} are listed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_engine::crash::Crash;
    use agx_fix_interface::findings::{Finding, Findings};
    use agx_fix_interface::statistics::Call;
    use agx_fix_terms::Preset;
    use agx_fix_terms::{FindingClass, Outcome as FindingOutcome};
    use agx_fix_workload::KindOutcome;

    const KINDS: [EncoderKind; 2] = [EncoderKind::Compute, EncoderKind::Blit];

    fn faults_of(outcome: &SoakOutcome) -> Vec<String> {
        super::faults_of(outcome, &KINDS)
    }

    fn outcome(lost: u64, late_dispatches: u64) -> SoakOutcome {
        let statistics = Some(Statistics { late_dispatches, ..Statistics::default() });
        let kinds = KINDS.map(|kind| KindOutcome { kind, encoders: 1, calls: 1, late_calls: 0 }).to_vec();
        SoakOutcome { operations: 10, lost, statistics, kinds, ..SoakOutcome::default() }
    }

    fn with_finding(outcome: SoakOutcome, count: u64) -> SoakOutcome {
        let call = Call { selector: String::new(), thread: 1, thread_name: String::new() };
        let finding = Finding {
            class: FindingClass::LateCall,
            outcome: FindingOutcome::Prevented,
            object: 1,
            label: String::new(),
            call,
            other: None,
            results_may_be_wrong: true,
            count,
            text: String::new(),
        };
        SoakOutcome { findings: Some(Findings { findings: vec![finding], ..Findings::default() }), ..outcome }
    }

    #[test]
    fn losses_must_be_late_and_named() {
        assert!(faults_of(&outcome(0, 0)).is_empty());
        assert_eq!(faults_of(&outcome(1, 0)).len(), 1);
        assert_eq!(faults_of(&outcome(1, 1)).len(), 1, "no finding names it");
        let counted = |late| {
            let statistics =
                Some(Statistics { late_dispatches: late, findings: late, ..Statistics::default() });
            SoakOutcome { statistics, ..outcome(0, 0) }
        };
        let works = |late, works_done| {
            with_finding(SoakOutcome { works: 7, works_done: Some(works_done), ..counted(late) }, late)
        };
        assert!(faults_of(&works(2, 5)).is_empty());
        assert_eq!(faults_of(&works(2, 4)).len(), 1, "one got lost on its way");
        assert_eq!(faults_of(&works(0, 8)).len(), 1, "one was done twice");
        assert_eq!(faults_of(&with_finding(counted(2), 1)).len(), 2, "no list has the other finding");
    }

    #[test]
    fn every_kind_must_come_up() {
        let mut without = outcome(0, 0);
        without.kinds.truncate(1);
        let faults = faults_of(&without);
        assert!(faults.len() == 1 && faults[0].contains("kind blit"), "{faults:?}");
    }

    #[test]
    fn a_baseline_must_break_and_nothing_else_may() {
        let passed = |run: &Run<SoakOutcome>, strategy| of(run, &KINDS, strategy).passed;
        let guarded = Contender::Guarded(Preset::PerEncoder);
        let finished = Run::Finished(Box::new(outcome(0, 0)));
        assert!(passed(&finished, guarded));
        assert!(!passed(&Run::Hung, guarded) && !passed(&Run::Crashed(Crash::default()), guarded));
        assert!(!passed(&Run::Finished(Box::new(outcome(1, 0))), guarded), "work was lost");
        for baseline in [Contender::Unguarded, Contender::Guarded(Preset::None)] {
            assert!(passed(&Run::Hung, baseline) && passed(&Run::Crashed(Crash::default()), baseline));
            assert!(!passed(&finished, baseline));
        }
    }

    #[test]
    fn memory_may_not_grow_much() {
        let grown = |to| SoakOutcome { memory_early: Some(100_000), memory_late: Some(to), ..outcome(0, 0) };
        assert!(faults_of(&grown(126_384)).is_empty());
        assert_eq!(faults_of(&grown(126_385)).len(), 1);
    }

    #[test]
    fn nothing_done_shows_nothing() {
        assert_eq!(faults_of(&SoakOutcome::default()).len(), 3);
    }
}
