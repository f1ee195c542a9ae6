//! The findings of one process, as JSON: `agx_fix_findings_json`. A finding is one kind of misuse of Metal that the
//! guard saw, with both threads and both calls.

use crate::document::{Document, named};
use crate::statistics::Call;
use agx_fix_terms::{FindingClass, Outcome};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The findings of one process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// [`Document::SCHEMA`].
    pub schema: String,
    /// The process.
    pub pid: u32,
    /// Each once, however often it happened, in the order of their first times.
    pub findings: Vec<Finding>,
}

/// One finding. What happens again with the same class, outcome and calls is counted here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Which rule was broken.
    #[serde(with = "named")]
    pub class: FindingClass,
    /// What was made of it.
    #[serde(with = "named")]
    pub outcome: Outcome,
    /// The address of the encoder or command buffer.
    pub object: u64,
    /// The label that the application gave the object, empty if it gave none.
    pub label: String,
    /// The call that broke the rule.
    pub call: Call,
    /// The call of before that made it one too many: the one that ended, committed or opened.
    pub other: Option<Call>,
    /// Whether work was kept from the GPU.
    pub results_may_be_wrong: bool,
    /// How often.
    pub count: u64,
    /// The finding in one sentence, for people.
    pub text: String,
}

/// One line: `finding late-call (prevented, results may be wrong, 3 times): ...`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "finding {} ({}", self.class, self.outcome)?;
        if self.results_may_be_wrong {
            f.write_str(", results may be wrong")?;
        }
        if self.count > 1 {
            write!(f, ", {} times", self.count)?;
        }
        write!(f, "): {}", self.text)
    }
}

impl Findings {
    /// The classes that were found.
    pub fn classes(&self) -> impl Iterator<Item = FindingClass> {
        let found = |class: &FindingClass| self.findings.iter().any(|finding| finding.class == *class);
        FindingClass::ALL.iter().copied().filter(found)
    }

    /// How often work was kept from the GPU.
    pub fn work_withheld(&self) -> u64 {
        self.findings.iter().filter(|it| it.results_may_be_wrong).map(|it| it.count).sum()
    }
}

/// The classes of findings as Markdown, for `docs/crash-classes.md`.
pub fn markdown() -> String {
    let mut text = String::from(
        "| finding | crash class | what happened | may lose work | remedy |\n|---|--:|---|---|---|\n",
    );
    for class in FindingClass::ALL {
        let row = class.row();
        let may_lose = if row.may_lose { "yes" } else { "no" };
        let sentence = row.sentence.replace("{call}", "a call").replace("{other}", "another call");
        let sentence = sentence.replace(" ({whose})", "");
        text.push_str(&format!(
            "| `{}` | {} | {sentence} | {may_lose} | {} |\n",
            row.name, row.crash, row.remedy
        ));
    }
    text
}

impl Document for Findings {
    const SCHEMA: &'static str = "agx-fix-findings/1";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Findings {
        let call = |selector: &str| Call { selector: selector.into(), thread: 7, thread_name: String::new() };
        let finding = Finding {
            class: FindingClass::LateCall,
            outcome: Outcome::Prevented,
            object: 0x1000,
            label: "matmul".into(),
            call: call("dispatchThreads:threadsPerThreadgroup:"),
            other: Some(call("endEncoding")),
            results_may_be_wrong: true,
            count: 3,
            text: "it came after the end".into(),
        };
        Findings { schema: Findings::SCHEMA.into(), pid: 1, findings: vec![finding] }
    }

    #[test]
    fn it_is_a_document_and_uses_the_names() {
        crate::document::tests::check(&sample());
        let json = sample().to_json();
        assert!(json.contains("\"class\":\"late-call\",\"outcome\":\"prevented\""), "{json}");
    }

    #[test]
    fn a_line_has_class_outcome_and_count() {
        let line = sample().findings[0].to_string();
        assert_eq!(
            line,
            "finding late-call (prevented, results may be wrong, 3 times): it came after the end"
        );
        assert_eq!(sample().work_withheld(), 3);
    }
}
