//! `agx-fix doctor --coverage`: the probe, programs of others, and what it refuses.
//!
//! Tests that use Metal need the Objective-C runtime, which `cargo xtask test` provides.

use agx_fix_interface::Document as _;
use agx_fix_interface::coverage::Coverage;
use assert_cmd::Command;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::path::PathBuf;
use tempfile::TempDir;

const TOOL: &str = env!("CARGO_BIN_EXE_agx-fix");

/// `agx-fix doctor` with a cache folder of its own.
fn doctor(cache: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(TOOL);
    command.env("AGX_FIX_CACHE", cache).arg("doctor").args(arguments);
    for name in ["AGX_FIX_PRESET", "AGX_FIX_DISABLE", "AGX_FIX_COVERAGE"] {
        command.env_remove(name);
    }
    command
}

/// Exit code, standard output, standard error.
fn said(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn processes(json: &str) -> Vec<Coverage> {
    let all: Value = serde_json::from_str(json).unwrap();
    assert_eq!(all["schema"], "agx-fix-doctor/1");
    let processes = all["processes"].as_array().unwrap().iter();
    processes.map(|process| Coverage::from_json(&process.to_string()).unwrap()).collect()
}

/// The simulator that the tool unpacks, for a program that is not the tool's own child.
#[cfg(target_os = "linux")]
fn simulator(cache: &Path) -> PathBuf {
    doctor(cache, &["--coverage"]).assert().success();
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains("sim"));
    let mut folders = vec![cache.to_owned()];
    while let Some(folder) = folders.pop() {
        let paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        if let Some(library) = paths.iter().find(|path| path.is_file() && named(path)) {
            return library.clone();
        }
        folders.extend(paths.into_iter().filter(|path| path.is_dir()));
    }
    panic!("no simulator in {}", cache.display());
}

#[test]
fn the_probe_shows_every_kind_and_no_method_unguarded() {
    let cache = TempDir::new().unwrap();
    let (code, table, _) = said(&mut doctor(cache.path(), &["--coverage"]));
    assert_eq!(code, 0, "{table}");
    for protocol in ["MTLDevice", "MTLCommandQueue", "MTLCommandBuffer", "MTLComputeCommandEncoder"] {
        assert!(table.contains(&format!("| {protocol} ")), "{protocol} is missing in\n{table}");
    }
    assert!(table.contains("All methods"), "{table}");
}

#[test]
fn json_goes_to_standard_output_or_to_a_file() {
    let cache = TempDir::new().unwrap();
    let (code, json, _) = said(&mut doctor(cache.path(), &["--coverage", "--json", "-"]));
    assert_eq!(code, 0);
    let probed = processes(&json);
    assert_eq!((probed.len(), probed[0].unguarded(), probed[0].preset.as_str()), (1, 0, "guard"));
    let file = cache.path().join("coverage.json");
    let (code, table, _) = said(&mut doctor(cache.path(), &["--coverage", "--json", file.to_str().unwrap()]));
    assert!(code == 0 && table.contains("MTLCommandQueue"));
    assert_eq!(processes(&fs::read_to_string(file).unwrap())[0].classes, probed[0].classes);
}

