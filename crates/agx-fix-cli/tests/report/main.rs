//! `agx-fix report`: what it refuses, what it writes, and how the page looks in a browser.
//!
//! `agx-fix stress`, which makes a file for it, needs the Objective-C runtime that `cargo xtask test` provides.

#[cfg(target_os = "linux")]
mod page;

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn report(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agx-fix"));
    command.arg("report").args(arguments);
    command
}

fn refused(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(code == 2 || stderr.lines().count() == 1, "{stderr}");
    stderr
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_wrong_command_line_is_code_2() {
    for arguments in [&[][..], &["--html", "x.html"], &["x.json", "--pdf", "y"]] {
        refused(&mut report(arguments), 2);
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_line_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let (file, html) = (folder.path().join("x.json"), folder.path().join("x.html"));
    fs::write(&html, "of yesterday").unwrap();
    for (text, said) in [
        ("{\n  \"schema\": \"agx-fix-bench/9\"\n}\n", "line 2: the schema is \"agx-fix-bench/9\""),
        ("{\n  \"schema\": \"agx-fix-stress/1\",\n  \"version\": \"0.", "line 3: the text is cut off here"),
        ("{\n  \"schema\": \"agx-fix-stress/1\"\n}\n", "line 3: missing field"),
        ("{\n  \"rows\": []\n}\n", "no file of agx-fix"),
        ("\n<html>\n", "line 2: this is no JSON"),
        ("", "cut off"),
    ] {
        fs::write(&file, text).unwrap();
        let stderr = refused(&mut report(&[path(&file), "--html", path(&html)]), 1);
        assert!(stderr.contains(said) && stderr.contains("x.json"), "{stderr}");
    }
    fs::write(&file, b"\xff\xfe").unwrap();
    assert!(refused(&mut report(&[path(&file)]), 1).contains("cannot be read"));
    assert!(refused(&mut report(&["/nowhere/x.json"]), 1).contains("cannot be read"));
    assert_eq!(fs::read_to_string(&html).unwrap(), "of yesterday");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing half-written is left");
}

#[test]
fn what_cannot_be_written_is_said_first() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for option in ["--html", "--markdown"] {
        let stderr = refused(&mut report(&["/nowhere/x.json", option, path(&file.join("below"))]), 1);
        assert!(stderr.contains("nothing was written") && stderr.contains(option), "{stderr}");
    }
}

#[test]
fn nothing_is_written_over_what_is_read_or_written() {
    let folder = TempDir::new().unwrap();
    let (file, page) = (folder.path().join("x.json"), folder.path().join("page"));
    fs::write(&file, "{}").unwrap();
    for arguments in [
        ["--markdown", path(&page), "--html", path(&file)],
        ["--markdown", path(&page), "--html", path(&page)],
    ] {
        let stderr = refused(report(&[path(&file)]).args(arguments), 1);
        assert!(stderr.contains("would be written over"), "{stderr}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "{}");
}

#[test]
#[cfg(target_os = "linux")]
fn both_pages_are_made_of_several_runs() {
    let folder = TempDir::new().unwrap();
    let [html, markdown] = ["page.html", "page.md"].map(|name| folder.path().join(name));
    fs::write(&html, "of yesterday").unwrap();
    let files = page::results(folder.path());
    let mut both = report(&files.iter().map(|file| path(file)).collect::<Vec<_>>());
    let quiet = both.args(["--html", path(&html), "--markdown", path(&markdown)]).assert().success();
    assert!(quiet.get_output().stdout.is_empty() && quiet.get_output().stderr.is_empty());
    let (html, markdown) = (fs::read_to_string(html).unwrap(), fs::read_to_string(markdown).unwrap());
    for part in [
        "Every figure here is simulated",
        "Run 1, stress.json",
        "machine",
        "agx-fix-lab bench",
        "Bad runs",
        "side by side",
    ] {
        assert!(html.contains(part) && markdown.contains(part), "{part}");
    }
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("<svg") && markdown.starts_with("# "));
    let printed = report(&[path(&files[0])]).assert().success().get_output().stdout.clone();
    assert!(String::from_utf8(printed).unwrap().contains("## Crashes"));
}
