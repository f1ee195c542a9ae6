//! What is guarded in one process, class by class, as JSON: `agx_fix_coverage_json`, `AGX_FIX_COVERAGE=FILE`.

use crate::document::Document;
use crate::statistics::Unguarded;
use serde::{Deserialize, Serialize};

/// What is guarded in one process: of the classes of Metal objects that have been seen, every method of the hook table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// [`Document::SCHEMA`].
    pub schema: String,
    /// The library's version.
    pub version: String,
    /// The process.
    pub pid: u32,
    /// The preset's name.
    pub preset: String,
    /// The classes, in the order in which they were seen.
    pub classes: Vec<ClassCoverage>,
}

/// One class in one role. Each method of the table for that role is in one of the lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassCoverage {
    /// The class's name.
    pub class: String,
    /// The protocol of Metal that its objects conform to.
    pub protocol: String,
    /// Selectors of the methods that are hooked as the table has it.
    pub guarded: Vec<String>,
    /// Methods that should be and are not.
    pub unguarded: Vec<Unguarded>,
    /// Selectors that the class does not have.
    pub absent: Vec<String>,
    /// Methods that are deliberately not hooked.
    pub left: Vec<Unguarded>,
}

impl Coverage {
    /// Methods that should be guarded and are not, of all classes.
    pub fn unguarded(&self) -> usize {
        self.classes.iter().map(|class| class.unguarded.len()).sum()
    }
}

impl Document for Coverage {
    const SCHEMA: &'static str = "agx-fix-coverage/2";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Coverage {
        let method = |selector: &str| Unguarded { selector: selector.into(), reason: "why".into() };
        let class = ClassCoverage {
            class: "Class".into(),
            unguarded: vec![method("one:"), method("two")],
            ..ClassCoverage::default()
        };
        Coverage {
            schema: Coverage::SCHEMA.into(),
            classes: vec![class.clone(), class],
            ..Coverage::default()
        }
    }

    #[test]
    fn it_is_a_document() {
        crate::document::tests::check(&sample());
    }

    #[test]
    fn unguarded_methods_are_counted_over_all_classes() {
        assert_eq!(sample().unguarded(), 4);
    }
}
