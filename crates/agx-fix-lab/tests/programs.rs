//! `agx-fix-lab programs`: a few, with their control.
//!
//! They need the Objective-C runtime, which `cargo xtask test` provides.

#![cfg(target_os = "linux")]

use assert_cmd::Command;
use tempfile::TempDir;

#[test]
fn random_programs_are_isolated_and_the_control_differs() {
    let cache = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_agx-fix-lab"));
    command.env("AGX_FIX_CACHE", cache.path()).args(["programs", "16"]);
    let output = command.args(["--preset", "per-encoder", "--preset", "isolate"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("| isolate     |       16 |      0 |             0 |"), "{text}");
}
