//! A temporary file that the library in other processes appends lines to, for this process to read.

use crate::error::{Error, Result};
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
    pub(crate) fn read<T>(&self, parse: impl Fn(&str) -> std::result::Result<T, String>) -> Result<Vec<T>> {
        let unreadable = |cause: String| {
            let what = self.what;
            Error::new(format!(
                "the {what} that the program left cannot be read ({cause}), so it is not shown"
            ))
        };
        match fs::read_to_string(self.file()) {
            Ok(text) => text.lines().map(|line| parse(line).map_err(unreadable)).collect(),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(cause) => Err(unreadable(cause.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_one() {
        let inbox = Inbox::new("numbers").unwrap();
        let read = || inbox.read(|line| line.parse::<u32>().map_err(|cause| cause.to_string()));
        assert_eq!(read(), Ok(Vec::new()));
        fs::write(inbox.file(), "1\n2\n").unwrap();
        assert_eq!(read(), Ok(vec![1, 2]));
        fs::write(inbox.file(), "1\nx\n").unwrap();
        assert!(read().unwrap_err().to_string().contains("the numbers that the program left cannot be read"));
    }
}
