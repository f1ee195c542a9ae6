//! Tests of `program`, on files made for them.

use super::*;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

fn file(folder: &TempDir, name: &str, content: &[u8], mode: u32) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

/// A header of a 64-bit little-endian ELF program without segments, as a static program without an interpreter is.
fn elf(machine: u8) -> Vec<u8> {
    let mut header = vec![0; 64];
    header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    header[16] = 2;
    header[18] = machine;
    header[52] = 64;
    header[54] = 56;
    header
}

fn said(result: Result<()>) -> String {
    let line = result.unwrap_err().to_string();
    assert!(!line.contains('\n'), "{line}");
    line
}

const OWN: u8 = if cfg!(target_arch = "aarch64") { 183 } else { 62 };

#[test]
fn a_name_is_looked_up_and_a_path_is_not() {
    let (first, second) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    file(&first, "tool", b"", 0o644);
    let tool = file(&second, "tool", b"", 0o755);
    let search = std::env::join_paths([first.path(), second.path()]).unwrap();
    assert_eq!(find(OsStr::new("tool"), Some(&search)), Ok(tool.clone()));
    assert_eq!(find(tool.as_os_str(), None), Ok(tool));
    let only_first = find(OsStr::new("tool"), Some(first.path().as_os_str())).unwrap_err();
    assert!(only_first.to_string().contains("not executable"), "{only_first}");
    let nowhere = find(OsStr::new("no-such-tool"), Some(&search)).unwrap_err();
    assert!(nowhere.to_string().contains("no-such-tool"), "{nowhere}");
    assert!(find(first.path().as_os_str(), None).is_err(), "a folder is no program");
}

#[test]
#[cfg(target_os = "linux")]
fn a_dynamic_program_passes() {
    assert_eq!(check(&std::env::current_exe().unwrap(), None), Ok(()));
}

#[test]
#[cfg(target_os = "linux")]
fn static_foreign_and_unknown_programs_are_refused() {
    let folder = TempDir::new().unwrap();
    assert!(said(check(&file(&folder, "static", &elf(OWN), 0o755), None)).contains("statically linked"));
    assert!(said(check(&file(&folder, "other", &elf(8), 0o755), None)).contains("another architecture"));
    let mut narrow = elf(OWN);
    narrow[4] = 1;
    assert!(said(check(&file(&folder, "narrow", &narrow, 0o755), None)).contains("another architecture"));
    assert!(said(check(&file(&folder, "text", b"echo", 0o755), None)).contains("neither"));
}

#[test]
fn setuid_and_setgid_are_refused() {
    let folder = TempDir::new().unwrap();
    for mode in [0o4755, 0o2755] {
        assert!(said(check(&file(&folder, "set", &elf(OWN), mode), None)).contains("setuid"));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_script_is_judged_by_its_interpreter() {
    let folder = TempDir::new().unwrap();
    let statically = file(&folder, "static", &elf(OWN), 0o755);
    let script = |text: String| file(&folder, "script", text.as_bytes(), 0o755);
    assert_eq!(check(&script("#!/bin/sh -e\nexit 0\n".into()), None), Ok(()));
    assert!(said(check(&script(format!("#! {}\n", statically.display())), None)).contains("statically"));
    let search = Some(folder.path().as_os_str());
    assert!(said(check(&script("#!/usr/bin/env -S A=1 static\n".into()), search)).contains("statically"));
    assert!(said(check(&script("#!/no/such/interpreter\n".into()), None)).contains("no interpreter"));
    assert!(
        said(check(&script(format!("#!{}/script\n", folder.path().display())), None)).contains("too deep")
    );
}
