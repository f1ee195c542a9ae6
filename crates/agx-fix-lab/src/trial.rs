//! The result of `classes`, `soak` and `programs`: one layout, `agx-fix-lab/1` (docs/json.md).

use agx_fix_engine::provenance;
use agx_fix_engine::provenance::Provenance;
use agx_fix_engine::verdict::Verdict;
use serde::Serialize;

/// The result of one command.
#[derive(Serialize)]
pub(crate) struct Trial<S, R> {
    schema: &'static str,
    #[serde(flatten)]
    provenance: Provenance,
    /// The subcommand.
    trial: &'static str,
    /// How much was run.
    pub(crate) settings: S,
    /// What all runs took together.
    pub(crate) seconds: f64,
    /// What was run, by contender.
    pub(crate) rows: Vec<R>,
    /// What was asked of the rows, and how it came out.
    pub(crate) verdict: Verdict,
}

impl<S, R> Trial<S, R> {
    pub(crate) fn new(
        trial: &'static str,
        settings: S,
        seconds: f64,
        rows: Vec<R>,
        verdict: Verdict,
    ) -> Self {
        let provenance = provenance::here();
        Self { schema: "agx-fix-lab/1", provenance, trial, settings, seconds, rows, verdict }
    }

    /// Where it comes from.
    pub(crate) fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The text for people: the heading, what the rows came to, and the verdict without what held.
    pub(crate) fn text(&self, runs: &str, rows: &str) -> String {
        let lines = [("runs", format!("{runs}, {:.1} s in all", self.seconds))];
        let heading = provenance::heading(&format!("agx-fix-lab {}", self.trial), &self.provenance, &lines);
        format!("{heading}\n{rows}\n{}", self.verdict.text(|reason| !reason.held()))
    }
}
