//! Finds the program that a command really executes, and whether the dynamic linker would load the library into it.
//!
//! If the dynamic linker ignores the library, it says nothing, and the program runs unguarded. If it ends the program, it does
//! not say what to do about it. So both are found out before the program is started.
//!
//! - `files`: the file system, from a root;
//! - `resolve`: `PATH`, scripts, `env`; `shebang`: the lines that scripts begin with;
//! - `python`: virtual environments, and the program that a framework's Python becomes;
//! - `macos`: dyld's rules; `linux`: those of glibc's dynamic linker. Both are functions of what was read.
//!
//! Nothing here depends on the system that it runs on: macOS's rules are tested on Linux, on files that the tests make.

mod files;
#[cfg(test)]
pub(crate) mod fixture;
mod linux;
mod macos;
pub(crate) mod python;
mod resolve;
mod shebang;

pub(crate) use files::Files;
pub(crate) use macos::Machine;
pub(crate) use resolve::{Target, resolve};

use agx_fix_engine::error::{Error, Result};
pub(crate) use agx_fix_engine::inject::System;
use agx_fix_macho::{Architecture, Binary};
use std::ffi::OsString;
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// What is asked about a target besides its words.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) system: System,
    pub(crate) files: Files,
    /// `PATH`.
    pub(crate) search: Option<OsString>,
    pub(crate) machine: Machine,
}

impl Surroundings {
    /// This machine, and this process's environment.
    pub(crate) fn here() -> Self {
        let architecture =
            if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86_64 };
        let library = Binary::parse(agx_fix_bundle::LIBRARY.bytes);
        Self {
            system: System::THIS,
            files: Files::all(),
            search: std::env::var_os("PATH"),
            machine: Machine {
                architecture,
                library: library.map(|it| it.architectures()).unwrap_or_default(),
            },
        }
    }
}

/// Why the library does not get into a program, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) path: PathBuf,
    /// A predicate: "is setuid, and ...".
    pub(crate) cause: String,
    /// An imperative: "use ...".
    pub(crate) remedy: String,
}

impl Refusal {
    pub(crate) fn new(path: impl Into<PathBuf>, cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.into(), cause: cause.into(), remedy: remedy.into() }
    }

    /// Path and cause, as a sentence without its end.
    pub(crate) fn finding(&self) -> String {
        format!("{} {}", self.path.display(), self.cause)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, so it was not started; {}", self.finding(), self.remedy)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.to_string())
    }
}

const SET_ID_BITS: u32 = 0o6000;

/// Whether macOS protects the file from changes, also by root (the flag `restricted` of `ls -lO`).
#[cfg(target_os = "macos")]
fn is_restricted(metadata: &std::fs::Metadata) -> bool {
    use std::os::macos::fs::MetadataExt as _;
    /// `SF_RESTRICTED` of `sys/stat.h`.
    const RESTRICTED: u32 = 0x0008_0000;
    metadata.st_flags() & RESTRICTED != 0
}

#[cfg(not(target_os = "macos"))]
fn is_restricted(_: &std::fs::Metadata) -> bool {
    false
}

/// One program of a target, which takes the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) real: PathBuf,
    /// The architectures that the file is for; none where the system has one only.
    pub(crate) slices: Vec<Architecture>,
    /// The one that runs here.
    pub(crate) runs: Option<Architecture>,
}

/// Refuses a target of which some program would run without the library, or not at all because of it.
pub(crate) fn check(target: &Target, around: &Surroundings) -> std::result::Result<Vec<Program>, Refusal> {
    target.programs.iter().map(|path| check_program(path, target, around)).collect()
}

fn check_program(
    path: &std::path::Path,
    target: &Target,
    around: &Surroundings,
) -> std::result::Result<Program, Refusal> {
    let unreadable = |cause: std::io::Error| {
        Refusal::new(path, format!("cannot be read ({cause})"), "make it readable for this user")
    };
    let metadata = around.files.metadata(path).map_err(unreadable)?;
    let real = around.files.real(path).map_err(unreadable)?;
    if metadata.mode() & SET_ID_BITS != 0 {
        let cause = "is setuid or setgid, and the system loads no foreign library into such a program";
        let remedy = "use a copy without these rights (`cp`, then `chmod ug-s`)";
        return Err(Refusal::new(real, cause, remedy));
    }
    match around.system {
        System::Linux => linux::check(real, around.files.open(path).map_err(unreadable)?),
        System::Macos => {
            macos::check_place(&real, is_restricted(&metadata), target)?;
            let bytes = around.files.read(path).map_err(unreadable)?;
            macos::check(&real, &bytes, &around.machine)
        }
    }
}

/// Resolves and checks a command.
pub(crate) fn examine(words: &[OsString], around: &Surroundings) -> Result<Target> {
    let target = resolve(words, around)?;
    check(&target, around)?;
    Ok(target)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
