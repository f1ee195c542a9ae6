//! One row: what all runs of one program under one contender came to.

use super::verdict::Expectation;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::run::Run;
use agx_fix_interface::document::named;
use agx_fix_terms::{FindingClass, Named as _, Outcome as FindingOutcome};
use agx_fix_workload::{ClassOutcome, Program};
use serde::Serialize;

/// One run, and the findings that its library said on standard error.
pub(super) struct ClassRun {
    pub(super) run: Run<ClassOutcome>,
    pub(super) said: Vec<(FindingClass, FindingOutcome)>,
}

/// The findings in lines like `agx-fix: finding late-call (prevented): ...`.
pub(super) fn findings_in(stderr: &str) -> Vec<(FindingClass, FindingOutcome)> {
    let finding = |line: &str| {
        let (class, rest) = line.split_once("finding ")?.1.split_once(" (")?;
        let class = FindingClass::by_name(class)?;
        let outcome = FindingOutcome::ALL.iter().copied().find(|it| rest.starts_with(it.name()))?;
        Some((class, outcome))
    };
    stderr.lines().filter_map(finding).collect()
}

/// One row.
#[derive(Serialize)]
pub(super) struct ClassTally {
    /// The program.
    pub(super) program: Program,
    /// The crash class, 1 to 8.
    pub(super) class: u8,
    /// The preset's name, or `unguarded`.
    pub(super) strategy: Contender,
    /// Runs.
    pub(super) runs: u32,
    /// Runs with anything wrong.
    pub(super) bad_runs: u32,
    /// Bad runs that ended by a crash after the library had said the finding that was expected.
    pub(super) crashes_told: u32,
    /// What was wrong, each kind with its runs, most frequent first.
    pub(super) faults: Vec<Fault>,
    /// What was found, each kind with its runs.
    pub(super) found: Vec<Found>,
    /// Acquisitions that had to wait, in all runs that came to their end.
    pub(super) contentions: u64,
    /// What this driver lacks.
    pub(super) unsupported: Option<String>,
}

/// One kind of fault.
#[derive(Serialize)]
pub(super) struct Fault {
    /// In how many runs.
    pub(super) runs: u32,
    /// Signal, address, site, assertion, or what else was wrong.
    pub(super) text: String,
}

/// One kind of finding.
#[derive(Serialize)]
pub(super) struct Found {
    /// Its class.
    #[serde(with = "named")]
    pub(super) class: FindingClass,
    /// What the guard made of it.
    #[serde(with = "named")]
    pub(super) outcome: FindingOutcome,
    /// In how many runs.
    pub(super) runs: u32,
}

impl ClassTally {
    pub(super) fn new(program: Program, strategy: Contender) -> Self {
        Self {
            program,
            class: program.class(),
            strategy,
            runs: 0,
            bad_runs: 0,
            crashes_told: 0,
            faults: Vec::new(),
            found: Vec::new(),
            contentions: 0,
            unsupported: None,
        }
    }

    /// Counts one run.
    pub(super) fn add(&mut self, ClassRun { run, said }: ClassRun) {
        self.runs += 1;
        let mut found = said;
        let faults = match &run {
            Run::Finished(outcome) => {
                self.unsupported.clone_from(&outcome.unsupported);
                self.contentions += outcome.statistics.as_ref().map_or(0, |it| it.contentions);
                let listed = outcome.findings.iter().flat_map(|it| &it.findings);
                found.extend(listed.map(|it| (it.class, it.outcome)));
                self.faults_of(outcome)
            }
            Run::Hung => vec!["hung".to_owned()],
            Run::Crashed(crash) => {
                let expected = Expectation::of(self.program, self.strategy);
                self.crashes_told += u32::from(found.iter().any(|(class, _)| expected.allows(*class)));
                vec![crash.to_string()]
            }
        };
        self.bad_runs += u32::from(!faults.is_empty());
        faults.into_iter().for_each(|fault| self.add_fault(fault));
        found.sort_unstable();
        found.dedup();
        found.into_iter().for_each(|(class, outcome)| self.add_found(class, outcome));
    }

    /// Everything that is wrong with a run that came to its end.
    fn faults_of(&self, outcome: &ClassOutcome) -> Vec<String> {
        let mut faults = outcome.complaints.clone();
        let unavoidable = self.program.unavoidable_losses();
        let guarded = self.strategy.preset().is_some();
        if outcome.wrong > 0 {
            faults.push("wrong numbers".to_owned());
        }
        if outcome.lost > unavoidable {
            faults.push("lost work".to_owned());
        }
        let withheld = outcome.findings.as_ref().map_or(0, |it| it.work_withheld());
        if guarded && outcome.lost > withheld {
            faults.push("lost work that no finding names".to_owned());
        }
        let expected = Expectation::of(self.program, self.strategy);
        let listed = outcome.findings.iter().flat_map(|it| &it.findings);
        let foreign = listed.filter(|it| !expected.allows(it.class));
        faults.extend(foreign.map(|it| format!("out of place: finding {} ({})", it.class, it.outcome)));
        faults.dedup();
        faults
    }

