//! Explains a crash text: the answer as data, and as lines for people.

use super::evidence::{Evidence, Source};
use super::ips;
use super::rules::{Explained, judge};
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

/// Explains a text.
pub(super) fn explain(text: &str) -> Explanation {
    let evidence = ips::read(text).unwrap_or_else(|| Evidence::of_text(text));
    Explanation {
        schema: SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        findings: judge(&evidence),
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
