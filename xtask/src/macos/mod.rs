//! Cargo for the Mac's two targets: on a Mac the user's own with Xcode's tools, on Linux Debian's with LLVM's linker and
//! the stubs of `macos/sdk`.
//!
//! - `cross`: Debian's compiler and LLVM, unpacked below the target folder;
//! - `standard`: Rust's standard library for a Mac, built from Debian's sources;
//! - `native`: Xcode's tools.
//!
//! Nothing of Apple's is fetched. A stub (`.tbd`) is a text that says which library has which name; it is all that a
//! linker wants to know of a library.

mod cross;
mod native;
mod standard;

pub(crate) use cross::Tools;

use crate::Error;
use crate::command::any_cargo;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Apple silicon first.
pub(crate) const TARGETS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-apple-darwin"];
/// The oldest macOS that is served: the first on Apple silicon.
pub(crate) const OLDEST_MACOS: &str = "11.0";

/// What builds for a Mac.
pub(crate) struct Toolchain {
    kind: Kind,
    /// Where cargo builds. Not the usual folder: another cargo may hold the lock of that one, this one's among them.
    pub(crate) target_dir: PathBuf,
    root: PathBuf,
}

enum Kind {
    Native,
    Cross(cross::Tools),
}

impl Toolchain {
    /// Makes sure that everything is there. `target` is cargo's target folder, `root` that of the workspace.
    pub(crate) fn provide(target: &Path, root: &Path) -> Result<Self, Error> {
        let kind = if cfg!(target_os = "macos") {
            native::check(&TARGETS)?;
            Kind::Native
        } else {
            let tools = cross::provide(&target.join("macos"))?;
            standard::provide(&tools)?;
            Kind::Cross(tools)
        };
        Ok(Self { kind, target_dir: target.join("macos/build"), root: root.to_owned() })
    }

    /// Cargo, for these targets. `arguments` begin with the subcommand.
    pub(crate) fn cargo(&self, targets: &[&str], arguments: &[&str]) -> Command {
        let (subcommand, rest) = arguments.split_first().expect("there is a subcommand");
        let mut cargo = match &self.kind {
            Kind::Native => any_cargo(),
            Kind::Cross(tools) => tools.cargo(&self.root.join("macos/sdk")),
        };
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_MANIFEST_DIR"] {
            cargo.env_remove(variable);
        }
        // What comes out is to depend on the sources alone.
        for (variable, _) in
            env::vars_os().filter(|(it, _)| it.to_string_lossy().starts_with("CARGO_PROFILE_"))
        {
            cargo.env_remove(variable);
        }
        cargo.env("CARGO_INCREMENTAL", "0").env("MACOSX_DEPLOYMENT_TARGET", OLDEST_MACOS);
        cargo.current_dir(&self.root);
        cargo.env("CARGO_TARGET_DIR", &self.target_dir);
        cargo.arg(subcommand);
        for target in targets {
            cargo.args(["--target", target]);
            let variable = format!("CARGO_TARGET_{}_RUSTFLAGS", target.to_uppercase().replace('-', "_"));
            cargo.env(variable, self.compiler_flags().join(" "));
        }
        cargo.args(rest);
        cargo
    }

    /// The tool that makes one file of several architectures.
    pub(crate) fn lipo(&self) -> Command {
        match &self.kind {
            Kind::Native => Command::new("lipo"),
            Kind::Cross(tools) => tools.tool("llvm-lipo-22"),
        }
    }

    /// An argument for the linker, as the compiler takes it.
    pub(crate) fn link_argument(&self, argument: &str) -> String {
        match &self.kind {
            // There the linker is called by clang.
            Kind::Native => format!("-Clink-arg=-Wl,{}", argument.replace(' ', ",")),
            Kind::Cross(_) => {
                argument.split(' ').map(|word| format!("-Clink-arg={word}")).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Both linkers sign what they write, drop the libraries that nothing is used of, and leave out what is for debuggers
    /// alone: it is full of paths.
    fn compiler_flags(&self) -> Vec<String> {
        let mut flags = match &self.kind {
            Kind::Native => Vec::new(),
            Kind::Cross(_) => vec!["-Clinker-flavor=ld64.lld".to_owned()],
        };
        flags.push("-Cstrip=none".to_owned());
        flags.extend(["-adhoc_codesign", "-dead_strip_dylibs", "-S", "-x"].map(|it| self.link_argument(it)));
        flags.extend(
            registries().iter().map(|path| format!("--remap-path-prefix={}=registry", path.display())),
        );
        flags
    }
}

/// Where cargo keeps the sources of dependencies, which messages of panics name.
fn registries() -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let folders = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let mut folders: Vec<PathBuf> = folders.into_iter().flatten().flatten().map(|it| it.path()).collect();
    folders.sort();
    folders
}
