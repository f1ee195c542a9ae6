//! Compiles host programs, runs them with the injected library, and reads what the library wrote.
//!
//! A host is one hazard: `hosts/NAME.m`, compiled by GCC's Objective-C and linked against the simulated driver. The
//! tests run it bare and with the library.
//!
//! The compiler is the system's; where that has no Objective-C, `AGX_TEST_GOBJC_ROOT` names a folder that Debian's
//! packages `gobjc-N` and `libobjc-N-dev` were unpacked to (`cargo xtask test` does both).

#![forbid(unsafe_code)]

pub mod apple_abi;
pub mod fidelity;

use agx_fix_interface::Document as _;
use agx_fix_interface::statistics::Statistics;
use fidelity::Machine;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// All presets of the library.
pub const PRESETS: [&str; 6] =
    ["none", "associated-object", "global", "per-encoder", "per-command-buffer", "isolate"];

/// The libraries, unpacked, and a folder for hosts. Dropping it deletes both.
#[derive(Debug)]
pub struct Lab {
    folder: TempDir,
    /// The injected library.
    pub library: PathBuf,
    /// The simulated driver.
    pub simulator: PathBuf,
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// Unpacks the libraries into a folder of the test's own.
    ///
    /// # Panics
    /// The folder cannot be written, or there is no simulator for this system.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let unpack = |artifact: &agx_fix_bundle::Artifact| artifact.unpack(folder.path()).expect("a library");
        let library = unpack(&agx_fix_bundle::LIBRARY);
        let simulator = unpack(agx_fix_bundle::SIMULATOR.as_ref().expect("a simulator for this system"));
        Self { folder, library, simulator }
    }

    /// A path in the test's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Compiles `hosts/NAME.m`.
    ///
    /// # Panics
    /// It does not compile; the compiler's message says why.
    pub fn compile(&self, name: &str) -> PathBuf {
        let program = self.path(name);
        let more = [self.simulator.clone().into(), "-rdynamic".into(), "-ldl".into()];
        Machine::native().compile(&host(name), &program, &more);
        program
    }

    /// A program that will run without the library.
    pub fn bare(&self, program: impl AsRef<Path>) -> Command {
        Machine::native().start(program.as_ref(), None)
    }

    /// A program that will run with the library, which writes its statistics at exit.
    pub fn injected(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Machine::native().start(program.as_ref(), Some(&self.library));
        command.env("AGX_FIX_STATS", self.path("statistics"));
        command
    }

    /// The statistics of each process that has ended normally under injection, in that order.
    ///
    /// # Panics
    /// A line is not what the library writes.
    pub fn statistics(&self) -> Vec<Statistics> {
        let text = std::fs::read_to_string(self.path("statistics")).unwrap_or_default();
        text.lines().map(|line| Statistics::from_json(line).expect("statistics")).collect()
    }
}

/// The source of a host program.
pub fn host(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("hosts").join(name).with_extension("m")
}

fn objective_c_flags() -> Vec<String> {
    let mut flags = Vec::new();
    if let Some(root) = std::env::var_os("AGX_TEST_GOBJC_ROOT").map(PathBuf::from) {
        let found = Command::new("gcc").arg("-print-libgcc-file-name").output().expect("gcc");
        let libgcc = PathBuf::from(String::from_utf8_lossy(&found.stdout).trim());
        let folder = libgcc.parent().expect("gcc's folder").strip_prefix("/").expect("an absolute path");
        let folder = root.join(folder);
        flags.push(format!("-B{}/", folder.display()));
        flags.push(format!("-I{}", folder.join("include").display()));
    }
    let paths = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let runtime =
        std::env::split_paths(&paths).map(|folder| folder.join("libobjc.so.4")).find(|file| file.exists());
    flags.push(runtime.map_or("-lobjc".into(), |file| file.display().to_string()));
    flags
}

/// Runs a program to its end.
///
/// # Panics
/// It cannot be started.
pub fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

/// The program ended well; what it printed.
///
/// # Panics
/// It did not; the message has what it said.
pub fn success(command: &mut Command) -> String {
    let output = run(command);
    assert!(
        output.status.success(),
        "{:?}: {}\n{}",
        command,
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The signal that ended a program, if one did.
pub fn signal(output: &Output) -> Option<i32> {
    output.status.signal()
}
