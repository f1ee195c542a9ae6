//! GCC's Objective-C compiler, for tests that build host programs: the system's, or fetched to `<target>/gobjc`.
//!
//! What a test calls, with `gcc` and its C compiler from the system in both cases:
//!
//! - `AGX_TEST_GOBJC_ROOT` is not set: `gcc -fobjc-exceptions host.m -lobjc`.
//! - It is set, to the folder that the packages were unpacked to:
//!   `gcc -B $AGX_TEST_GOBJC_ROOT/usr/lib/gcc/<gcc -dumpmachine>/<gcc -dumpversion>/ -fobjc-exceptions host.m -lobjc`.
//!   With `-B` (its slash at the end matters) gcc finds the compiler proper `cc1obj`, the headers `objc/*.h` and the
//!   link `libobjc.so` in that folder; `-I` and `-L` are not needed. The runtime is unpacked beside them, so that the
//!   link leads somewhere.
//!
//! `-fobjc-exceptions` is for `@throw` and `@try`. The program finds the runtime by `LD_LIBRARY_PATH`, which is set
//! for the tests.

use crate::{Error, debian, runtime};
use std::path::Path;
use std::process::Command;

/// The variable that tells tests where the compiler is.
const ROOT: &str = "AGX_TEST_GOBJC_ROOT";

/// Makes sure that what `command` starts can compile Objective-C.
pub(crate) fn provide(command: &mut Command, target: &Path) -> Result<(), Error> {
    if cfg!(target_os = "macos") || system_compiles_objective_c()? {
        command.env_remove(ROOT);
        return Ok(());
    }
    let root = target.join("gobjc");
    // `gcc -dumpversion` is 12 on Debian and 12.2.0 elsewhere; packages have the major version in their names.
    let version = gcc("-dumpversion")?;
    let major = version.split('.').next().unwrap_or(&version);
    let compiler = root.join("usr/lib/gcc").join(gcc("-dumpmachine")?).join(&version).join("cc1obj");
    if !compiler.is_file() {
        fetch(major, &root)?;
    }
    if !compiler.is_file() {
        return Err(format!("the package gobjc-{major} has no {}", compiler.display()));
    }
    command.env(ROOT, root);
    Ok(())
}

fn fetch(major: &str, root: &Path) -> Result<(), Error> {
    let packages = [format!("gobjc-{major}"), format!("libobjc-{major}-dev"), runtime::PACKAGE.to_owned()];
    debian::fetch(&packages.each_ref().map(String::as_str), root).map_err(|cause| {
        format!(
            "GCC's Objective-C compiler is not installed and cannot be fetched, so the tests' host programs cannot \
             be built; install gobjc (Debian, Ubuntu) or gcc-objc (Fedora, Arch): {cause}"
        )
    })?;
    eprintln!("gcc has no Objective-C: fetched Debian's {} to {}", packages.join(", "), root.display());
    Ok(())
}

/// gcc prints a path for a program that it has, and the bare name for one that it has not.
fn system_compiles_objective_c() -> Result<bool, Error> {
    Ok(Path::new(&gcc("-print-prog-name=cc1obj")?).is_file())
}

fn gcc(question: &str) -> Result<String, Error> {
    let missing = |cause: &str| {
        format!(
            "gcc cannot be asked for {question} ({cause}), so the tests' host programs cannot be built; install gcc"
        )
    };
    let output = Command::new("gcc").arg(question).output().map_err(|cause| missing(&cause.to_string()))?;
    if !output.status.success() {
        return Err(missing(&output.status.to_string()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
