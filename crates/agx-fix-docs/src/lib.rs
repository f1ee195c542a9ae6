//! Generated files, and generated parts of documents between two marks: writing them, and for tests comparing them.
//!
//! Touches the files that it is given, and nothing else.

#![forbid(unsafe_code)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The command that writes what tests compare.
const COMMAND: &str = "cargo xtask docs";
/// Has tests write the files that they compare. `cargo xtask docs` sets it.
const UPDATE: &str = "AGX_UPDATE";
/// The mark behind a generated part.
const END: &str = "<!-- end -->\n";

/// A document with a generated part.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    begin: String,
    before: String,
    after: String,
}

impl Document {
    /// Reads a document that has a part for what `command` writes.
    ///
    /// # Errors
    /// It cannot be read, or has no such part. The message says that nothing was run: open a document before the run.
    pub fn open(path: &Path, command: &str) -> Result<Self, String> {
        Self::after(path, format!("<!-- begin: written by `{command}` -->\n"))
    }

    fn after(path: &Path, begin: String) -> Result<Self, String> {
        let refused =
            |cause: &str| format!("{} cannot take the table ({cause}), so nothing was run", path.display());
        let text = fs::read_to_string(path).map_err(|cause| refused(&cause.to_string()))?;
        let no_marks = || refused(&format!("it has no line {} before a line {}", begin.trim(), END.trim()));
        let (before, rest) = text.split_once(&begin).ok_or_else(no_marks)?;
        let (_, after) = rest.split_once(END).ok_or_else(no_marks)?;
        Ok(Self { path: path.to_owned(), before: before.to_owned(), after: after.to_owned(), begin })
    }

    /// Replaces the part.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, generated: &str) -> Result<(), String> {
        fs::write(&self.path, self.with(generated)).map_err(|cause| {
            format!("{} cannot be written ({cause}), so the table is not there", self.path.display())
        })
    }

    fn with(&self, generated: &str) -> String {
        format!("{}{}\n{}\n\n{END}{}", self.before, self.begin, generated.trim(), self.after)
    }
}

/// For tests: a part of a document that `cargo xtask docs` writes is up to date. That command has it written first.
///
/// # Panics
/// It is not, or the document has no part of that name.
pub fn assert_part(path: &Path, part: &str, generated: &str) {
    let begin = format!("<!-- begin: {part}, written by `{COMMAND}` -->\n");
    let document = Document::after(path, begin).unwrap_or_else(|flaw| panic!("{flaw}"));
    assert_file(path, document.with(generated).as_bytes());
}

/// For tests: a file that `cargo xtask docs` writes is up to date. That command has it written first.
///
/// # Panics
/// It is not.
pub fn assert_file(path: &Path, generated: &[u8]) {
    let path_shown = path.display();
    if env::var_os(UPDATE).is_some() {
        fs::write(path, generated).unwrap_or_else(|cause| panic!("{path_shown}: {cause}"));
    }
    let present = fs::read(path).unwrap_or_default();
    assert!(present == generated, "{path_shown} is not up to date: run `{COMMAND}`");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_the_marks_is_replaced_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doc.md");
        let begin = "<!-- begin: written by `tool` -->\n";
        fs::write(&path, format!("a\n{begin}old\n{END}z\n")).unwrap();
        for generated in ["one\n", "two"] {
            Document::open(&path, "tool").unwrap().write(generated).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("a\n{begin}\ntwo\n\n{END}z\n"));
    }

    #[test]
    fn each_part_of_a_document_is_compared_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doc.md");
        let part = |name, text| format!("<!-- begin: {name}, written by `{COMMAND}` -->\n\n{text}\n\n{END}");
        fs::write(&path, part("one", "1") + &part("two", "2")).unwrap();
        assert_part(&path, "one", "1");
        assert_part(&path, "two", "2");
        assert!(std::panic::catch_unwind(|| assert_part(&path, "two", "1")).is_err());
        assert!(std::panic::catch_unwind(|| assert_part(&path, "three", "1")).is_err());
    }

    #[test]
    fn a_document_without_marks_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doc.md");
        assert!(Document::open(&path, "tool").is_err());
        fs::write(&path, format!("{END}<!-- begin: written by `tool` -->\n")).unwrap();
        assert!(Document::open(&path, "tool").unwrap_err().contains("nothing was run"));
    }
}
