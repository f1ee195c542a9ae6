//! Where a result goes: standard output and files. Files are checked before the first run.

use crate::destination::Destination;
use crate::error::{Error, Result};
use agx_fix_docs::Document;
use serde::Serialize;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

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

/// The files that were asked for.
pub struct Files {
    json: Option<Destination>,
    document: Option<Document>,
}

impl Files {
    /// Makes sure that the file of `--json` can be written, and that the document of `--markdown` has a place for what
    /// `command` writes.
    ///
    /// # Errors
    /// One line: which of them cannot be used, and why.
    pub fn check(json: Option<&Path>, markdown: Option<(&Path, &str)>) -> Result<Self> {
        Ok(Self {
            json: json.map(Destination::check).transpose()?,
            document: markdown
                .map(|(path, command)| Document::open(path, command).map_err(Error::new))
                .transpose()?,
        })
    }

    /// Writes the result to the files, and then its text to standard output.
    ///
    /// # Errors
    /// One line: what cannot be written.
    pub fn write(
        &self,
        result: &impl Serialize,
        markdown: impl FnOnce() -> String,
        text: &str,
    ) -> Result<()> {
        self.json.as_ref().map_or(Ok(()), |json| json.write(result))?;
        self.document.as_ref().map_or(Ok(()), |document| document.write(&markdown()).map_err(Error::new))?;
        print(text)
    }
}
