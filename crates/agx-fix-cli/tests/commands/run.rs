//! `agx-fix run`: what passes through it, and what it refuses.

use super::{Folder, TOOL, refused, said};
use assert_cmd::Command;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};

const PRELOAD: &str = if cfg!(target_vendor = "apple") { "DYLD_INSERT_LIBRARIES" } else { "LD_PRELOAD" };

fn run(folder: &Folder, arguments: &[&str]) -> Command {
    folder.tool("run", arguments)
}

/// The value of `expression` in the shell that was started with these options.
fn inside(folder: &Folder, options: &[&str], expression: &str) -> String {
    let script = format!("echo \"{expression}\"");
    let (code, stdout, stderr) = said(run(folder, options).args(["--", "sh", "-c", &script]));
    assert_eq!(code, 0, "{stderr}");
    stdout.trim_end().to_owned()
}

#[test]
fn exit_codes_pass_through() {
    let folder = Folder::new();
    run(&folder, &["sh", "-c", "exit 7"]).assert().code(7);
    run(&folder, &["true"]).assert().success();
}

#[test]
fn signals_pass_through() {
    let folder = Folder::new();
    let output = run(&folder, &["--", "sh", "-c", "kill -9 $$"]).output().unwrap();
    assert_eq!(output.status.signal(), Some(9));
}

#[test]
fn the_library_comes_before_those_that_are_preloaded_already() {
    let folder = Folder::new();
    let list = inside(&folder, &[], &format!("${PRELOAD}"));
    let library = list.split(':').next().unwrap();
    assert!(
        Path::new(library).is_file() && library.starts_with(folder.path("cache").to_str().unwrap()),
        "{list}"
    );
}

#[test]
fn options_become_variables() {
    let folder = Folder::new();
    let all = "$AGX_FIX_PRESET $AGX_FIX_VERBOSE $AGX_FIX_LATE_CALL $AGX_FIX_STATS";
    let options = ["--preset", "global", "--verbose", "--late-call", "abort", "--stats"];
    assert_eq!(inside(&folder, &options, all), "global 1 abort 1");
    // Each option that has a flag is one of the table's.
    let rows = ["--misuse", "strict", "--wait-ms", "7", "--lock-warn-ms=0", "--stats-held"];
    let all_rows = "$AGX_FIX_MISUSE $AGX_FIX_WAIT_MS $AGX_FIX_LOCK_WARN_MS $AGX_FIX_STATS_HELD";
    assert_eq!(inside(&folder, &rows, all_rows), "strict 7 0 1");
    assert_eq!(inside(&folder, &[], all).trim(), "", "what is not given is left to the environment");
}

#[test]
fn a_flag_of_before_still_works_and_says_what_it_is_called_now() {
    let folder = Folder::new();
    let options = ["--strategy", "isolate", "--mode=guard", "--", "sh", "-c"];
    let mut command = run(&folder, &options);
    command.arg("echo $AGX_FIX_PRESET $AGX_FIX_MISUSE").env("AGX_FIX_PRESET", "detect");
    let (_, text, said) = said(&mut command);
    assert_eq!(text, "isolate prevent\n", "a flag has the last word over the environment");
    for now in
        ["--strategy still works, but its name is now --preset isolate", "its name is now --misuse prevent"]
    {
        assert!(said.contains(now), "{said}");
    }
}

#[test]
fn a_statistics_file_is_made_empty_and_its_path_absolute() {
    let folder = Folder::new();
    let old = folder.file("stats.json", b"old", 0o644);
    let mut command = run(&folder, &["--stats=stats.json", "--", "sh", "-c", "echo $AGX_FIX_STATS"]);
    let path = PathBuf::from(said(command.current_dir(folder.path(""))).1.trim());
    assert_eq!(path.canonicalize().unwrap(), old.canonicalize().unwrap());
    assert!(path.is_absolute());
    assert_eq!(fs::read(&old).unwrap(), b"");
}

#[test]
fn arguments_of_the_program_stay_its_own() {
    let folder = Folder::new();
    run(&folder, &["echo", "--preset", "-v", "--help"]).assert().success().stdout("--preset -v --help\n");
}