#[test]
fn a_program_without_metal_is_code_1_and_its_own_code_is_said() {
    let cache = TempDir::new().unwrap();
    let (code, text, _) = said(&mut doctor(cache.path(), &["--coverage", "--", "sh", "-c", "exit 5"]));
    assert_eq!(code, 1);
    assert!(text.contains("ended with exit code 5") && text.contains("made no Metal device"), "{text}");
    let (code, text, _) = said(&mut doctor(cache.path(), &["--coverage", "--", "sh", "-c", "kill -9 $$"]));
    assert!(code == 1 && text.contains("was ended by SIGKILL"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn every_process_of_a_program_is_shown_and_its_output_is_kept_apart() {
    let cache = TempDir::new().unwrap();
    let simulator = simulator(cache.path());
    let script = format!("{TOOL} probe; {TOOL} probe; exit 3");
    let mut command = doctor(cache.path(), &["--coverage", "--json", "-", "--", "sh", "-c", &script]);
    // The doctor was asked to look: that the library is switched off elsewhere does not matter.
    command.env("AGX_SIM_LIBRARY", &simulator).env("AGX_FIX_DISABLE", "1");
    let (code, json, stderr) = said(&mut command);
    assert_eq!((code, processes(&json).len()), (0, 2), "{stderr}");
    assert!(json.contains("\"exit_code\": 3") && stderr.contains("asked MTL"));
}

#[test]
#[cfg(target_os = "linux")]
fn unguarded_methods_are_code_1_and_shown_with_the_reason() {
    let cache = TempDir::new().unwrap();
    let simulator = simulator(cache.path());
    let mut command = doctor(cache.path(), &["--coverage", "--", TOOL, "probe"]);
    command.env("AGX_SIM_LIBRARY", &simulator).env("AGX_FIX_PRESET", "none");
    let (code, text, _) = said(&mut command);
    assert_eq!(code, 1);
    assert!(text.contains("setComputePipelineState: - the preset takes no locks"), "{text}");
    assert!(text.contains("methods are unguarded"), "{text}");
}

#[test]
fn what_cannot_be_done_is_refused_in_one_line() {
    let cache = TempDir::new().unwrap();
    let below_a_file = Path::new(TOOL).join("file");
    for arguments in [
        [OsStr::new("--json"), below_a_file.as_os_str()],
        [OsStr::new("--"), OsStr::new("no-such-command-anywhere")],
    ] {
        let (code, stdout, stderr) = said(doctor(cache.path(), &["--coverage"]).args(arguments));
        assert_eq!((code, stdout.as_str(), stderr.lines().count()), (1, "", 1), "{stderr}");
    }
}

#[test]
fn contradicting_options_are_code_2() {
    let cache = TempDir::new().unwrap();
    let (code, _, stderr) = said(&mut doctor(cache.path(), &["--coverage", "--explain", "-"]));
    assert!(code == 2 && stderr.contains("--explain"), "{stderr}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_checkup_looks_at_system_metal_and_program_and_runs_nothing() {
    let cache = TempDir::new().unwrap();
    let witness = cache.path().join("witness");
    let script = format!("touch {}", witness.display());
    let (code, text, stderr) = said(&mut doctor(cache.path(), &["--", "sh", "-c", &script]));
    assert_eq!((code, stderr.as_str()), (0, ""), "{text}");
    for subject in
        ["system", "chip", "library", "metal", "coverage", "target", "slices", "injection", "frameworks"]
    {
        let lines = text.lines().filter(|line| line.get(8..).is_some_and(|rest| rest.starts_with(subject)));
        assert_eq!(lines.count(), 1, "{subject} in\n{text}");
    }
    assert!(!witness.exists() && text.contains("simulated driver"), "{text}");
}

#[test]
fn a_checkup_of_what_takes_no_library_is_code_1_also_as_json() {
    let cache = TempDir::new().unwrap();
    let (code, json, _) = said(&mut doctor(cache.path(), &["--json", "-", "--", "/no/such/program"]));
    let checkup: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, checkup["schema"].as_str()), (1, Some("agx-fix-checkup/1")));
    let items = checkup["items"].as_array().unwrap();
    let target = items.iter().find(|item| item["subject"] == "target").unwrap();
    assert!(target["standing"] == "bad" && target["remedy"].is_string(), "{target}");
}

#[test]
fn explain_reads_files_and_standard_input() {
    let cache = TempDir::new().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crashes/class-4-pipeline.ips");
    let (code, text, _) = said(&mut doctor(cache.path(), &["--explain", sample.to_str().unwrap()]));
    assert!(code == 0 && text.starts_with("class 4, ") && text.contains("agx-fix run"), "{text}");
    let json = cache.path().join("explained.json");
    let arguments = ["--explain", "-", "--json", json.to_str().unwrap()];
    let mut command = doctor(cache.path(), &arguments);
    command.write_stdin("x: failed assertion `Command encoder released without endEncoding'\n");
    assert!(said(&mut command).1.starts_with("class 5, "));
    let explained: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(
        (explained["schema"].as_str(), explained["findings"][0]["class"].as_u64()),
        (Some("agx-fix-explanation/1"), Some(5))
    );
    let (code, text, _) =
        said(doctor(cache.path(), &["--explain", "-"]).write_stdin("Segmentation fault: 11\n"));
    assert!(code == 1 && text.starts_with("none of the eight"), "{text}");
    let (code, _, stderr) = said(&mut doctor(cache.path(), &["--explain", "/no/such/file"]));
    assert_eq!((code, stderr.lines().count()), (1, 1), "{stderr}");
}
