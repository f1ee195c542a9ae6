//! What is written when the process exits normally: the statistics with the findings, and the coverage.

use agx_fix_hooks as hooks;
use agx_fix_interface::Document as _;
use agx_fix_interface::options::{Options, StatsTarget};
use agx_fix_platform as platform;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A document that goes to a file.
struct Output {
    /// Subject and verb of the sentence about it.
    what: &'static str,
    json: fn() -> String,
    file: OnceLock<PathBuf>,
}

static STATISTICS: Output =
    Output { what: "statistics were", json: || hooks::statistics().to_json(), file: OnceLock::new() };
static COVERAGE: Output =
    Output { what: "coverage was", json: || hooks::coverage().to_json(), file: OnceLock::new() };

/// Arranges for what the options ask for to be written when the process exits normally.
pub(crate) fn prepare(options: &Options) {
    match &options.stats {
        StatsTarget::Nowhere => {}
        StatsTarget::StandardError => drop(platform::at_exit(statistics_to_standard_error)),
        StatsTarget::File(path) => STATISTICS.prepare(path, statistics_to_file),
    }
    if let Some(path) = &options.coverage {
        COVERAGE.prepare(path, coverage_to_file);
    }
}

extern "C" fn statistics_to_standard_error() {
    let findings = hooks::findings();
    let lines = findings.findings.iter().map(|finding| format!("  {finding}\n"));
    let remedies = findings.classes().map(|class| format!("  remedy for {class}: {}\n", class.remedy()));
    let lines: String = lines.chain(remedies).collect();
    let _ = std::io::stderr().write_all(format!("{}\n{lines}", hooks::statistics()).as_bytes());
}

extern "C" fn statistics_to_file() {
    STATISTICS.write();
}

extern "C" fn coverage_to_file() {
    COVERAGE.write();
}

impl Output {
    /// The application may change its folder before it exits: the path becomes absolute now.
    fn prepare(&self, path: &Path, at_exit: extern "C" fn()) {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if self.file.set(absolute).is_ok() {
            platform::at_exit(at_exit);
        }
    }

    fn write(&self) {
        let Some(path) = self.file.get() else { return };
        if let Err(error) = append_line(path, (self.json)()) {
            let said = format!("agx-fix: {} not written to {}: {error}\n", self.what, path.display());
            let _ = std::io::stderr().write_all(said.as_bytes());
        }
    }
}

/// One line, in one write, at the end of the file: several processes can share it.
pub(crate) fn append_line(path: &Path, mut line: String) -> std::io::Result<()> {
    line.push('\n');
    OpenOptions::new().create(true).append(true).open(path)?.write_all(line.as_bytes())
}
