//! On Linux: Debian's Rust (compiler, cargo, clippy, sources) and LLVM (linker, lipo), unpacked to `<target>/macos/tools`
//! (0.6 GB). No root, nothing installed.

use crate::{Error, arm64, debian};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is called; the rest is dependencies. Compiler, cargo, clippy and sources come from one list, so they are of one
/// version.
const PACKAGES: [&str; 6] =
    ["rustc-web", "cargo-web", "rust-web-clippy", "rust-web-src", "lld-22", "llvm-22"];
const PROGRAMS: [&str; 5] = ["rustc", "cargo", "clippy-driver", "lld-22", "llvm-lipo-22"];

/// Debian's Rust, and what else of Debian's is in the folder.
pub(crate) struct Tools {
    root: PathBuf,
}

/// The tools below `folder`, fetched if they are not there.
pub(super) fn provide(folder: &Path) -> Result<Tools, Error> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("building for a Mac takes a Mac, or x86_64 Linux with Debian's packages".into());
    }
    let tools = Tools::at(folder.join("tools"));
    if !PROGRAMS.iter().all(|program| tools.program(program).exists()) {
        eprintln!("fetching Debian's Rust and LLVM to {}", tools.root.display());
        let fetched =
            debian::fetch_by(|workplace| arm64::download_tools(workplace, &PACKAGES, &[]), &tools.root);
        fetched.map_err(|cause| {
            format!("Debian's Rust and LLVM cannot be fetched, so nothing can be built for a Mac: {cause}")
        })?;
    }
    Ok(tools)
}

impl Tools {
    /// What has been fetched to `root`.
    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder that has `bin` and `lib`.
    pub(crate) fn sysroot(&self) -> PathBuf {
        self.root.join("usr")
    }

    fn program(&self, name: &str) -> PathBuf {
        self.root.join("usr/bin").join(name)
    }

    /// A program of the tools, which finds its libraries beside them.
    pub(super) fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(self.program(name));
        let inherited = env::var_os("LD_LIBRARY_PATH").filter(|list| !list.is_empty());
        let mut libraries = self.root.join("usr/lib/x86_64-linux-gnu").into_os_string();
        if let Some(inherited) = inherited {
            libraries.push(":");
            libraries.push(inherited);
        }
        command.env("LD_LIBRARY_PATH", libraries);
        command
    }

    /// Cargo with the compiler that belongs to it, whatever compiler the user has.
    pub(crate) fn compiler(&self) -> Command {
        let mut cargo = self.tool("cargo");
        for variable in
            ["RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO"]
        {
            cargo.env_remove(variable);
        }
        // cargo looks for clippy in PATH.
        let mut path = self.root.join("usr/bin").into_os_string();
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()));
        cargo.env("PATH", path).env("RUSTC", self.program("rustc")).env("RUSTDOC", self.program("rustdoc"));
        cargo
    }

    /// Cargo that links for a Mac against the stubs in the folder `sdk`.
    pub(super) fn cargo(&self, sdk: &Path) -> Command {
        let mut cargo = self.compiler();
        cargo.env("SDKROOT", sdk);
        for target in super::TARGETS {
            let variable = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_"));
            cargo.env(variable, self.program("lld-22"));
        }
        cargo
    }
}
