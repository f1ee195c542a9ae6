//! That the library is there, as JSON: `AGX_FIX_NOTICE=FILE`. Written while the process runs, so that it is known also of
//! one that crashes.

use crate::document::Document;
use serde::{Deserialize, Serialize};

/// One process, at the moment of writing. Each further notice of a process takes the place of the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// [`Document::SCHEMA`].
    pub schema: String,
    /// The library's version.
    pub version: String,
    /// The process.
    pub pid: u32,
    /// The preset's name.
    pub preset: String,
    /// Whether methods are hooked.
    pub enabled: bool,
    /// How many classes of Metal objects are hooked so far.
    pub classes: u32,
}

impl Document for Notice {
    const SCHEMA: &'static str = "agx-fix-notice/2";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Notice {
        Notice { schema: Notice::SCHEMA.into(), pid: 42, enabled: true, classes: 3, ..Notice::default() }
    }

    #[test]
    fn json_goes_round_in_one_line_and_another_schema_is_refused() {
        let json = sample().to_json();
        assert!(!json.contains('\n'));
        assert_eq!(Notice::from_json(&json), Ok(sample()));
        assert!(Notice::from_json(&json.replace("notice/2", "notice/1")).is_err());
    }

    #[test]
    fn every_field_is_documented() {
        crate::document::tests::assert_documented(&sample());
    }
}
