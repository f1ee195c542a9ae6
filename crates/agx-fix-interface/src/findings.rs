//! The findings of one process, as JSON: `agx_fix_findings_json`. A finding is one kind of misuse of Metal that the
//! guard saw, with both threads and both calls.

use crate::statistics::Call;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The version of the layout below; a reader refuses any other.
pub const SCHEMA: &str = "agx-fix-findings/1";

/// The findings of one process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// [`SCHEMA`].
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
    pub class: ClassOfFinding,
    /// What was made of it.
    pub outcome: OutcomeOfFinding,
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

/// Which rule of Metal was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassOfFinding {
    /// An encoder was asked for while another one of the command buffer was open (crash class 1).
    EncoderAlreadyOpen,
    /// A command buffer was committed, given a handler, or asked for an encoder, after its commit (crash class 2).
    UsedAfterCommit,
    /// A command buffer was committed, or an event encoded, while an encoder was open; or a parallel render encoder was
    /// ended while one that it had made was (crash class 3).
    EncoderOpenAtCommit,
    /// An encoder was called after its end (crash class 4).
    LateCall,
    /// The last reference to an encoder went without its end (crash class 5).
    ReleasedWithoutEnd,
    /// Two threads were inside one encoder or command buffer (crash class 7; in mode `detect` only, as elsewhere one of
    /// them waits).
    TwoThreads,
    /// What a thread had bound was not what the encoder held at its dispatch, as another thread had bound something in
    /// between (crash class 7; seen with strategy `isolate`).
    TornSequence,
    /// A dispatch depends on bindings that cannot be known: made before the hooks were there, or reached through an
    /// argument buffer (strategy `isolate`).
    UnknownBindings,
}

/// What was made of a misuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeOfFinding {
    /// It did not reach the driver, or not before it was allowed to.
    Prevented,
    /// The driver was given something else, which is allowed, in its place.
    Converted,
    /// Only said: the driver was given it as it was.
    Reported,
}

impl ClassOfFinding {
    /// All, by crash class.
    pub const ALL: [Self; 8] = [
        Self::EncoderAlreadyOpen,
        Self::UsedAfterCommit,
        Self::EncoderOpenAtCommit,
        Self::LateCall,
        Self::ReleasedWithoutEnd,
        Self::TwoThreads,
        Self::TornSequence,
        Self::UnknownBindings,
    ];

    /// The name in JSON and in texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EncoderAlreadyOpen => "encoder-already-open",
            Self::UsedAfterCommit => "used-after-commit",
            Self::EncoderOpenAtCommit => "encoder-open-at-commit",
            Self::LateCall => "late-call",
            Self::ReleasedWithoutEnd => "released-without-end",
            Self::TwoThreads => "two-threads",
            Self::TornSequence => "torn-sequence",
            Self::UnknownBindings => "unknown-bindings",
        }
    }
}

impl OutcomeOfFinding {
    /// All, the best first.
    pub const ALL: [Self; 3] = [Self::Prevented, Self::Converted, Self::Reported];

    /// The name in JSON and in texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prevented => "prevented",
            Self::Converted => "converted",
            Self::Reported => "reported",
        }
    }
}

impl fmt::Display for ClassOfFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for OutcomeOfFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
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
    /// Reads the JSON of one process.
    ///
    /// # Errors
    /// What is wrong with the text: not JSON, cut off, another schema, missing or foreign fields.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let findings: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if findings.schema == SCHEMA {
            Ok(findings)
        } else {
            Err(format!("schema {:?} is not {SCHEMA:?}", findings.schema))
        }
    }

    /// The findings as one line of JSON.
    pub fn to_json(&self) -> String {
        // Strings and numbers under string keys always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How often work was kept from the GPU.
    pub fn work_withheld(&self) -> u64 {
        self.findings.iter().filter(|it| it.results_may_be_wrong).map(|it| it.count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Findings {
        let call = |selector: &str| Call { selector: selector.into(), thread: 7, thread_name: String::new() };
        let finding = Finding {
            class: ClassOfFinding::LateCall,
            outcome: OutcomeOfFinding::Prevented,
            object: 0x1000,
            label: "matmul".into(),
            call: call("dispatchThreads:threadsPerThreadgroup:"),
            other: Some(call("endEncoding")),
            results_may_be_wrong: true,
            count: 3,
            text: "it came after the end".into(),
        };
        Findings { schema: SCHEMA.into(), pid: 1, findings: vec![finding] }
    }

    #[test]
    fn json_goes_round_and_uses_the_names() {
        let json = sample().to_json();
        assert_eq!(Findings::from_json(&json), Ok(sample()));
        for name in ["\"class\":\"late-call\"", "\"outcome\":\"prevented\""] {
            assert!(json.contains(name), "{json}");
        }
        for class in ClassOfFinding::ALL {
            assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{class}\""));
        }
        for outcome in OutcomeOfFinding::ALL {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), format!("\"{outcome}\""));
        }
    }

    #[test]
    fn every_field_is_documented() {
        crate::document::tests::assert_documented(&sample());
    }

    #[test]
    fn another_schema_is_refused() {
        let json = Findings { schema: "agx-fix-findings/0".into(), ..sample() }.to_json();
        assert!(Findings::from_json(&json).unwrap_err().contains("agx-fix-findings/0"));
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
