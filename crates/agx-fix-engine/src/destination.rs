//! The files for `--json`, `--html` and the like. They are checked before the first run, and written whole or not at all.

use crate::error::{Error, Result};
use serde::Serialize;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// A file that can be written.
#[derive(Debug)]
pub struct Destination {
    file: PathBuf,
    folder: PathBuf,
}

impl Destination {
    /// Makes sure that `file`, which `--json` names, can be written.
    pub fn check(file: &Path) -> Result<Self> {
        Self::check_for(file, "--json", "nothing was run")
    }

    /// The same for another option. `consequence` is what an error means for the user.
    pub fn check_for(file: &Path, option: &str, consequence: &str) -> Result<Self> {
        let refused = |cause: String| {
            let path = file.display();
            Error::new(format!(
                "{path} cannot be written ({cause}); {consequence}; give {option} another path"
            ))
        };
        let destination = Self::locate(file).map_err(|cause| refused(cause.to_string()))?;
        // A device or a pipe would be replaced by a file.
        if fs::metadata(&destination.file).is_ok_and(|it| !it.is_file()) {
            return Err(refused("it is there and is no regular file".to_owned()));
        }
        // Only the kind of the error: its text names the temporary file, which means nothing to the user.
        destination.temporary().map_err(|cause| refused(cause.kind().to_string()))?;
        Ok(destination)
    }

    fn locate(file: &Path) -> io::Result<Self> {
        // A link is followed, not replaced.
        let file = fs::canonicalize(file).or_else(|_| std::path::absolute(file))?;
        let folder = file.parent().ok_or(io::ErrorKind::IsADirectory)?.to_owned();
        Ok(Self { file, folder })
    }

    /// A file in the same folder, so that a rename can make it the wanted one. It is removed when dropped.
    fn temporary(&self) -> io::Result<NamedTempFile> {
        let usual = Permissions::from_mode(0o666);
        Builder::new().prefix(".agx-fix-").permissions(usual).tempfile_in(&self.folder)
    }

    /// Writes `report` as JSON.
    pub fn write(&self, report: &impl Serialize) -> Result<()> {
        self.write_by(|file| {
            serde_json::to_writer_pretty(&mut *file, report)?;
            file.write_all(b"\n")
        })
    }

    /// Writes `text` as it stands.
    pub fn write_text(&self, text: &str) -> Result<()> {
        self.write_by(|file| file.write_all(text.as_bytes()))
    }

    fn write_by(&self, write: impl FnOnce(&mut NamedTempFile) -> io::Result<()>) -> Result<()> {
        let written = self.temporary().and_then(|mut file| {
            write(&mut file)?;
            file.persist(&self.file)?;
            Ok(())
        });
        written.map_err(|cause| {
            let path = self.file.display();
            Error::new(format!("{path} cannot be written ({cause}), so the result is not there"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: [u32; 3] = [1, 2, 3];

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        entries.map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn a_check_leaves_nothing_and_a_write_leaves_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("r.json");
        let destination = Destination::check(&file).unwrap();
        assert!(names(folder.path()).is_empty());
        destination.write(&REPORT).unwrap();
        assert_eq!(names(folder.path()), ["r.json"]);
        assert_eq!(serde_json::from_slice::<[u32; 3]>(&fs::read(&file).unwrap()).unwrap(), REPORT);
    }

    #[test]
    fn an_older_file_is_replaced_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("r.json"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        Destination::check(&link).unwrap().write(&REPORT).unwrap();
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
