//! `agx-fix stress`: what it refuses, what it runs, and that it leaves nothing behind.
//!
//! The tests that run the workload need the Objective-C runtime, which `cargo xtask test` provides.

use assert_cmd::Command;
use std::fs;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::{os::unix::process::ExitStatusExt, process::Stdio, thread::sleep, time::Duration};
use tempfile::TempDir;

fn stress(cache: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agx-fix"));
    command.env("AGX_FIX_CACHE", cache).arg("stress").args(arguments);
    command
}

fn refused(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(code == 2 || stderr.lines().count() == 1, "{stderr}");
    stderr
}

#[test]
fn a_wrong_command_line_is_code_2() {
    let cache = TempDir::new().unwrap();
    let unknown = refused(&mut stress(cache.path(), &["--preset", "bogus"]), 2);
    assert!(unknown.contains("bogus") && unknown.contains("unguarded"), "{unknown}");
    for arguments in [
        ["--threads", "0"],
        ["--ops", "0"],
        ["--iterations", "0"],
        ["--timeout", "0"],
        ["--threads", "eight"],
        ["--seed", "-1"],
        ["--scenario", "bogus"],
    ] {
        refused(&mut stress(cache.path(), &arguments), 2);
    }
}

#[test]
fn a_report_that_cannot_be_written_stops_it_before_the_first_run() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let report = file.join("report.json");
    let said = refused(&mut stress(folder.path(), &["--json", report.to_str().unwrap()]), 1);
    assert!(said.contains("nothing was run") && said.contains("--json"), "{said}");
}

#[test]
fn a_cache_that_cannot_be_written_stops_it() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let said = refused(&mut stress(&file.join("cache"), &[]), 1);
    assert!(said.contains("AGX_FIX_CACHE"), "{said}");
}

/// A folder of libraries that has no runtime in it stands for a machine without one.
#[test]
#[cfg(target_os = "linux")]
fn a_missing_runtime_is_one_line_and_leaves_no_report() {
    let folder = TempDir::new().unwrap();
    let runtime = folder.path().join("libobjc.so.4");
    fs::write(&runtime, "no library").unwrap();
    let report = folder.path().join("report.json");
    let mut command = stress(&folder.path().join("cache"), &["--iterations", "1", "--json"]);
    command.arg(&report).env("LD_LIBRARY_PATH", folder.path());
    let said = refused(&mut command, 1);
    assert!(said.contains("libobjc"), "{said}");
    assert!(!report.exists());
}

#[test]
fn version_and_no_command_are_as_usual() {
    let tool = || Command::new(env!("CARGO_BIN_EXE_agx-fix"));
    tool().arg("--version").assert().success().stdout(format!("agx-fix {}\n", env!("CARGO_PKG_VERSION")));
    tool().assert().code(2);
}

#[test]
#[cfg(target_os = "linux")]
fn a_baseline_that_crashes_and_a_guard_that_holds_pass() {
    let folder = TempDir::new().unwrap();
    let report = folder.path().join("report.json");
    let size = ["--iterations", "4", "--scenario", "shared-encoder", "--json"];
    let mut command = stress(&folder.path().join("cache"), &size);
    // Threads meet in the lock, however few of them the machine runs at once.
    let output = command.env("AGX_SIM_WIDEN_US", "20").arg(&report).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "no progress bar where there is no terminal");
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    assert_eq!((&json["schema"], &json["verdict"]["passed"]), (&"agx-fix-stress/1".into(), &true.into()));
    assert_eq!(json["rows"].as_array().unwrap().len(), 7);
}

#[test]
#[cfg(target_os = "linux")]
fn what_shows_nothing_is_code_1() {
    let cache = TempDir::new().unwrap();
    let rows = ["--iterations", "1", "--scenario", "shared-encoder", "--preset", "per-encoder"];
    let output = stress(cache.path(), &rows).assert().code(1).get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("0 of 1") && text.contains("not judged"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_over_its_time_is_a_hang_and_a_result() {
    let cache = TempDir::new().unwrap();
    let too_much = ["--paper-size", "--ops", "2000", "--scenario", "own-encoder", "--preset", "per-encoder"];
    let limit = ["--iterations", "1", "--timeout", "1"];
    let output = stress(cache.path(), &too_much).args(limit).assert().code(1).get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("1 of 1 runs bad: 1 hung"), "{text}");
}

/// The children of a process, from the system's list.
#[cfg(target_os = "linux")]
fn children(process: u32) -> String {
    fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default()
}

#[test]
#[cfg(target_os = "linux")]
fn when_it_is_stopped_or_killed_nothing_is_left() {
    use rustix::process::{Pid, Signal, kill_process};
    let folder = TempDir::new().unwrap();
    let results = folder.path().join("results");
    fs::create_dir(&results).unwrap();
    for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
        let mut tool = std::process::Command::new(env!("CARGO_BIN_EXE_agx-fix"))
            .args([
                "stress",
                "--paper-size",
                "--ops",
                "100",
                "--iterations",
                "1000",
                "--scenario",
                "own-encoder",
            ])
            .arg("--json")
            .arg(results.join("report.json"))
            .env("AGX_FIX_CACHE", folder.path().join("cache"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut child = String::new();
        while child.is_empty() {
            assert!(tool.try_wait().unwrap().is_none(), "it ended before its first run");
            sleep(Duration::from_millis(5));
            child = children(tool.id()).split_whitespace().next().unwrap_or_default().to_owned();
        }
        // Until the child has tied itself to its parent; before that it ends by itself.
        sleep(Duration::from_millis(200));
        let child = children(tool.id()).split_whitespace().next().unwrap_or(&child).to_owned();
        kill_process(Pid::from_child(&tool), signal).unwrap();
        assert_eq!(tool.wait().unwrap().signal(), Some(signal.as_raw()));
        assert!((0..250).any(|_| is_gone(&child)), "run {child} outlived {signal:?}");
        assert_eq!(fs::read_dir(&results).unwrap().count(), 0);
    }
}

/// Gone, or a zombie that its new parent has yet to reap. Waits a little where it is neither.
#[cfg(target_os = "linux")]
fn is_gone(process: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{process}/stat"));
    let gone = state.map_or(true, |line| line.contains(") Z "));
    if !gone {
        sleep(Duration::from_millis(20));
    }
    gone
}
