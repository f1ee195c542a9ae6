//! `agx-fix run`: what passes through it, and what it refuses.

use assert_cmd::Command;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PRELOAD: &str = if cfg!(target_vendor = "apple") { "DYLD_INSERT_LIBRARIES" } else { "LD_PRELOAD" };

/// `agx-fix run` with a cache folder of its own.
fn run(cache: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agx-fix"));
    command.env("AGX_FIX_CACHE", cache).arg("run").args(arguments);
    for name in ["AGX_FIX_PRESET", "AGX_FIX_STATS", "AGX_FIX_VERBOSE", "AGX_FIX_LATE_CALL"] {
        command.env_remove(name);
    }
    command
}

/// The value of `expression` in the shell that was started with these options.
fn inside(cache: &Path, options: &[&str], expression: &str) -> String {
    let script = format!("echo \"{expression}\"");
    let output = run(cache, options).args(["--", "sh", "-c", &script]).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap().trim_end().to_owned()
}

/// One line on standard error, and this exit code.
fn refused(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(code == 2 || stderr.lines().count() == 1, "{stderr}");
    stderr
}

fn file(folder: &TempDir, name: &str, content: &[u8], mode: u32) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

#[test]
fn exit_codes_pass_through() {
    let cache = TempDir::new().unwrap();
    run(cache.path(), &["sh", "-c", "exit 7"]).assert().code(7);
    run(cache.path(), &["true"]).assert().success();
}

#[test]
fn signals_pass_through() {
    let cache = TempDir::new().unwrap();
    let output = run(cache.path(), &["--", "sh", "-c", "kill -9 $$"]).output().unwrap();
    assert_eq!(output.status.signal(), Some(9));
}

#[test]
fn the_library_comes_before_those_that_are_preloaded_already() {
    let cache = TempDir::new().unwrap();
    let list = inside(cache.path(), &[], &format!("${PRELOAD}"));
    let library = list.split(':').next().unwrap();
    assert!(Path::new(library).is_file() && library.starts_with(cache.path().to_str().unwrap()), "{list}");
}

#[test]
fn options_become_variables() {
    let cache = TempDir::new().unwrap();
    let all = "$AGX_FIX_PRESET $AGX_FIX_VERBOSE $AGX_FIX_LATE_CALL $AGX_FIX_STATS";
    let options = ["--preset", "global", "--verbose", "--late-call", "abort", "--stats"];
    assert_eq!(inside(cache.path(), &options, all), "global 1 abort 1");
    // Each option that has a flag is one of the table's.
    let rows = ["--misuse", "strict", "--wait-ms", "7", "--lock-warn-ms=0", "--stats-held"];
    let all_rows = "$AGX_FIX_MISUSE $AGX_FIX_WAIT_MS $AGX_FIX_LOCK_WARN_MS $AGX_FIX_STATS_HELD";
    assert_eq!(inside(cache.path(), &rows, all_rows), "strict 7 0 1");
    assert_eq!(inside(cache.path(), &[], all).trim(), "", "what is not given is left to the environment");
}

#[test]
fn a_flag_of_before_still_works_and_says_what_it_is_called_now() {
    let cache = TempDir::new().unwrap();
    let mut command = run(cache.path(), &["--strategy", "isolate", "--mode=guard", "--", "sh", "-c"]);
    let output = command.arg("echo $AGX_FIX_PRESET $AGX_FIX_MISUSE").assert().success().get_output().clone();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "isolate prevent\n");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("--strategy still works, but its name is now --preset isolate"), "{said}");
    assert!(said.contains("--mode still works, but its name is now --misuse prevent"), "{said}");
}

#[test]
fn a_statistics_file_is_made_empty_and_its_path_absolute() {
    let cache = TempDir::new().unwrap();
    let folder = TempDir::new().unwrap();
    let old = file(&folder, "stats.json", b"old", 0o644);
    let mut command = run(cache.path(), &["--stats=stats.json", "--", "sh", "-c", "echo $AGX_FIX_STATS"]);
    let output = command.current_dir(folder.path()).assert().success().get_output().clone();
    let path = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
    assert_eq!(path.canonicalize().unwrap(), old.canonicalize().unwrap());
    assert!(path.is_absolute());
    assert_eq!(fs::read(&old).unwrap(), b"");
}

#[test]
fn arguments_of_the_program_stay_its_own() {
    let cache = TempDir::new().unwrap();
    run(cache.path(), &["echo", "--preset", "-v", "--help"])
        .assert()
        .success()
        .stdout("--preset -v --help\n");
}

#[test]
fn a_wrong_command_line_is_code_2() {
    let cache = TempDir::new().unwrap();
    let said = refused(&mut run(cache.path(), &["--preset", "bogus", "--", "true"]), 2);
    assert!(said.contains("bogus") && said.contains("per-encoder"), "{said}");
    refused(&mut run(cache.path(), &["--late-call", "maybe", "--", "true"]), 2);
    refused(&mut run(cache.path(), &[]), 2);
}

