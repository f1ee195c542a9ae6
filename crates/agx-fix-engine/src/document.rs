//! The part of a document that the tool writes, between two marks.

use crate::error::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Behind the generated part.
const END: &str = "<!-- end -->\n";

/// A document with both marks.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    begin: String,
    before: String,
    after: String,
}

impl Document {
    /// Makes sure that there is a place for what `command` writes, before anything is run.
    pub fn open(path: &Path, command: &str) -> Result<Self> {
        let begin = begin(command);
        let refused = |cause: &str| {
            let path = path.display();
            Error::new(format!("{path} cannot take the table ({cause}), so nothing was run"))
        };
        let text = fs::read_to_string(path).map_err(|cause| refused(&cause.to_string()))?;
        let no_marks = || refused(&format!("it has no line {} before a line {}", begin.trim(), END.trim()));
        let (before, rest) = text.split_once(&begin).ok_or_else(no_marks)?;
        let (_, after) = rest.split_once(END).ok_or_else(no_marks)?;
        Ok(Self { path: path.to_owned(), before: before.to_owned(), after: after.to_owned(), begin })
    }

    /// Puts `generated` between the marks.
    ///
    /// # Errors
    /// One line: why the document cannot be written.
    pub fn write(&self, generated: &str) -> Result<()> {
        let Self { path, begin, before, after } = self;
        fs::write(path, format!("{before}{begin}\n{}\n\n{END}{after}", generated.trim())).map_err(|cause| {
            Error::new(format!("{} cannot be written ({cause}), so the table is not there", path.display()))
        })
    }
}

/// The mark before the part that a command writes.
fn begin(command: &str) -> String {
    format!("<!-- begin: written by `{command}` -->\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAND: &str = "agx-fix bogus";

    #[test]
    fn what_is_between_the_marks_is_replaced_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doc.md");
        fs::write(&path, format!("a\n{}old\n{END}z\n", begin(COMMAND))).unwrap();
        for generated in ["one\n", "two"] {
            Document::open(&path, COMMAND).unwrap().write(generated).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("a\n{}\ntwo\n\n{END}z\n", begin(COMMAND)));
    }

    #[test]
    fn a_document_without_marks_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doc.md");
        assert!(Document::open(&path, COMMAND).is_err());
        fs::write(&path, format!("{END}{}", begin(COMMAND))).unwrap();
        assert!(Document::open(&path, COMMAND).unwrap_err().to_string().contains("nothing was run"));
    }
}
