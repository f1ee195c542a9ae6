//! Standard output, whose reader may have left.

use crate::error::{Error, Result};
use std::io::{self, ErrorKind, Write as _};

/// Writes all of `text`. A reader that has gone (`agx-fix ... | head`) has what it wanted.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
            Err(Error::new(format!("standard output cannot be written ({cause}), so the result is lost")))
        }
        _ => Ok(()),
    }
}
