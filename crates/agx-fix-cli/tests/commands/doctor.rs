//! `agx-fix doctor`: the probe, programs of others, crash texts, and what it refuses.

#[cfg(target_os = "linux")]
use super::TOOL;
use super::{Folder, refused, said};
use agx_fix_interface::Document as _;
use agx_fix_interface::coverage::Coverage;
use serde_json::Value;
use std::fs;
use std::path::Path;

fn doctor(arguments: &[&str]) -> (i32, String, String) {
    said(&mut Folder::new().tool("doctor", arguments))
}

fn processes(json: &str) -> Vec<Coverage> {
    let all: Value = serde_json::from_str(json).unwrap();
    assert_eq!(all["schema"], "agx-fix-doctor/1");
    let processes = all["processes"].as_array().unwrap().iter();
    processes.map(|process| Coverage::from_json(&process.to_string()).unwrap()).collect()
}

#[test]
fn the_probe_shows_every_kind_and_no_method_unguarded_as_text_and_as_json() {
    let folder = Folder::new();
    let (code, json, _) = said(&mut folder.tool("doctor", &["--coverage", "--json", "-"]));
    assert_eq!(code, 0);
    let probed = processes(&json);
    assert_eq!((probed.len(), probed[0].unguarded(), probed[0].preset.as_str()), (1, 0, "guard"));
    let file = folder.path("coverage.json");
    let (code, table, _) = said(folder.tool("doctor", &["--coverage", "--json"]).arg(&file));
    assert_eq!(code, 0, "{table}");
    for protocol in ["MTLDevice", "MTLCommandQueue", "MTLCommandBuffer", "MTLComputeCommandEncoder"] {
        assert!(table.contains(&format!("| {protocol} ")), "{protocol} is missing in\n{table}");
    }
    assert!(table.contains("All methods"), "{table}");
    assert_eq!(processes(&fs::read_to_string(file).unwrap())[0].classes, probed[0].classes);
}

#[test]
fn a_program_without_metal_is_code_1_and_its_own_code_is_said() {
    let (code, text, _) = doctor(&["--coverage", "--", "sh", "-c", "exit 5"]);
    assert_eq!(code, 1);
    assert!(text.contains("ended with exit code 5") && text.contains("made no Metal device"), "{text}");
    let (code, text, _) = doctor(&["--coverage", "--", "sh", "-c", "kill -9 $$"]);
    assert!(code == 1 && text.contains("was ended by SIGKILL"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn every_process_of_a_program_is_shown_and_its_output_is_kept_apart() {
    let folder = Folder::new();
    let script = format!("{TOOL} probe; {TOOL} probe; exit 3");
    let mut command = folder.tool("doctor", &["--coverage", "--json", "-", "--", "sh", "-c", &script]);
    // The doctor was asked to look: that the library is switched off elsewhere does not matter.
    command.env("AGX_SIM_LIBRARY", folder.simulator()).env("AGX_FIX_DISABLE", "1");
    let (code, json, stderr) = said(&mut command);
    assert_eq!((code, processes(&json).len()), (0, 2), "{stderr}");
    assert!(json.contains("\"exit_code\": 3") && stderr.contains("asked MTL"));
}

#[test]
#[cfg(target_os = "linux")]
fn unguarded_methods_are_code_1_and_shown_with_the_reason() {
    let folder = Folder::new();
    let mut command = folder.tool("doctor", &["--coverage", "--", TOOL, "probe"]);
    command.env("AGX_SIM_LIBRARY", folder.simulator()).env("AGX_FIX_PRESET", "none");
    let (code, text, _) = said(&mut command);
    assert_eq!(code, 1);
    assert!(text.contains("setComputePipelineState: - the preset takes no locks"), "{text}");
    assert!(text.contains("methods are unguarded"), "{text}");
}

#[test]
fn what_cannot_be_done_is_refused() {
    let folder = Folder::new();
    refused(folder.tool("doctor", &["--coverage", "--json"]).arg(folder.below_a_file()), 1);
    refused(&mut folder.tool("doctor", &["--coverage", "--", "no-such-command-anywhere"]), 1);
    refused(&mut folder.tool("doctor", &["--explain", "/no/such/file"]), 1);
    let said = refused(&mut folder.tool("doctor", &["--coverage", "--explain", "-"]), 2);
    assert!(said.contains("--explain"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_checkup_looks_at_system_metal_and_program_and_runs_nothing() {
    let folder = Folder::new();
    let witness = folder.path("witness");
    let script = format!("touch {}", witness.display());
    let (code, text, stderr) = said(&mut folder.tool("doctor", &["--", "sh", "-c", &script]));
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
    let (code, json, _) = doctor(&["--json", "-", "--", "/no/such/program"]);
    let checkup: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, checkup["schema"].as_str()), (1, Some("agx-fix-checkup/1")));
    let items = checkup["items"].as_array().unwrap();
    let target = items.iter().find(|item| item["subject"] == "target").unwrap();
    assert!(target["standing"] == "bad" && target["remedy"].is_string(), "{target}");
}

#[test]
fn explain_reads_files_and_standard_input() {
    let folder = Folder::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crashes/class-4-pipeline.ips");
    let (code, text, _) = doctor(&["--explain", sample.to_str().unwrap()]);
    assert!(code == 0 && text.starts_with("class 4, ") && text.contains("agx-fix run"), "{text}");
    let json = folder.path("explained.json");
    let mut command = folder.tool("doctor", &["--explain", "-", "--json", json.to_str().unwrap()]);
    command.write_stdin("x: failed assertion `Command encoder released without endEncoding'\n");
    assert!(said(&mut command).1.starts_with("class 5, "));
    let explained: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(explained["schema"], "agx-fix-explanation/1");
    assert_eq!(explained["findings"][0]["class"], 5);
    let (code, text, _) =
        said(folder.tool("doctor", &["--explain", "-"]).write_stdin("Segmentation fault: 11\n"));
    assert!(code == 1 && text.starts_with("none of the eight"), "{text}");
}
