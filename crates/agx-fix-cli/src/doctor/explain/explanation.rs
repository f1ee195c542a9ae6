//! What a crash text is about: the answer, as data and in words.

use super::evidence::{Evidence, Source};
use super::rules;
use agx_fix_engine::provenance::VERSION;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The version of the layout below.
const SCHEMA: &str = "agx-fix-explanation/1";

/// The result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explanation {
    /// [`SCHEMA`].
    pub(super) schema: String,
    /// The tool's version.
    pub(super) version: String,
    /// The form of the text.
    pub(super) source: Source,
    /// The program that crashed, where the text names it.
    pub(super) process: Option<String>,
    /// Whether the library was in it; `None` where the text does not say.
    pub(super) injected: Option<bool>,
    /// The classes that it may be, the surest first.
    pub(super) findings: Vec<Explained>,
}

/// One class that a text speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explained {
    /// 1 to 8.
    pub(super) class: u8,
    /// The class in words.
    pub(super) finding: String,
    /// The part of the text that says so.
    pub(super) evidence: String,
    /// Whether the text says so in as many words; else it looks like it.
    pub(super) certain: bool,
    /// What to do.
    pub(super) remedy: String,
}

/// What `text` is about.
pub(super) fn explain(text: &str) -> Explanation {
    let evidence = Evidence::of(text);
    Explanation {
        schema: SCHEMA.into(),
        version: VERSION.into(),
        findings: rules::judge(&evidence),
        source: evidence.source,
        process: evidence.process,
        injected: evidence.injected,
    }
}

/// In lines for people: one for each finding.
pub(super) fn render(explanation: &Explanation) -> String {
    if explanation.findings.is_empty() {
        return "none of the eight crash classes is recognised in this text; give the whole crash report (.ips, of \
                ~/Library/Logs/DiagnosticReports) or the lines around \"failed assertion\"\n"
            .to_owned();
    }
    let mut text = String::new();
    for it in &explanation.findings {
        let sure = if it.certain { "" } else { "probably " };
        writeln!(text, "{sure}class {}, {} ({}); {}", it.class, it.finding, it.evidence, it.remedy)
            .expect("a string takes everything");
    }
    text
}
