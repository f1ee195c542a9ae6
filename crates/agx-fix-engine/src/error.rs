//! Why the tool stops: one line with the cause, the consequence and, where there is one, the remedy.

use agx_fix_bundle::UnpackError;
use std::fmt;

/// One line for the user.
#[derive(Debug, PartialEq, Eq)]
pub struct Error(String);

/// What the tool returns everywhere.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The line says the cause, the consequence and, where there is one, the remedy.
    pub fn new(line: impl Into<String>) -> Self {
        Self(line.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<UnpackError> for Error {
    fn from(error: UnpackError) -> Self {
        Self(error.to_string())
    }
}
