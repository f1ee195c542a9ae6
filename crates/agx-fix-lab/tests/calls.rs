//! `agx-fix-lab calls`: what it refuses, and that each part gives its tables.
//!
//! How fast anything is, is not tested. What goes through the hooks needs the Objective-C runtime, which
//! `cargo xtask test` provides.

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn calls(cache: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agx-fix-lab"));
    command.env("AGX_FIX_CACHE", cache).arg("calls").args(arguments);
    command
}

fn printed(command: &mut Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

#[test]
fn locks_and_look_ups_alone_need_no_metal() {
    let folder = TempDir::new().unwrap();
    let (document, json) = (folder.path().join("doc.md"), folder.path().join("r.json"));
    fs::write(&document, "before\n<!-- begin: written by `agx-fix-lab calls --markdown` -->\n<!-- end -->\n")
        .unwrap();
    let mut command =
        calls(&folder.path().join("cache"), &["--rounds", "2", "--window", "1", "--threads", "2"]);
    command.args(["--only", "locks", "--only", "lookup", "--json"]).arg(&json);
    let text = printed(command.arg("--markdown").arg(&document).env("LD_LIBRARY_PATH", folder.path()));
    for row in ["no-lock", "bare-cas", "parking-lot", "guard-per-encoder", "100000"] {
        assert!(text.contains(row), "{row} is not in {text}");
    }
    let written = fs::read_to_string(&document).unwrap();
    assert!(
        written.starts_with("before\n") && written.contains("### Locks alone, nobody waits"),
        "{written}"
    );
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    assert_eq!(json["schema"], "agx-fix-calls/2");
    assert_eq!(json["rows"][0]["nanoseconds"].as_array().unwrap().len(), 2);
}

#[test]
#[cfg(target_os = "linux")]
fn every_strategy_is_measured_through_the_hooks() {
    let folder = TempDir::new().unwrap();
    let arguments = ["--rounds", "1", "--window", "1", "--threads", "2", "--encoders", "640"];
    let mut command = calls(folder.path(), &arguments);
    let text =
        printed(command.args(["--only", "hooks", "--only", "lives", "--only", "memory", "--only", "start"]));
    for strategy in agx_fix_engine::contender::Contender::usual() {
        // Calls without and with waiting, and lives.
        assert!(text.matches(&format!("| {strategy} ")).count() >= 3, "{strategy} is not in {text}");
    }
    assert!(text.contains("preloaded") && text.contains("growth of memory"), "{text}");
}
