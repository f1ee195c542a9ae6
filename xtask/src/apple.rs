//! Apple's calling convention on arm64, for `cargo xtask apple-abi`: Debian's clang and LLVM, and Rust's `core` for
//! Apple's arm64, compiled from Debian's sources. All of it is put below the folder of `arm64`, without root.
//!
//! The test gets the folder in `AGX_TEST_APPLE_ROOT`, and is skipped without.

use crate::command::printed;
use crate::{Error, arm64, cannot_write, debian};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder, for the test.
const ROOT: &str = "AGX_TEST_APPLE_ROOT";

/// What is called; the rest is dependencies.
const TOOLS: [&str; 2] = ["clang-22", "llvm-22"];
/// The sources of the standard library of `rustc-web`.
const SOURCES: &str = "rust-web-src";

/// Makes sure that what `command` starts can build by Apple's convention. `arm64` is complete.
pub(crate) fn provide(command: &mut Command, arm64: &Path) -> Result<(), Error> {
    let root = arm64.join("clang-22");
    if !["clang-22", "llc-22"].iter().all(|name| root.join("usr/bin").join(name).exists()) {
        eprintln!("fetching Debian's clang and LLVM to {}", root.display());
        debian::fetch_by(download, &root)?;
    }
    provide_core(arm64, &root)?;
    command.env(ROOT, root);
    Ok(())
}

fn download(workplace: &Path) -> Result<(), Error> {
    arm64::download_tools(workplace, &TOOLS, &[SOURCES])
}

/// `core`, as far as hooks need it: what is generic or inlined, and no objects.
fn provide_core(arm64: &Path, root: &Path) -> Result<(), Error> {
    let folder = root.join("core");
    if folder.exists() {
        return Ok(());
    }
    eprintln!("compiling Rust's core for Apple's arm64");
    let part = root.join(format!("core.part-{}", std::process::id()));
    fs::create_dir_all(&part).map_err(cannot_write(&part))?;
    printed(rustc(arm64, "core", &part).arg(sources(root)?))?;
    // The compiler wants this one, too; hooks use nothing of it.
    let nothing = part.join("nothing.rs");
    fs::write(&nothing, "#![feature(compiler_builtins)]\n#![compiler_builtins]\n#![no_std]\n")
        .map_err(cannot_write(&nothing))?;
    printed(rustc(arm64, "compiler_builtins", &part).arg("-L").arg(&part).arg(&nothing))?;
    // Somebody else may have been faster.
    match fs::rename(&part, &folder) {
        Err(_) if folder.exists() => fs::remove_dir_all(&part),
        result => result,
    }
    .map_err(cannot_write(&folder))
}

fn rustc(arm64: &Path, library: &str, folder: &Path) -> Command {
    let mut rustc = Command::new(arm64.join("usr/bin/rustc"));
    rustc.env("LD_LIBRARY_PATH", arm64.join("usr/lib/x86_64-linux-gnu")).env_remove("RUSTUP_TOOLCHAIN");
    // These libraries use what only the compiler's own may.
    rustc.env("RUSTC_BOOTSTRAP", "1");
    rustc.args(["--edition=2024", "--crate-name", library, "--crate-type=rlib", "--emit=metadata"]);
    rustc.args(["-Zalways-encode-mir", "-Copt-level=2", "-Cpanic=abort", "--cap-lints=allow"]);
    rustc.args(["--target=aarch64-apple-darwin", "--out-dir"]).arg(folder);
    rustc
}

/// `core`'s root module, below a folder that is named after the version.
fn sources(root: &Path) -> Result<PathBuf, Error> {
    let folder = root.join("usr/src");
    let versions = fs::read_dir(&folder).map_err(|cause| format!("{}: {cause}", folder.display()))?;
    let mut files = versions.flatten().map(|version| version.path().join("library/core/src/lib.rs"));
    files
        .find(|file| file.exists())
        .ok_or_else(|| format!("no sources of Rust's core below {}", folder.display()))
}
