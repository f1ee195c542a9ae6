//! The statistics at exit.

use agx_fix_hooks as hooks;
use agx_fix_interface::options::StatsTarget;
use agx_fix_objc::platform;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

static FILE: OnceLock<PathBuf> = OnceLock::new();

/// Arranges for the statistics to be written when the process exits normally.
pub(crate) fn prepare(target: &StatsTarget) {
    match target {
        StatsTarget::Nowhere => {}
        StatsTarget::StandardError => {
            platform::at_exit(to_standard_error);
        }
        StatsTarget::File(path) => {
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            if FILE.set(absolute).is_ok() {
                platform::at_exit(to_file);
            }
        }
    }
}

extern "C" fn to_standard_error() {
    let _ = std::io::stderr().write_all(format!("{}\n", hooks::statistics()).as_bytes());
}

/// One line, in one write, at the end of the file: several processes can share it.
extern "C" fn to_file() {
    let Some(path) = FILE.get() else { return };
    if let Err(error) = append(path) {
        let said = format!("agx-fix: statistics were not written to {}: {error}\n", path.display());
        let _ = std::io::stderr().write_all(said.as_bytes());
    }
}

fn append(path: &Path) -> std::io::Result<()> {
    let mut line = hooks::statistics().to_json();
    line.push('\n');
    OpenOptions::new().create(true).append(true).open(path)?.write_all(line.as_bytes())
}