    fn add_fault(&mut self, text: String) {
        match self.faults.iter_mut().find(|it| it.text == text) {
            Some(fault) => fault.runs += 1,
            None => self.faults.push(Fault { runs: 1, text }),
        }
        self.faults.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.text.cmp(&b.text)));
    }

    fn add_found(&mut self, class: FindingClass, outcome: FindingOutcome) {
        match self.found.iter_mut().find(|it| (it.class, it.outcome) == (class, outcome)) {
            Some(found) => found.runs += 1,
            None => self.found.push(Found { class, outcome, runs: 1 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::verdict::judge;
    use agx_fix_engine::crash::Crash;
    use agx_fix_engine::verdict::Standing;
    use agx_fix_interface::findings::{Finding, Findings};
    use agx_fix_interface::statistics::{Call, Statistics};
    use agx_fix_terms::Preset;

    const GUARDED: Contender = Contender::Guarded(Preset::PerEncoder);

    fn finding(class: FindingClass, outcome: FindingOutcome, lossy: bool) -> Finding {
        let call = Call { selector: "commit".into(), thread: 1, thread_name: String::new() };
        Finding {
            class,
            outcome,
            object: 1,
            label: String::new(),
            call,
            other: None,
            results_may_be_wrong: lossy,
            count: 1,
            text: String::new(),
        }
    }

    fn finished(findings: Vec<Finding>, outcome: ClassOutcome) -> ClassRun {
        let findings = Findings { findings, ..Findings::default() };
        let outcome = ClassOutcome { findings: Some(findings), ..outcome };
        ClassRun { run: Run::Finished(Box::new(outcome)), said: Vec::new() }
    }

    fn crashed(said: Vec<(FindingClass, FindingOutcome)>) -> ClassRun {
        ClassRun { run: Run::Crashed(Crash { ending: "SIGABRT".into(), ..Crash::default() }), said }
    }

    #[track_caller]
    fn stands(program: Program, contender: Contender, runs: Vec<ClassRun>, wanted: Standing) {
        let mut row = ClassTally::new(program, contender);
        runs.into_iter().for_each(|run| row.add(run));
        assert_eq!(judge(&row).standing, wanted);
    }

    #[test]
    fn an_unguarded_row_must_fail_some_time() {
        let row = |runs, wanted| stands(Program::SecondCommit, Contender::Unguarded, runs, wanted);
        let good = || ClassRun { run: Run::Finished(Box::default()), said: Vec::new() };
        row(vec![good(), good()], Standing::Broken);
        row(vec![good(), crashed(Vec::new())], Standing::Held);
    }

    #[test]
    fn a_guarded_row_must_be_clean_and_have_its_finding() {
        let row = |runs, wanted| stands(Program::SecondCommit, GUARDED, runs, wanted);
        let expected = || vec![finding(FindingClass::UsedAfterCommit, FindingOutcome::Prevented, false)];
        let foreign = finding(FindingClass::LateCall, FindingOutcome::Prevented, false);
        let good = || finished(expected(), ClassOutcome::default());
        let unfound = || finished(Vec::new(), ClassOutcome::default());
        row(vec![good(), unfound()], Standing::Held);
        row(vec![unfound()], Standing::Broken);
        row(vec![good(), crashed(Vec::new())], Standing::Broken);
        row(vec![finished(expected(), ClassOutcome { wrong: 1, ..Default::default() })], Standing::Broken);
        row(vec![finished(expected(), ClassOutcome { lost: 1, ..Default::default() })], Standing::Broken);
        row(vec![finished([expected(), vec![foreign]].concat(), Default::default())], Standing::Broken);
    }

    #[test]
    fn an_unavoidable_loss_must_be_named() {
        for (named, wanted) in [(true, Standing::Held), (false, Standing::Broken)] {
            let late = vec![finding(FindingClass::LateCall, FindingOutcome::Prevented, named)];
            let lost = ClassOutcome { lost: 1, ..ClassOutcome::default() };
            stands(Program::LateCall, GUARDED, vec![finished(late, lost)], wanted);
        }
    }

    #[test]
    fn what_is_only_reported_must_have_been_said() {
        let said = vec![(FindingClass::EncoderAlreadyOpen, FindingOutcome::Reported)];
        stands(Program::EncoderSameThread, GUARDED, vec![crashed(said)], Standing::Held);
        stands(Program::EncoderSameThread, GUARDED, vec![crashed(Vec::new())], Standing::Broken);
    }

    #[test]
    fn exclusion_shows_in_contentions() {
        for (contentions, wanted) in [(5, Standing::Held), (0, Standing::Broken)] {
            let statistics = Some(Statistics { contentions, ..Statistics::default() });
            let outcome = ClassOutcome { statistics, ..ClassOutcome::default() };
            stands(Program::TwoThreads, GUARDED, vec![finished(Vec::new(), outcome)], wanted);
        }
    }

    #[test]
    fn what_the_driver_lacks_is_not_judged() {
        let outcome = ClassOutcome { unsupported: Some("events".into()), ..ClassOutcome::default() };
        stands(Program::EventThenEnd, GUARDED, vec![finished(Vec::new(), outcome)], Standing::NotJudged);
    }

    #[test]
    fn findings_are_read_from_what_the_library_says() {
        let stderr = "agx-fix: 12 methods\nagx-fix: finding encoder-already-open (reported): x\n\
                      agx-fix: finding late-call (prevented, results may be wrong): y\nagx-fix: finding bogus (z): y\n";
        assert_eq!(
            findings_in(stderr),
            [
                (FindingClass::EncoderAlreadyOpen, FindingOutcome::Reported),
                (FindingClass::LateCall, FindingOutcome::Prevented)
            ]
        );
    }
}
