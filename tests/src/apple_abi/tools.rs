//! The compilers: those for AArch64 Linux, and clang and LLVM, unpacked by `cargo xtask apple-abi`.

use crate::fidelity::arm64;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names clang's folder.
const ROOT: &str = "AGX_TEST_APPLE_ROOT";

/// Apple's convention, in objects for Linux.
const ELF_TRIPLE: &str = "arm64-apple-macosx11.0.0-elf";

/// The compilers, the linker and the emulator.
#[derive(Debug)]
pub struct Tools {
    /// What AArch64 Linux needs.
    arm64: PathBuf,
    /// clang, LLVM and Rust's `core` for Apple's arm64.
    apple: PathBuf,
}

impl Tools {
    /// `None` where `cargo xtask apple-abi` has not started this program.
    ///
    /// # Panics
    /// The folder for AArch64 Linux is missing.
    pub fn find() -> Option<Self> {
        let apple = env::var_os(ROOT).map(PathBuf::from).filter(|root| root.is_dir())?;
        Some(Self { arm64: arm64::root()?, apple })
    }

    /// clang's Objective-C, for GCC's runtime.
    pub(super) fn clang(&self) -> Command {
        let mut clang = self.command(&self.apple.join("usr/bin/clang-22"));
        clang.args([&format!("--target={ELF_TRIPLE}"), "-fobjc-runtime=gcc", "-nostdlibinc"]);
        // For Apple's own headers; the C library's have a macro of that name.
        clang.arg("-U__nonnull");
        clang.arg("-isystem").arg(self.arm64.join("usr/aarch64-linux-gnu/include"));
        clang.arg("-isystem").arg(self.objective_c_headers());
        clang
    }

    /// Rust for Apple's arm64, without a linker for it.
    pub(super) fn rustc(&self) -> Command {
        let mut rustc = self.command(&self.arm64.join("usr/bin/rustc"));
        rustc.args(["--edition=2024", "--target=aarch64-apple-darwin", "-Cpanic=abort", "-Copt-level=2"]);
        rustc.arg("-L").arg(self.apple.join("core"));
        rustc.env_remove("RUSTUP_TOOLCHAIN");
        rustc
    }

    /// From LLVM's intermediate language to objects.
    pub(super) fn llc(&self) -> Command {
        let mut llc = self.command(&self.apple.join("usr/bin/llc-22"));
        llc.args([&format!("-mtriple={ELF_TRIPLE}"), "-O2", "-filetype=obj", "-relocation-model=pic"]);
        // What is not called, and would need `core`, can be left out.
        llc.args(["-function-sections", "-data-sections"]);
        llc
    }

    /// C for AArch64 Linux, and the linker.
    pub(super) fn gcc(&self) -> Command {
        arm64::gcc(&self.arm64)
    }

    /// The emulator.
    pub(super) fn emulator(&self) -> Command {
        arm64::emulator(&self.arm64)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let libraries = [&self.apple, &self.arm64].map(|root| arm64::host_libraries(root));
        let paths = env::join_paths(libraries).expect("cargo's target folder has no colon in its name");
        command.env("LD_LIBRARY_PATH", paths);
        command
    }

    /// GCC's, which are beside its own headers that clang must not find.
    fn objective_c_headers(&self) -> PathBuf {
        let versions = self.arm64.join("usr/lib/gcc-cross/aarch64-linux-gnu");
        let entries = fs::read_dir(&versions).expect("the folder of GCC's versions");
        let mut includes = entries.flatten().map(|version| version.path().join("include"));
        includes.find(|folder| folder.join("objc/objc.h").exists()).expect("GCC's Objective-C headers")
    }
}
