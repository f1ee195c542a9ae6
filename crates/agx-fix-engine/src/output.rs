//! Where a result goes: standard output and files. Files are checked before the first run, and written whole or not at all.

use crate::error::{Error, Result};
use agx_fix_docs::Document;
use serde::Serialize;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// Writes all of `text`. A reader that has gone (`agx-fix ... | head`) is no error.
///
/// # Errors
/// One line: why standard output cannot be written.
pub fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
            Err(Error::new(format!("standard output cannot be written ({cause}), so the result is lost")))
        }
        _ => Ok(()),
    }
}

/// Where the JSON of a result goes.
enum Json {
    StandardOutput,
    File(Destination),
}

/// What was asked for beside the text.
pub struct Files {
    json: Option<Json>,
    document: Option<Document>,
}

impl Files {
    /// Makes sure that the file of `--json` (`-`: standard output) can be written, and that the document of `--markdown` has
    /// a place for what `command` writes.
    ///
    /// # Errors
    /// One line: which of them cannot be used, and why.
    pub fn check(json: Option<&Path>, markdown: Option<(&Path, &str)>) -> Result<Self> {
        let json = json.map(|path| match path.to_str() {
            Some("-") => Ok(Json::StandardOutput),
            _ => Destination::check(path).map(Json::File),
        });
        let document = markdown.map(|(path, command)| Document::open(path, command).map_err(Error::new));
        Ok(Self { json: json.transpose()?, document: document.transpose()? })
    }

    /// Whether standard output is for JSON and nothing else.
    pub fn take_standard_output(&self) -> bool {
        matches!(self.json, Some(Json::StandardOutput))
    }

    /// Writes the result to the files, and then its text to standard output, unless its JSON goes there.
    ///
    /// # Errors
    /// One line: what cannot be written.
    pub fn write(
        &self,
        result: &impl Serialize,
        markdown: impl FnOnce() -> String,
        text: &str,
    ) -> Result<()> {
        if let Some(Json::File(file)) = &self.json {
            file.write_text(&json(result))?;
        }
        self.document.as_ref().map_or(Ok(()), |document| document.write(&markdown()).map_err(Error::new))?;
        if self.take_standard_output() { print(&json(result)) } else { print(text) }
    }
}

fn json(result: &impl Serialize) -> String {
    serde_json::to_string_pretty(result).expect("numbers and strings are JSON") + "\n"
}

/// A file that can be written.
#[derive(Debug)]
pub struct Destination(PathBuf);

impl Destination {
    /// Makes sure that `file`, which `--json` names, can be written.
    fn check(file: &Path) -> Result<Self> {
        Self::check_for(file, "--json", "nothing was run")
    }

    /// The same for another option. `consequence` is what an error means for the user.
    ///
    /// # Errors
    /// One line: why the file cannot be written.
    pub fn check_for(file: &Path, option: &str, consequence: &str) -> Result<Self> {
        let refused = |cause: String| {
            let path = file.display();
            Error::new(format!(
                "{path} cannot be written ({cause}); {consequence}; give {option} another path"
            ))
        };
        // A link is followed, not replaced.
        let goal = fs::canonicalize(file).or_else(|_| std::path::absolute(file));
        let goal = goal.map_err(|cause| refused(cause.to_string()))?;
        // A device or a pipe would be replaced by a file.
        if fs::metadata(&goal).is_ok_and(|it| !it.is_file()) {
            return Err(refused("it is there and is no regular file".to_owned()));
        }
        let destination = Self(goal);
        // Only the kind of the error: its text names the temporary file, which means nothing to the user.
        destination.temporary().map_err(|cause| refused(cause.kind().to_string()))?;
        Ok(destination)
    }

    /// A file in the same folder, so that a rename can make it the wanted one. It is removed when dropped.
    fn temporary(&self) -> io::Result<NamedTempFile> {
        let folder = self.0.parent().ok_or(ErrorKind::IsADirectory)?;
        Builder::new().prefix(".agx-fix-").permissions(Permissions::from_mode(0o666)).tempfile_in(folder)
    }

    /// Writes `text` as it stands.
    ///
    /// # Errors
    /// One line: why it cannot be written.
    pub fn write_text(&self, text: &str) -> Result<()> {
        let written = self.temporary().and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.persist(&self.0)?;
            Ok(())
        });
        written.map_err(|cause| {
            let path = self.0.display();
            Error::new(format!("{path} cannot be written ({cause}), so the result is not there"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(file: &Path) {
        Files::check(Some(file), None).unwrap().write(&[1, 2, 3], String::new, "").unwrap();
    }

    #[test]
    fn a_check_leaves_nothing_and_a_write_leaves_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("r.json");
        let files = || fs::read_dir(folder.path()).unwrap().count();
        Files::check(Some(&file), None).map(drop).unwrap();
        assert_eq!(files(), 0);
        write(&file);
        assert_eq!(files(), 1);
        assert_eq!(serde_json::from_slice::<[u32; 3]>(&fs::read(&file).unwrap()).unwrap(), [1, 2, 3]);
    }

    #[test]
    fn an_older_file_is_replaced_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("r.json"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&file).unwrap().ends_with("]\n"));
    }

    #[test]
    fn what_cannot_be_a_file_is_refused_in_one_line() {
        let file = NamedTempFile::new().unwrap();
        for bad in [file.path().join("below"), std::env::temp_dir(), "/dev/null".into()] {
            let said = Destination::check(&bad).unwrap_err().to_string();
            assert!(said.contains("--json") && !said.contains('\n') && !said.contains(".agx-fix-"), "{said}");
        }
    }
}
