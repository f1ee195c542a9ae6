//! `agx-fix stress`: what it refuses, what it runs, and that it leaves nothing behind.

#[cfg(target_os = "linux")]
use super::said;
use super::{Folder, TOOL, refused};
use assert_cmd::Command;
#[cfg(target_os = "linux")]
use std::{fs, os::unix::process::ExitStatusExt, process::Stdio, thread::sleep, time::Duration};

fn stress(folder: &Folder, arguments: &[&str]) -> Command {
    folder.tool("stress", arguments)
}

#[test]
fn a_wrong_command_line_is_code_2() {
    let folder = Folder::new();
    let unknown = refused(&mut stress(&folder, &["--preset", "bogus"]), 2);
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
        refused(&mut stress(&folder, &arguments), 2);
    }
}

#[test]
fn a_report_that_cannot_be_written_stops_it_before_the_first_run() {
    let folder = Folder::new();
    let said = refused(stress(&folder, &["--json"]).arg(folder.below_a_file()), 1);
    assert!(said.contains("nothing was run") && said.contains("--json"), "{said}");
}

/// A folder of libraries that has no runtime in it stands for a machine without one.
#[test]
#[cfg(target_os = "linux")]
fn a_missing_runtime_is_one_line_and_leaves_no_report() {
    let folder = Folder::new();
    folder.file("libobjc.so.4", b"no library", 0o644);
    let report = folder.path("report.json");
    let mut command = stress(&folder, &["--iterations", "1", "--json"]);
    command.arg(&report).env("LD_LIBRARY_PATH", folder.path(""));
    let said = refused(&mut command, 1);
    assert!(said.contains("libobjc"), "{said}");
    assert!(!report.exists());
}

#[test]
fn version_and_no_command_are_as_usual() {
    let version = format!("agx-fix {}\n", env!("CARGO_PKG_VERSION"));
    Command::new(TOOL).arg("--version").assert().success().stdout(version);
    Command::new(TOOL).assert().code(2);
}

#[test]
#[cfg(target_os = "linux")]
fn a_baseline_that_crashes_and_a_guard_that_holds_pass() {
    let folder = Folder::new();
    let report = folder.path("report.json");
    let mut command = stress(&folder, &["--iterations", "4", "--scenario", "shared-encoder", "--json"]);
    // Threads meet in the lock, however few of them the machine runs at once.
    let (code, text, stderr) = said(command.env("AGX_SIM_WIDEN_US", "20").arg(&report));
    assert_eq!((code, stderr.as_str()), (0, ""), "no progress bar where there is no terminal: {text}");
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    assert_eq!((&json["schema"], &json["verdict"]["passed"]), (&"agx-fix-stress/1".into(), &true.into()));
    assert_eq!(json["rows"].as_array().unwrap().len(), 7);
}

#[test]
#[cfg(target_os = "linux")]
fn what_shows_nothing_is_code_1() {
    let folder = Folder::new();
    let rows = ["--iterations", "1", "--scenario", "shared-encoder", "--preset", "per-encoder"];
    let (code, text, _) = said(&mut stress(&folder, &rows));
    assert!(code == 1 && text.contains("0 of 1") && text.contains("not judged"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_over_its_time_is_a_hang_and_a_result() {
    let folder = Folder::new();
    let too_much = ["--paper-size", "--ops", "2000", "--scenario", "own-encoder", "--preset", "per-encoder"];
    let limit = ["--iterations", "1", "--timeout", "1"];
    let (code, text, _) = said(stress(&folder, &too_much).args(limit));
    assert!(code == 1 && text.contains("1 of 1 runs bad: 1 hung"), "{text}");
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
    let folder = Folder::new();
    let results = folder.path("results");
    fs::create_dir(&results).unwrap();
    for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
        let size = ["--paper-size", "--ops", "100", "--iterations", "1000", "--scenario", "own-encoder"];
        let mut tool = std::process::Command::new(TOOL)
            .arg("stress")
            .args(size)
            .arg("--json")
            .arg(results.join("report.json"))
            .env("AGX_FIX_CACHE", folder.path("cache"))
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
