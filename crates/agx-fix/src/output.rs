//! What the library writes to files: notices while the process runs, and at a normal exit the statistics with the findings, and
//! the coverage.

use agx_fix_hooks as hooks;
use agx_fix_interface::Document as _;
use agx_fix_interface::notice::Notice;
use agx_fix_interface::options::{Options, StatsTarget};
use agx_fix_platform as platform;
use agx_fix_terms::Preset;
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
pub(crate) fn prepare_exit(options: &Options) {
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
    fn prepare(&self, path: &Path, at_exit: extern "C" fn()) {
        if self.file.set(absolute(path)).is_ok() {
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

/// The file of the notices, and the preset that they name.
static NOTICES: OnceLock<(PathBuf, Preset)> = OnceLock::new();

/// Arranges for notices that the library is here, if the options ask for them, and gives the first. Further ones follow for each
/// class that is hooked, of which there are few.
pub(crate) fn prepare_notices(options: &Options) {
    let Some(file) = &options.notice else { return };
    if NOTICES.set((absolute(file), options.preset)).is_ok() {
        // Nothing is hooked before the options are known, and no lock may be taken to find that out.
        write_notice(0);
        hooks::tell_of_classes(|| write_notice(hooks::class_count()));
    }
}

fn write_notice(classes: usize) {
    let Some((file, preset)) = NOTICES.get() else { return };
    let notice = Notice {
        schema: Notice::SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
        preset: preset.name().into(),
        enabled: classes > 0,
        classes: u32::try_from(classes).unwrap_or(u32::MAX),
    };
    // A file that cannot be written is no error: the one who wanted to know may have gone.
    let _ = append_line(file, notice.to_json());
}

/// The application may change its folder before the file is written.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// One line, in one write, at the end of the file: several processes can share it.
fn append_line(path: &Path, mut line: String) -> std::io::Result<()> {
    line.push('\n');
    OpenOptions::new().create(true).append(true).open(path)?.write_all(line.as_bytes())
}
