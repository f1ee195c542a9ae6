//! That the library is there, as JSON: `AGX_FIX_NOTICE=FILE`. Written while the process runs, so that it is known also of
//! one that crashes.

use serde::{Deserialize, Serialize};

/// The version of the layout below; a reader refuses any other.
pub const SCHEMA: &str = "agx-fix-notice/1";

/// One process, at the moment of writing. Each further notice of a process takes the place of the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// [`SCHEMA`].
    pub schema: String,
    /// The library's version.
    pub version: String,
    /// The process.
    pub pid: u32,
    /// The strategy's name.
    pub strategy: String,
    /// Whether methods are hooked.
    pub enabled: bool,
    /// How many classes of Metal objects are hooked so far.
    pub classes: u32,
}

impl Notice {
    /// Reads one line.
    ///
    /// # Errors
    /// What is wrong with the text: not JSON, cut off, another schema, missing or foreign fields.
    pub fn from_json(text: &str) -> Result<Self, String> {
        crate::document::read(text, SCHEMA).map_err(|flaw| flaw.to_string())
    }

    /// The notice as one line of JSON.
    pub fn to_json(&self) -> String {
        // Strings and numbers under string keys always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Notice {
        Notice { schema: SCHEMA.into(), pid: 42, enabled: true, classes: 3, ..Notice::default() }
    }

    #[test]
    fn json_goes_round_in_one_line_and_another_schema_is_refused() {
        let json = sample().to_json();
        assert!(!json.contains('\n'));
        assert_eq!(Notice::from_json(&json), Ok(sample()));
        assert!(Notice::from_json(&json.replace("notice/1", "notice/2")).is_err());
    }

    #[test]
    fn every_field_is_documented() {
        crate::document::tests::assert_documented(&sample());
    }
}
