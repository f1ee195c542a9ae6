//! GCC's Objective-C runtime, `libobjc.so.4`: the system's, or fetched to `<target>/runtime`. macOS has its own.

use crate::{Error, debian};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The library.
pub(crate) const LIBRARY: &str = "libobjc.so.4";
/// The Debian package.
pub(crate) const PACKAGE: &str = "libobjc4";

/// Makes sure that what `command` starts can load the runtime.
pub(crate) fn provide(command: &mut Command, target: &Path) -> Result<(), Error> {
    if cfg!(target_os = "macos") || is_installed() {
        return Ok(());
    }
    let library = match find(&target.join("runtime")) {
        Some(library) => library,
        None => fetch(&target.join("runtime"))?,
    };
    let folder = library.parent().expect("it is in a folder").to_owned();
    let inherited = env::var_os("LD_LIBRARY_PATH").filter(|list| !list.is_empty());
    let list = env::join_paths(std::iter::once(folder).chain(inherited.iter().flat_map(env::split_paths)));
    let list = list.map_err(|cause| format!("{LIBRARY} cannot be put into LD_LIBRARY_PATH: {cause}"))?;
    command.env("LD_LIBRARY_PATH", list);
    Ok(())
}

fn fetch(folder: &Path) -> Result<PathBuf, Error> {
    debian::fetch(&[PACKAGE], folder).map_err(|cause| {
        format!(
            "GCC's Objective-C runtime, {LIBRARY}, is not installed and cannot be fetched, so there is no Metal to \
             run on; install libobjc4 (Debian, Ubuntu), libobjc (Fedora) or gcc-objc (Arch): {cause}"
        )
    })?;
    eprintln!("{LIBRARY} is not installed: fetched Debian's {PACKAGE} to {}", folder.display());
    find(folder).ok_or_else(|| format!("the package {PACKAGE} has no {LIBRARY}"))
}

/// The library below a folder with an unpacked package: in the architecture's folder of `usr/lib`.
fn find(folder: &Path) -> Option<PathBuf> {
    let architectures = folder.join("usr/lib").read_dir().ok()?;
    architectures.filter_map(Result::ok).map(|it| it.path().join(LIBRARY)).find(|path| path.is_file())
}

/// Whether the dynamic linker finds the library by itself.
fn is_installed() -> bool {
    let own = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let triple = format!("{}-linux-gnu", env::consts::ARCH);
    let usual = ["/usr/lib64", "/usr/lib", "/usr/local/lib"].map(PathBuf::from).into_iter();
    let usual = usual.chain([Path::new("/usr/lib").join(triple)]);
    env::split_paths(&own).chain(usual).any(|folder| folder.join(LIBRARY).is_file()) || is_in_linker_cache()
}

fn is_in_linker_cache() -> bool {
    // It is in a folder that is not in every user's PATH.
    ["ldconfig", "/usr/sbin/ldconfig", "/sbin/ldconfig"].into_iter().any(|program| {
        let output = Command::new(program).arg("-p").output();
        output.is_ok_and(|output| lists_library(&String::from_utf8_lossy(&output.stdout)))
    })
}

/// `ldconfig -p` has a line for each library and architecture: `libobjc.so.4 (libc6,x86-64) => /lib/...`.
fn lists_library(cache: &str) -> bool {
    let architecture = if cfg!(target_arch = "aarch64") { "AArch64" } else { "x86-64" };
    let ours = |line: &str| line.trim_start().starts_with(LIBRARY) && line.contains(architecture);
    cache.lines().any(ours)
}

#[cfg(test)]
mod tests {
    use super::lists_library;

    #[test]
    fn only_the_own_architecture_counts() {
        let own = if cfg!(target_arch = "aarch64") { "AArch64" } else { "x86-64" };
        assert!(lists_library(&format!("2 libs\n\tlibobjc.so.4 (libc6,{own}) => /lib/libobjc.so.4\n")));
        assert!(!lists_library("\tlibobjc.so.4 (libc6) => /lib32/libobjc.so.4\n"));
        assert!(!lists_library(&format!("\tlibobjc_gc.so.4 (libc6,{own}) => /lib/libobjc_gc.so.4\n")));
    }
}
