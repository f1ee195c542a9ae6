//! A headless Chromium, in which a test looks at the page that `agx-fix report` writes: the system's, or Debian's
//! `chromium-headless-shell` with what it depends on (100 MB), unpacked to `<target>/chromium`. No root, nothing installed.
//!
//! The tests get the folder in `AGX_TEST_CHROMIUM_ROOT`; where that is not set they look for the system's.

use crate::{Error, debian};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that tells tests where the browser was unpacked to.
const ROOT: &str = "AGX_TEST_CHROMIUM_ROOT";
/// Chromium without windows: the package with the fewest dependencies.
const PACKAGE: &str = "chromium-headless-shell";
/// The program in it.
const PROGRAM: &str = "usr/lib/chromium/chromium-headless-shell";

/// Lets tests that `command` runs find the browser, if there is one. Fetches none.
pub(crate) fn provide_if_there(command: &mut Command, target: &Path) {
    let root = root(target);
    if !is_installed() && root.join(PROGRAM).is_file() {
        command.env(ROOT, root);
    }
}

/// Makes sure that there is one.
pub(crate) fn provide(command: &mut Command, target: &Path) -> Result<(), Error> {
    let root = root(target);
    if !is_installed() && !root.join(PROGRAM).is_file() {
        eprintln!("fetching Debian's {PACKAGE} to {}", root.display());
        debian::fetch_with_dependencies(PACKAGE, &root).map_err(|cause| {
            format!(
                "Chromium is not installed and cannot be fetched, so nobody looks at the page; install chromium: {cause}"
            )
        })?;
        if !root.join(PROGRAM).is_file() {
            return Err(format!("the package {PACKAGE} has no {PROGRAM}"));
        }
    }
    provide_if_there(command, target);
    Ok(())
}

fn root(target: &Path) -> PathBuf {
    target.join("chromium")
}

fn is_installed() -> bool {
    let paths = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&paths)
        .any(|folder| [PACKAGE, "chromium"].iter().any(|name| folder.join(name).is_file()))
}
