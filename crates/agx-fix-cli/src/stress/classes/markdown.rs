//! The part of a document that the tool writes, between two marks.

use crate::error::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Before the generated part.
const BEGIN: &str = "<!-- begin: written by `agx-fix stress --classes --markdown` -->\n";
/// Behind it.
const END: &str = "<!-- end -->\n";

/// A document with both marks.
#[derive(Debug)]
pub(super) struct Document {
    path: PathBuf,
    before: String,
    after: String,
}

impl Document {
    /// Makes sure that there is a place to write, before anything is run.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let refused = |cause: &str| {
            let path = path.display();
            Error::new(format!("{path} cannot take the table ({cause}), so nothing was run"))
        };
        let text = fs::read_to_string(path).map_err(|cause| refused(&cause.to_string()))?;
        let no_marks = || refused(&format!("it has no line {} before a line {}", BEGIN.trim(), END.trim()));
        let (before, rest) = text.split_once(BEGIN).ok_or_else(no_marks)?;
        let (_, after) = rest.split_once(END).ok_or_else(no_marks)?;
        Ok(Self { path: path.to_owned(), before: before.to_owned(), after: after.to_owned() })
    }

    pub(super) fn write(&self, generated: &str) -> Result<()> {
        let Self { path, before, after } = self;
        fs::write(path, format!("{before}{BEGIN}\n{}\n\n{END}{after}", generated.trim())).map_err(|cause| {
            Error::new(format!("{} cannot be written ({cause}), so the table is not there", path.display()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_the_marks_is_replaced_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doc.md");
        fs::write(&path, format!("a\n{BEGIN}old\n{END}z\n")).unwrap();
        for generated in ["one\n", "two"] {
            Document::open(&path).unwrap().write(generated).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("a\n{BEGIN}\ntwo\n\n{END}z\n"));
    }

    #[test]
    fn a_document_without_marks_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doc.md");
        assert!(Document::open(&path).is_err());
        fs::write(&path, format!("{END}{BEGIN}")).unwrap();
        assert!(Document::open(&path).unwrap_err().to_string().contains("nothing was run"));
    }
}