#[test]
fn a_program_that_cannot_be_started_is_code_1() {
    let cache = TempDir::new().unwrap();
    let folder = TempDir::new().unwrap();
    let missing = refused(&mut run(cache.path(), &["no-such-command-anywhere"]), 1);
    assert!(missing.contains("no-such-command-anywhere"), "{missing}");
    let plain = file(&folder, "plain", b"#!/bin/sh\n", 0o644);
    let said = refused(&mut run(cache.path(), &[plain.to_str().unwrap()]), 1);
    assert!(said.contains("not executable"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_static_program_is_code_1() {
    let cache = TempDir::new().unwrap();
    let folder = TempDir::new().unwrap();
    let mut header = fs::read(env!("CARGO_BIN_EXE_agx-fix")).unwrap()[..64].to_vec();
    // No program headers: no interpreter.
    header[56..58].fill(0);
    let program = file(&folder, "static", &header, 0o755);
    let said = refused(&mut run(cache.path(), &[program.to_str().unwrap()]), 1);
    assert!(said.contains("statically linked"), "{said}");
}

/// What `--confirm` says of a command, whose exit code is this.
#[cfg(target_os = "linux")]
fn confirmed(cache: &Path, command: &[&str], code: i32) -> String {
    let arguments = [&["--confirm", "--"], command].concat();
    let output = run(cache, &arguments).assert().code(code).get_output().clone();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

#[test]
#[cfg(target_os = "linux")]
fn confirm_says_that_there_was_no_metal_and_passes_the_ending_on() {
    let cache = TempDir::new().unwrap();
    let said = confirmed(cache.path(), &["sh", "-c", "exit 7"], 7);
    assert!(said.contains("without a Metal device") && said.contains("which was loaded"), "{said}");
    confirmed(cache.path(), &["sh", "-c", "kill -9 $$"], 128 + 9);
    // A program that takes the library out of the environment of what it starts has it nevertheless.
    let said = confirmed(cache.path(), &["env", "-u", PRELOAD, "true"], 0);
    assert!(said.contains("which was loaded"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn confirm_says_what_was_hooked_also_of_a_program_that_crashes() {
    let cache = TempDir::new().unwrap();
    let tool = env!("CARGO_BIN_EXE_agx-fix");
    let probe = |options: &[&str], command: &[&str], code: i32| {
        let arguments = [&["--confirm"], options, &["--"], command].concat();
        let mut run = run(cache.path(), &arguments);
        run.env("AGX_SIM_LIBRARY", simulator(cache.path()));
        let output = run.assert().code(code).get_output().clone();
        String::from_utf8(output.stderr).unwrap()
    };
    let said = probe(&[], &[tool, "probe"], 0);
    assert!(said.contains("hooked Metal in 1 process") && !said.contains("(0 classes)"), "{said}");
    let script = format!("{tool} probe; {tool} probe; kill -9 $$");
    assert!(probe(&[], &["sh", "-c", &script], 137).contains("in 2 processes"));
    assert!(probe(&[], &["env", "AGX_FIX_DISABLE=1", tool, "probe"], 0).contains("hooked nothing"));
}

/// The simulator, unpacked by the tool.
#[cfg(target_os = "linux")]
fn simulator(cache: &Path) -> PathBuf {
    agx_fix_bundle::SIMULATOR.as_ref().expect("a simulator on Linux").unpack(cache).unwrap()
}

#[test]
fn a_cache_that_cannot_be_used_is_code_1() {
    let folder = TempDir::new().unwrap();
    let below_a_file = file(&folder, "file", b"", 0o644).join("cache");
    let said = refused(&mut run(&below_a_file, &["true"]), 1);
    assert!(said.contains("AGX_FIX_CACHE"), "{said}");
    let with_colon = folder.path().join("a:b");
    let said = refused(&mut run(&with_colon, &["true"]), 1);
    assert!(said.contains("colon") && !with_colon.exists(), "{said}");
}

#[test]
fn a_statistics_file_that_cannot_be_written_starts_nothing() {
    let cache = TempDir::new().unwrap();
    let folder = TempDir::new().unwrap();
    let below_a_file = file(&folder, "file", b"", 0o644).join("stats");
    let option = format!("--stats={}", below_a_file.display());
    let said = refused(&mut run(cache.path(), &[&option, "--", "echo", "started"]), 1);
    assert!(said.contains("nothing was started"), "{said}");
}

#[test]
fn the_help_has_the_librarys_options() {
    let output = Command::new(env!("CARGO_BIN_EXE_agx-fix")).args(["run", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for row in agx_fix_interface::options::ROWS {
        let name = if row.has_flag { format!("--{}", row.flag()) } else { row.variable.to_owned() };
        assert!(help.contains(&name), "{name} is missing in:\n{help}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_panic() {
    let tool = env!("CARGO_BIN_EXE_agx-fix");
    let script = format!("{tool} run --help | true; {tool} --version | true");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
