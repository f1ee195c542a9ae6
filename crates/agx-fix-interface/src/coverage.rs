//! What is guarded in one process, class by class, as JSON: `agx_fix_coverage_json`, `AGX_FIX_COVERAGE=FILE`.

use crate::statistics::Unguarded;
use serde::{Deserialize, Serialize};

/// The version of the layout below; a reader refuses any other.
pub const SCHEMA: &str = "agx-fix-coverage/1";

/// What is guarded in one process: of the classes of Metal objects that have been seen, every method of the hook table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// [`SCHEMA`].
    pub schema: String,
    /// The library's version.
    pub version: String,
    /// The process.
    pub pid: u32,
    /// The strategy's name.
    pub strategy: String,
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
    /// Reads the JSON of one process.
    ///
    /// # Errors
    /// What is wrong with the text: not JSON, cut off, another schema, missing or foreign fields.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let coverage: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if coverage.schema == SCHEMA {
            Ok(coverage)
        } else {
            Err(format!("schema {:?} is not {SCHEMA:?}", coverage.schema))
        }
    }

    /// The coverage as one line of JSON.
    pub fn to_json(&self) -> String {
        // Strings and numbers under string keys always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Methods that should be guarded and are not, of all classes.
    pub fn unguarded(&self) -> usize {
        self.classes.iter().map(|class| class.unguarded.len()).sum()
    }
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
        Coverage { schema: SCHEMA.into(), classes: vec![class.clone(), class], ..Coverage::default() }
    }

    #[test]
    fn json_goes_round_in_one_line() {
        let json = sample().to_json();
        assert!(!json.contains('\n'));
        assert_eq!(Coverage::from_json(&json), Ok(sample()));
    }

    #[test]
    fn every_field_is_documented() {
        crate::document::tests::assert_documented(&sample());
    }

    #[test]
    fn another_schema_a_cut_and_a_foreign_text_are_refused() {
        let other = Coverage { schema: "agx-fix-coverage/2".into(), ..sample() };
        assert!(Coverage::from_json(&other.to_json()).unwrap_err().contains("agx-fix-coverage/2"));
        let json = sample().to_json();
        assert!(Coverage::from_json(&json[..json.len() / 2]).is_err());
        assert!(Coverage::from_json("{\"schema\":1}").is_err());
    }

    #[test]
    fn unguarded_methods_are_counted_over_all_classes() {
        assert_eq!(sample().unguarded(), 4);
    }
}
