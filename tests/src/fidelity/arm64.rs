//! AArch64 Linux by emulation: Debian's cross compilers, its Rust standard library for arm64, and qemu, unpacked by
//! `cargo xtask test` into one folder, without root.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const TRIPLE: &str = "aarch64-unknown-linux-gnu";

/// Names the folder.
const ROOT: &str = "AGX_TEST_ARM64_ROOT";
/// Says why there is none.
const MISSING: &str = "AGX_TEST_ARM64_MISSING";
/// Leaves AArch64 out.
const SKIP: &str = "AGX_TEST_SKIP_ARM64";

/// The folder. `None` where this machine is an AArch64 itself, or the user leaves it out.
///
/// # Panics
/// There is none.
pub(crate) fn root() -> Option<PathBuf> {
    if cfg!(target_arch = "aarch64") {
        return None;
    }
    if env::var_os(SKIP).is_some_and(|value| value == "1") {
        eprintln!("AArch64 was left out, as {SKIP}=1 says");
        return None;
    }
    let root = env::var_os(ROOT).map(PathBuf::from).filter(|root| root.is_dir());
    let Some(root) = root else {
        let reason = env::var(MISSING).unwrap_or_else(|_| format!("{ROOT} names no folder"));
        panic!(
            "AArch64 cannot be tested: {reason}; run the tests by `cargo xtask test`, or go without by {SKIP}=1"
        );
    };
    Some(root)
}

pub(crate) fn gcc(root: &Path) -> Command {
    let mut gcc = Command::new(tool(root, "aarch64-linux-gnu-gcc"));
    // The linker scripts of the C library name absolute paths.
    gcc.arg(sysroot(root)).env("LD_LIBRARY_PATH", host_libraries(root));
    gcc
}

/// The emulator, ready for the program's path. The program does not see this machine's libraries.
pub(crate) fn emulator(root: &Path) -> Command {
    let mut emulator = Command::new(tool(root, "qemu-aarch64"));
    emulator.arg("-L").arg(root.join("usr/aarch64-linux-gnu")).args(["-U", "LD_LIBRARY_PATH"]);
    emulator.env("LD_LIBRARY_PATH", host_libraries(root)).env_remove("LD_PRELOAD");
    emulator
}

/// Makes cargo build with the folder's compiler, which has a standard library for arm64.
pub(crate) fn configure(cargo: &mut Command, root: &Path) {
    cargo.env("RUSTC", tool(root, "rustc")).env("LD_LIBRARY_PATH", host_libraries(root));
    cargo.env_remove("RUSTUP_TOOLCHAIN");
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", tool(root, "aarch64-linux-gnu-gcc"));
    let flags = format!("-Clink-arg={}", sysroot(root));
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS", flags);
}

fn tool(root: &Path, name: &str) -> PathBuf {
    root.join("usr/bin").join(name)
}

fn sysroot(root: &Path) -> String {
    format!("--sysroot={}", root.display())
}

/// What the folder's own programs need.
pub(crate) fn host_libraries(root: &Path) -> PathBuf {
    root.join(format!("usr/lib/{}-linux-gnu", env::consts::ARCH))
}
