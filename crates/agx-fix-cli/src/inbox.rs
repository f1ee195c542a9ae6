//! A temporary file that the library in other processes appends lines to, for this process to read.

use agx_fix_engine::error::{Error, Result};
use agx_fix_interface::Document;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use tempfile::TempDir;

/// The file, in a folder of its own. Gone when dropped.
pub(crate) struct Inbox {
    folder: TempDir,
    /// What is written there, for messages.
    what: &'static str,
}

impl Inbox {
    pub(crate) fn new(what: &'static str) -> Result<Self> {
        let folder = tempfile::tempdir().map_err(|cause| {
            Error::new(format!(
                "no temporary folder can be made for the {what} ({cause}); nothing was run; set TMPDIR to a folder that \
                 can be written"
            ))
        })?;
        Ok(Self { folder, what })
    }

    /// The file to be written to.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("inbox")
    }

    /// What has come, line by line.
    pub(crate) fn read<T: Document>(&self) -> Result<Vec<T>> {
        let unreadable = |cause: String| {
            let what = self.what;
            Error::new(format!(
                "the {what} that the program left cannot be read ({cause}), so it is not shown"
            ))
        };
        match fs::read_to_string(self.file()) {
            Ok(text) => text
                .lines()
                .map(|line| T::from_json(line).map_err(|flaw| unreadable(flaw.to_string())))
                .collect(),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(cause) => Err(unreadable(cause.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_interface::notice::Notice;

    #[test]
    fn every_line_is_one() {
        let inbox = Inbox::new("notices").unwrap();
        assert_eq!(inbox.read::<Notice>(), Ok(Vec::new()));
        let notice = Notice { schema: Notice::SCHEMA.into(), classes: 3, ..Notice::default() };
        let line = notice.to_json();
        fs::write(inbox.file(), format!("{line}\n{line}\n")).unwrap();
        assert_eq!(inbox.read(), Ok(vec![notice.clone(), notice]));
        fs::write(inbox.file(), format!("{line}\nx\n")).unwrap();
        let said = inbox.read::<Notice>().unwrap_err().to_string();
        assert!(said.contains("the notices that the program left cannot be read"), "{said}");
    }
}
