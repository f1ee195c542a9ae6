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
#[test]
fn it_is_a_document() {
    let schema = Notice::SCHEMA.into();
    crate::document::tests::check(&Notice {
        schema,
        pid: 42,
        enabled: true,
        classes: 3,
        ..Notice::default()
    });
}
