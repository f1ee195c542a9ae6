//! Rust's standard library for a Mac, which Debian does not have: built once from the sources and dependencies that its
//! `rust-web-src` carries, without a network, and put where `rustup target add` would put it.

use super::cross::Tools;
use super::{OLDEST_MACOS, TARGETS};
use crate::command::printed;
use crate::{Error, cannot_write};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Makes sure that the compiler has the standard library of both targets.
pub(super) fn provide(tools: &Tools) -> Result<(), Error> {
    if TARGETS.iter().all(|target| library_dir(tools, target).is_dir()) {
        return Ok(());
    }
    eprintln!("building Rust's standard library for {} (minutes, once)", TARGETS.join(" and "));
    let workplace = tools.sysroot().with_extension(format!("std-{}", std::process::id()));
    let result = build(tools, &workplace).and_then(|()| {
        TARGETS.iter().try_for_each(|target| {
            let built = workplace.join("target").join(target).join("release/deps");
            install(&built, &library_dir(tools, target)).map_err(cannot_write(&built))
        })
    });
    // Most of what was fetched, and not used any more.
    let _ = fs::remove_dir_all(&workplace);
    if result.is_ok() {
        let _ = fs::remove_dir_all(tools.sysroot().join("src"));
    }
    result
}

fn library_dir(tools: &Tools, target: &str) -> PathBuf {
    tools.sysroot().join("lib/rustlib").join(target).join("lib")
}

/// By cargo's `-Zbuild-std`, of an empty crate: the crates of the standard library stay in its target folder.
fn build(tools: &Tools, workplace: &Path) -> Result<(), Error> {
    let sources = tools.sysroot().join("lib/rustlib/src/rust");
    let seed = "[package]\nname = \"seed\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    let write = |file: &str, text: &str| {
        let path = workplace.join(file);
        let parent = path.parent().expect("it is in the folder");
        fs::create_dir_all(parent).and_then(|()| fs::write(&path, text)).map_err(cannot_write(&path))
    };
    write("Cargo.toml", seed)?;
    write("src/lib.rs", "")?;

    let mut cargo = tools.compiler();
    cargo.current_dir(workplace).env("CARGO_TARGET_DIR", workplace.join("target"));
    cargo.env("CARGO_HOME", workplace.join("home")).env("MACOSX_DEPLOYMENT_TARGET", OLDEST_MACOS);
    // The standard library uses what only the compiler's own may, and so does this option of cargo.
    cargo.env("RUSTC_BOOTSTRAP", "1").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.env("RUSTFLAGS", remap(tools, &sources)?);
    cargo.args(["build", "--release", "--offline", "-Zbuild-std=std,panic_unwind,proc_macro,test"]);
    cargo.args(["--config", "source.crates-io.replace-with='vendored'", "--config"]);
    cargo.arg(format!("source.vendored.directory='{}'", sources.join("library/vendor").display()));
    cargo.args(TARGETS.iter().flat_map(|target| ["--target", target]));
    printed(&mut cargo).map(drop)
}

/// The names of source files that Rust's own builds have.
fn remap(tools: &Tools, sources: &Path) -> Result<String, Error> {
    let version = printed(tools.tool("rustc").arg("-vV"))?;
    let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or("unknown");
    // cargo names files by the folder that the link leads to.
    let real = sources.canonicalize().map_err(|cause| format!("{}: {cause}", sources.display()))?;
    let all = [sources, &real].map(|path| format!("--remap-path-prefix={}=/rustc/{commit}", path.display()));
    Ok(all.join(" "))
}

/// Whole or not at all.
fn install(built: &Path, folder: &Path) -> io::Result<()> {
    let part = folder.with_extension(format!("part-{}", std::process::id()));
    fs::create_dir_all(&part)?;
    for file in built.read_dir()? {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libseed-") {
            fs::copy(&path, part.join(&name))?;
        }
    }
    match fs::rename(&part, folder) {
        // Somebody else was faster.
        Err(_) if folder.is_dir() => fs::remove_dir_all(&part),
        result => result,
    }
}
