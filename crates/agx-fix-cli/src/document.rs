//! The part of a document that the tool writes, between two marks.

use crate::error::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The lines around the generated part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    pub(crate) begin: &'static str,
    pub(crate) end: &'static str,
}

/// A document with both marks.
#[derive(Debug)]
pub(crate) struct Document {
    path: PathBuf,
    marks: Marks,
    before: String,
    after: String,
}

impl Document {
    /// Makes sure that there is a place to write, before anything is run.
    pub(crate) fn open(path: &Path, marks: Marks) -> Result<Self> {
        let refused = |cause: &str| {
            let path = path.display();
            Error::new(format!("{path} cannot take the table ({cause}), so nothing was run"))
        };
        let text = fs::read_to_string(path).map_err(|cause| refused(&cause.to_string()))?;
        let no_marks =
            || refused(&format!("it has no line {} before a line {}", marks.begin.trim(), marks.end.trim()));
        let (before, rest) = text.split_once(marks.begin).ok_or_else(no_marks)?;
        let (_, after) = rest.split_once(marks.end).ok_or_else(no_marks)?;
        Ok(Self { path: path.to_owned(), marks, before: before.to_owned(), after: after.to_owned() })
    }

    pub(crate) fn write(&self, generated: &str) -> Result<()> {
        let Self { path, marks: Marks { begin, end }, before, after } = self;
        fs::write(path, format!("{before}{begin}\n{}\n\n{end}{after}", generated.trim())).map_err(|cause| {
            Error::new(format!("{} cannot be written ({cause}), so the table is not there", path.display()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: Marks = Marks { begin: "<!-- begin -->\n", end: "<!-- end -->\n" };

    #[test]
    fn what_is_between_the_marks_is_replaced_and_nothing_else() {
        let Marks { begin, end } = MARKS;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doc.md");
        fs::write(&path, format!("a\n{begin}old\n{end}z\n")).unwrap();
        for generated in ["one\n", "two"] {
            Document::open(&path, MARKS).unwrap().write(generated).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("a\n{begin}\ntwo\n\n{end}z\n"));
    }

    #[test]
    fn a_document_without_marks_is_refused() {
        let Marks { begin, end } = MARKS;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doc.md");
        assert!(Document::open(&path, MARKS).is_err());
        fs::write(&path, format!("{end}{begin}")).unwrap();
        assert!(Document::open(&path, MARKS).unwrap_err().to_string().contains("nothing was run"));
    }
}
