//! Where a result of the doctor goes: text to standard output, and JSON to a file or, instead of the text, to standard output.
//! All three forms of the command use it.

use agx_fix_engine::destination::Destination;
use agx_fix_engine::error::Result;
use agx_fix_engine::output;
use serde::Serialize;
use std::ffi::OsStr;
use std::path::Path;

/// What `--json` asks for.
pub(super) enum Sink {
    /// The text, and JSON in a file if one is given.
    Text(Option<Destination>),
    /// JSON on standard output, which is then no place for a program's output.
    Json,
}

impl Sink {
    /// Makes sure, before anything is run, that the file can be written.
    pub(super) fn of(json: Option<&Path>) -> Result<Self> {
        match json {
            Some(path) if path.as_os_str() == OsStr::new("-") => Ok(Self::Json),
            path => path.map(Destination::check).transpose().map(Self::Text),
        }
    }

    /// Writes a result, whose text is made where it is wanted.
    pub(super) fn write<T: Serialize>(&self, result: &T, text: impl FnOnce(&T) -> String) -> Result<()> {
        match self {
            Self::Json => {
                let json = serde_json::to_string_pretty(result).expect("numbers and strings are JSON");
                output::print(&format!("{json}\n"))
            }
            Self::Text(destination) => {
                destination.as_ref().map_or(Ok(()), |destination| destination.write(result))?;
                output::print(&text(result))
            }
        }
    }
}
