//! The files: for each architecture by cargo, made universal by lipo. The linkers sign.

use super::{CARRIED, Product, VERSION};
use crate::command::succeed;
use crate::macos::{TARGETS, Toolchain};
use crate::{Error, cannot_write};
use std::fs;
use std::path::{Path, PathBuf};

/// The name that programs load the library by; they say where it is.
pub(super) const INSTALL_NAME: &str = "@rpath/libagx_fix.dylib";
/// The symbol that every program has.
pub(super) const PROGRAM_HEADER: &str = "__mh_execute_header";

/// Library and tool in `folder`.
pub(super) fn product(toolchain: &Toolchain, folder: &Path) -> Result<Product, Error> {
    let library = library(toolchain, folder)?;
    // Whatever the tool runs as, what it starts may run as the other architecture.
    let tool = folder.join("agx-fix");
    // A program has everything exported, unless it is told what.
    let exports = [format!("-exported_symbol {PROGRAM_HEADER}")];
    build(toolchain, &["--package", "agx-fix-cli", "--bin", "agx-fix"], &exports, Some(&library))?;
    universal(toolchain, "agx-fix", &tool)?;
    Ok(Product { library, tool })
}

/// The library alone.
pub(super) fn library(toolchain: &Toolchain, folder: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(folder).map_err(cannot_write(folder))?;
    let library = folder.join("libagx_fix.dylib");
    let identity = [
        format!("-install_name {INSTALL_NAME}"),
        format!("-current_version {VERSION}"),
        format!("-compatibility_version {VERSION}"),
    ];
    build(toolchain, &["--package", "agx-fix", "--lib"], &identity, None)?;
    universal(toolchain, "libagx_fix.dylib", &library)?;
    Ok(library)
}

/// Builds one crate for each target, with arguments for the linker of it alone, and the library that it may carry.
fn build(
    toolchain: &Toolchain,
    package: &[&str],
    link_arguments: &[String],
    carried: Option<&Path>,
) -> Result<(), Error> {
    for target in TARGETS {
        let mut cargo = toolchain.cargo(&[target], &["rustc", "--release", "--locked"]);
        cargo.args(package).arg("--");
        for argument in link_arguments {
            cargo.args(toolchain.link_argument(argument).split(' '));
        }
        if let Some(library) = carried {
            cargo.env(CARRIED, library);
        }
        succeed(&mut cargo)?;
    }
    Ok(())
}

/// One file of the files of all architectures.
fn universal(toolchain: &Toolchain, name: &str, output: &Path) -> Result<(), Error> {
    let built = |target: &&str| -> PathBuf { toolchain.target_dir.join(target).join("release").join(name) };
    let mut lipo = toolchain.lipo();
    lipo.arg("-create").args(TARGETS.iter().map(built)).arg("-output").arg(output);
    succeed(&mut lipo)
}
