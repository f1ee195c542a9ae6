//! `cargo xtask dist`: the Mac's library and tool, universal, signed, checked and packed, on a Mac or on Linux.
//!
//! - `build`: the files;
//! - `check`: what is asserted of them;
//! - `archive`: the archive, its checksum, the Homebrew formula.
//!
//! What comes out depends on the sources and the compiler's version alone: no path of this machine, no date, no order of a
//! folder gets into it.

mod archive;
mod build;
mod check;

pub(crate) use archive::hexadecimal;

use crate::macos::Toolchain;
use crate::{Error, root, target_dir};
use std::fs;
use std::path::{Path, PathBuf};

/// The version that all crates have.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The variable that names the library for the tool's build script to put into the tool.
pub(crate) const CARRIED: &str = "AGX_FIX_BUNDLE_LIBRARY";

/// What the user asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The address below which the formula finds the archive
    #[arg(long, value_name = "URL")]
    releases: Option<String>,
}

/// What was built.
struct Product {
    library: PathBuf,
    tool: PathBuf,
}

/// Builds, checks and packs.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let releases = arguments.releases.as_deref().map(|url| url.trim_end_matches('/'));
    let (root, target) = (root(), target_dir()?);
    let folder = folder(&target);
    let toolchain = Toolchain::provide(&target, &root)?;
    let product = build::product(&toolchain, &folder)?;
    check::product(&product, &root, &forbidden_paths(&root, &target))?;
    let packed = archive::pack(&product, &root, &folder, releases)?;
    for file in packed {
        println!("{}", file.display());
    }
    Ok(())
}

/// Builds the library as it is packed, or finds that it is built; its path.
pub(crate) fn build_library(target: &Path, root: &Path) -> Result<PathBuf, Error> {
    build::library(&Toolchain::provide(target, root)?, &folder(target))
}

fn folder(target: &Path) -> PathBuf {
    target.join("macos/dist")
}

/// The library that was built last.
pub(crate) fn library(target: &Path) -> PathBuf {
    folder(target).join("libagx_fix.dylib")
}

/// Paths of this machine, which nothing that is packed may have.
fn forbidden_paths(root: &Path, target: &Path) -> Vec<String> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let all = [Some(root.to_owned()), Some(target.to_owned()), cargo, home];
    // The shortest paths say nothing: everything is below them.
    all.into_iter().flatten().map(|it| it.display().to_string()).filter(|path| path.len() > 4).collect()
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    fs::read(file).map_err(|cause| format!("{} cannot be read: {cause}", file.display()))
}
