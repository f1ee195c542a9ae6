//! The commands of the tool, run as programs: what passes through them, what they refuse, and that they leave nothing behind.
//!
//! Tests that use Metal need the Objective-C runtime, which `cargo xtask test` provides.

mod doctor;
mod run;
mod stress;

use agx_fix_interface::options::ROWS;
use assert_cmd::Command;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

const TOOL: &str = env!("CARGO_BIN_EXE_agx-fix");

/// A folder with a cache of its own. Gone when dropped.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, content: &[u8], mode: u32) -> PathBuf {
        fs::write(self.path(name), content).unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
        self.path(name)
    }

    /// A path that cannot be: its folder is a file.
    fn below_a_file(&self) -> PathBuf {
        self.file("file", b"", 0o644).join("below")
    }

    /// The tool, without options in its environment.
    fn tool(&self, command: &str, arguments: &[&str]) -> Command {
        let mut tool = Command::new(TOOL);
        for row in ROWS {
            tool.env_remove(row.variable);
        }
        tool.env("AGX_FIX_CACHE", self.path("cache")).arg(command).args(arguments);
        tool
    }

    /// The simulator, for a program that is not the tool's own child.
    #[cfg(target_os = "linux")]
    fn simulator(&self) -> PathBuf {
        let simulator = agx_fix_bundle::SIMULATOR.as_ref().expect("a simulator on Linux");
        simulator.unpack(&self.path("cache")).unwrap()
    }
}

/// Exit code, standard output, standard error.
fn said(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// What is said on standard error, in one line but for a wrong command line, with this exit code and no output.
fn refused(command: &mut Command, code: i32) -> String {
    let (found, stdout, stderr) = said(command);
    assert_eq!((found, stdout.as_str()), (code, ""), "{stderr}");
    assert!(code == 2 || stderr.lines().count() == 1, "{stderr}");
    stderr
}
