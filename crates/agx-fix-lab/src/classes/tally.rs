//! One row: what all runs of one program under one contender came to.

use super::expectation::Expectation;
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