#[test]
fn a_wrong_command_line_is_code_2() {
    let folder = Folder::new();
    let said = refused(&mut run(&folder, &["--preset", "bogus", "--", "true"]), 2);
    assert!(said.contains("bogus") && said.contains("per-encoder"), "{said}");
    refused(&mut run(&folder, &["--late-call", "maybe", "--", "true"]), 2);
    refused(&mut run(&folder, &[]), 2);
}

#[test]
fn a_program_that_cannot_be_started_is_code_1() {
    let folder = Folder::new();
    let missing = refused(&mut run(&folder, &["no-such-command-anywhere"]), 1);
    assert!(missing.contains("no-such-command-anywhere"), "{missing}");
    let plain = folder.file("plain", b"#!/bin/sh\n", 0o644);
    let said = refused(&mut run(&folder, &[plain.to_str().unwrap()]), 1);
    assert!(said.contains("not executable"), "{said}");
}

/// What `--confirm` says of a command, whose exit code is this.
#[cfg(target_os = "linux")]
fn confirmed(folder: &Folder, command: &[&str], code: i32) -> String {
    let mut run = run(folder, &[&["--confirm", "--"], command].concat());
    let (found, _, said) = said(run.env("AGX_SIM_LIBRARY", folder.simulator()));
    assert_eq!(found, code, "{said}");
    said
}

#[test]
#[cfg(target_os = "linux")]
fn confirm_says_that_there_was_no_metal_and_passes_the_ending_on() {
    let folder = Folder::new();
    let said = confirmed(&folder, &["sh", "-c", "exit 7"], 7);
    assert!(said.contains("without a Metal device") && said.contains("which was loaded"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    confirmed(&folder, &["sh", "-c", "kill -9 $$"], 128 + 9);
    // A program that takes the library out of the environment of what it starts has it nevertheless.
    let said = confirmed(&folder, &["env", "-u", PRELOAD, "true"], 0);
    assert!(said.contains("which was loaded"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn confirm_says_what_was_hooked_also_of_a_program_that_crashes() {
    let folder = Folder::new();
    let said = confirmed(&folder, &[TOOL, "probe"], 0);
    assert!(said.contains("hooked Metal in 1 process") && !said.contains("(0 classes)"), "{said}");
    let script = format!("{TOOL} probe; {TOOL} probe; kill -9 $$");
    assert!(confirmed(&folder, &["sh", "-c", &script], 137).contains("in 2 processes"));
    let disabled = ["env", "AGX_FIX_DISABLE=1", TOOL, "probe"];
    assert!(confirmed(&folder, &disabled, 0).contains("hooked nothing"));
}

#[test]
fn a_cache_that_cannot_be_used_is_code_1() {
    let folder = Folder::new();
    let said = refused(run(&folder, &["true"]).env("AGX_FIX_CACHE", folder.below_a_file()), 1);
    assert!(said.contains("AGX_FIX_CACHE"), "{said}");
    let with_colon = folder.path("a:b");
    let said = refused(run(&folder, &["true"]).env("AGX_FIX_CACHE", &with_colon), 1);
    assert!(said.contains("colon") && !with_colon.exists(), "{said}");
}

#[test]
fn a_statistics_file_that_cannot_be_written_starts_nothing() {
    let folder = Folder::new();
    let option = format!("--stats={}", folder.below_a_file().display());
    let said = refused(&mut run(&folder, &[&option, "--", "echo", "started"]), 1);
    assert!(said.contains("nothing was started"), "{said}");
}

#[test]
fn the_help_has_the_librarys_options() {
    let help = said(Command::new(TOOL).args(["run", "--help"])).1;
    for row in agx_fix_interface::options::ROWS {
        let name = if row.has_flag { format!("--{}", row.flag()) } else { row.variable.to_owned() };
        assert!(help.contains(&name), "{name} is missing in:\n{help}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_panic() {
    let script = format!("{TOOL} run --help | true; {TOOL} --version | true");
    assert_eq!(said(Command::new("sh").args(["-c", &script])).2, "");
}
