//! AArch64 by emulation, for tests of its calling convention: Debian's cross compilers (C and Objective-C), its Rust
//! compiler with its standard library for arm64, and qemu, unpacked to `<target>/arm64` (0.9 GB). No root, nothing
//! installed: the libraries for arm64 come by package lists of our own, as `dpkg --add-architecture` would change the
//! machine.
//!
//! The tests get the folder in `AGX_TEST_ARM64_ROOT`, or in `AGX_TEST_ARM64_MISSING` why there is none, and fail with
//! that. `AGX_TEST_SKIP_ARM64=1` leaves AArch64 out.

use crate::command::printed;
use crate::{Error, debian};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder, for the tests.
const ROOT: &str = "AGX_TEST_ARM64_ROOT";
/// Why there is none, in one line.
const MISSING: &str = "AGX_TEST_ARM64_MISSING";
/// The user's wish to go without.
const SKIP: &str = "AGX_TEST_SKIP_ARM64";

/// What is called, for this machine; the rest is dependencies.
const TOOLS: [&str; 5] =
    ["gcc-aarch64-linux-gnu", "gobjc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user", "rustc-web"];
/// For arm64, of the very version of `rustc-web`.
const STANDARD_LIBRARY: &str = "libstd-rust-web-dev:arm64";

/// Makes sure that what `command` starts can build for AArch64 and run it, or can say why not. The folder, if it is
/// there.
pub(crate) fn provide(command: &mut Command, target: &Path) -> Option<PathBuf> {
    let wanted = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    if !wanted || env::var_os(SKIP).is_some_and(|value| value == "1") {
        return None;
    }
    let root = target.join("arm64");
    if !is_complete(&root) {
        eprintln!("fetching Debian's compilers and libraries for AArch64 to {}", root.display());
        if let Err(cause) = debian::fetch_by(download, &root) {
            let line = cause.lines().take(2).collect::<Vec<_>>().join(": ");
            command.env(MISSING, format!("Debian's packages for it cannot be fetched ({line})"));
            return None;
        }
    }
    command.env(ROOT, &root);
    Some(root)
}

fn is_complete(root: &Path) -> bool {
    let programs =
        ["rustc", "qemu-aarch64", "aarch64-linux-gnu-gcc"].map(|name| root.join("usr/bin").join(name));
    programs.iter().all(|program| program.exists())
        && root.join("usr/lib/rustlib/aarch64-unknown-linux-gnu").is_dir()
}

fn download(workplace: &Path) -> Result<(), Error> {
    download_tools(workplace, &TOOLS, &[STANDARD_LIBRARY])
}

/// `tools` with their dependencies, and `more` without.
pub(crate) fn download_tools(workplace: &Path, tools: &[&str], more: &[&str]) -> Result<(), Error> {
    let mut options = debian::own_lists(workplace)?;
    // Lists of both architectures are made at once, so that compiler and library are of one version.
    options.extend(["-o".into(), "APT::Architectures=amd64,arm64".into()]);
    if Path::new("/etc/apt/sources.list.d/debian.sources").exists() {
        // Other sources may have nothing for arm64.
        options.extend(["-o", "Dir::Etc::SourceList=sources.list.d/debian.sources"].map(Into::into));
        options.extend(["-o", "Dir::Etc::SourceParts=/dev/null"].map(Into::into));
    }
    let apt_get = |action: &str| {
        let mut command = debian::apt_get(workplace);
        command.args(&options).arg(action);
        command
    };
    printed(&mut apt_get("update"))?;
    let mut wanted =
        debian::installation(apt_get("install").args(["-o", "Dir::State::status=/dev/null"]), tools)?;
    let absent = debian::installation(&mut apt_get("install"), tools)?;
    wanted.retain(|package| is_needed(package) && (is_for_aarch64(package) || absent.contains(package)));
    wanted.extend(tools.iter().map(|&tool| tool.into()));
    printed(apt_get("download").args(&wanted).args(more)).map(drop)
}

/// A compiler finds its parts beside itself only, so they are fetched even where they are installed.
fn is_for_aarch64(package: &str) -> bool {
    package.contains("aarch64") || package.contains("arm64") || package.starts_with("libstd-rust")
}

/// Sanitisers, C++ and OpenMP are large, and nothing here uses them.
fn is_needed(package: &str) -> bool {
    let unused = ["libasan", "libhwasan", "liblsan", "libtsan", "libubsan", "libgomp", "libitm", "libstdc++"];
    !unused.iter().any(|name| package.starts_with(name))
}
