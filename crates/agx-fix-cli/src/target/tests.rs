//! Resolves commands in folders that each test fills.

use super::fixture::{Tree, words};
use super::*;
use agx_fix_macho::fixture::Fixture;
use std::path::Path;

const OWN: u8 = if cfg!(target_arch = "aarch64") { 183 } else { 62 };

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

/// Those of a dynamic program, with the one segment that says so.
fn dynamic() -> Vec<u8> {
    let mut file = elf(OWN);
    file[32] = 64;
    file[56] = 1;
    file.resize(64 + 56, 0);
    file[64] = 3;
    file
}

/// A system with a Python, which has a shell, `env` and the like where they usually are.
fn tree(system: System) -> Tree {
    let tree = Tree::new();
    let program = if system == System::Macos { Fixture::program().write() } else { dynamic() };
    for path in ["/bin/sh", "/usr/bin/env", "/usr/bin/perl", "/opt/bin/python3", "/opt/bin/tool"] {
        tree.file(path, &program, 0o755);
    }
    tree
}

const PATH: &str = "/opt/bin:/usr/bin:/bin";

fn resolved(tree: &Tree, system: System, command: &[&str]) -> std::result::Result<Target, String> {
    resolve(&words(command), &tree.surroundings(system, PATH)).map_err(|refusal| {
        let line = refusal.to_string();
        assert!(!line.contains('\n') && line.contains("so it was not started; "), "{line}");
        line
    })
}

/// The program that a command executes, and its arguments.
fn comes_to(tree: &Tree, system: System, command: &[&str]) -> (PathBuf, Vec<OsString>) {
    let target = resolved(tree, system, command).unwrap();
    (target.program, target.words)
}

const BOTH: [System; 2] = [System::Linux, System::Macos];

#[test]
fn a_name_is_looked_up_and_a_path_is_not() {
    for system in BOTH {
        let tree = tree(system);
        tree.file("/opt/bin/perl", b"", 0o644);
        assert_eq!(
            comes_to(&tree, system, &["perl", "-e"]),
            ("/usr/bin/perl".into(), words(&["perl", "-e"]))
        );
        assert_eq!(comes_to(&tree, system, &["/opt/bin/tool"]).0, Path::new("/opt/bin/tool"));
        assert!(
            resolved(&tree, system, &["no-such-tool"])
                .unwrap_err()
                .contains("no-such-tool is no command in PATH")
        );
        assert!(resolved(&tree, system, &["/opt/bin/perl"]).unwrap_err().contains("not executable"));
        assert!(resolved(&tree, system, &["/opt/bin"]).unwrap_err().contains("is a folder"));
        assert!(resolved(&tree, system, &["/opt/nothing"]).unwrap_err().contains("check its path"));
    }
}

#[test]
fn an_app_is_answered_with_the_program_in_it() {
    let tree = tree(System::Macos);
    tree.program("/Applications/Draw.app/Contents/MacOS/Draw", &Fixture::program());
    let said = resolved(&tree, System::Macos, &["/Applications/Draw.app"]).unwrap_err();
    assert!(said.ends_with("give the program in it: /Applications/Draw.app/Contents/MacOS/Draw"), "{said}");
}

#[test]
fn a_scripts_interpreter_takes_its_place() {
    for system in BOTH {
        let tree = tree(system);
        tree.script("/opt/bin/script", "#!/opt/bin/python3 -u\nprint()\n");
        let (program, arguments) = comes_to(&tree, system, &["script", "a", "b"]);
        assert_eq!(program, Path::new("/opt/bin/python3"));
        assert_eq!(arguments, words(&["/opt/bin/python3", "-u", "/opt/bin/script", "a", "b"]));
    }
}

#[test]
fn the_command_of_env_takes_its_place() {
    for system in BOTH {
        let tree = tree(system);
        tree.script("/opt/bin/plain", "#!/usr/bin/env python3\n");
        let (program, arguments) = comes_to(&tree, system, &["plain", "x"]);
        assert_eq!(
            (program, arguments),
            ("/opt/bin/python3".into(), words(&["python3", "/opt/bin/plain", "x"]))
        );
        tree.script("/opt/bin/split", "#!/usr/bin/env -S -u B A=1 python3 -X dev\n");
        let target = resolved(&tree, system, &["split"]).unwrap();
        assert_eq!(target.words, words(&["python3", "-X", "dev", "/opt/bin/split"]));
        let command = target.command();
        let mut changes: Vec<_> = command.get_envs().collect();
        changes.sort();
        assert_eq!(changes, [("A".as_ref(), Some("1".as_ref())), ("B".as_ref(), None)]);
        assert_eq!(target.by_way_of, [Path::new("/opt/bin/split"), Path::new("/usr/bin/env")]);
        let (program, _) = comes_to(&tree, system, &["env", "-i", "PATH=/usr/bin", "perl"]);
        assert_eq!(program, Path::new("/usr/bin/perl"));
        assert!(resolved(&tree, system, &["env", "PATH=/usr/bin", "tool"]).is_err(), "env's own PATH holds");
        assert_eq!(comes_to(&tree, system, &["env", "--odd", "tool"]).0, Path::new("/usr/bin/env"));
    }
}

#[test]
fn chains_are_followed_to_their_end_and_not_for_ever() {
    let tree = tree(System::Macos);
    tree.script("/opt/bin/inner", "#!/usr/bin/env python3\n");
    tree.script("/opt/bin/outer", "#!/opt/bin/inner -v\n");
    let (program, arguments) = comes_to(&tree, System::Macos, &["outer", "x"]);
    assert_eq!(program, Path::new("/opt/bin/python3"));
    assert_eq!(arguments, words(&["python3", "/opt/bin/inner", "-v", "/opt/bin/outer", "x"]));
    tree.script("/opt/bin/self", "#!/opt/bin/self\n");
    assert!(resolved(&tree, System::Macos, &["self"]).unwrap_err().contains("too deep"));
    tree.script("/opt/bin/lost", "#!/no/such/python3\n");
    assert!(resolved(&tree, System::Macos, &["lost"]).unwrap_err().contains("names no interpreter"));
    tree.script("/opt/bin/empty", "#!\n");
    assert!(resolved(&tree, System::Macos, &["empty"]).unwrap_err().contains("write an interpreter there"));
}

#[test]
fn a_shell_that_only_starts_an_interpreter_is_left_out() {
    for system in BOTH {
        let tree = tree(system);
        tree.script(
            "/opt/bin/pip",
            "#!/bin/sh\n'''exec' \"/opt/bin/python3\" \"$0\" \"$@\"\n' '''\nimport pip\n",
        );
        let (program, arguments) = comes_to(&tree, system, &["pip", "list"]);
        assert_eq!(program, Path::new("/opt/bin/python3"));
        assert_eq!(arguments, words(&["/opt/bin/python3", "/opt/bin/pip", "list"]));
        tree.script("/opt/bin/plain", "#!/bin/sh\necho\n");
        assert_eq!(comes_to(&tree, system, &["plain"]).0, Path::new("/bin/sh"));
    }
}

#[test]
fn macos_refuses_its_own_shell_and_says_what_else_there_is() {
    let tree = tree(System::Macos);
    tree.script("/opt/bin/plain", "#!/bin/sh\necho\n");
    let around = tree.surroundings(System::Macos, PATH);
    let refusal = check(&resolve(&words(&["plain"]), &around).unwrap(), &around).unwrap_err();
    assert!(refusal.remedy.contains("/opt/bin/plain") && refusal.path == Path::new("/bin/sh"), "{refusal}");
}

#[test]
fn a_virtual_environment_without_its_python_is_told_so() {
    let tree = tree(System::Macos);
    tree.file("/v/pyvenv.cfg", b"home = /gone/bin\n", 0o644);
    tree.link("/gone/bin/python3", "/v/bin/python3");
    let said = resolved(&tree, System::Macos, &["/v/bin/python3"]).unwrap_err();
    assert!(
        said.contains("/gone/bin/python3, which is not there") && said.contains("environment /v anew"),
        "{said}"
    );
}

fn checked(tree: &Tree, command: &str) -> std::result::Result<Vec<Program>, String> {
    let around = tree.surroundings(System::Linux, PATH);
    check(&resolve(&words(&[command]), &around).unwrap(), &around).map_err(|refusal| refusal.to_string())
}

#[test]
fn on_linux_static_foreign_and_unknown_programs_are_refused() {
    let tree = tree(System::Linux);
    let mut narrow = elf(OWN);
    narrow[4] = 1;
    for (name, content, cause) in [
        ("static", elf(OWN), "statically linked"),
        ("other", elf(8), "another architecture"),
        ("narrow", narrow, "another architecture"),
        ("text", b"echo".to_vec(), "neither an ELF"),
    ] {
        tree.file(&format!("/opt/bin/{name}"), &content, 0o755);
        let said = checked(&tree, name).unwrap_err();
        assert!(said.contains(cause), "{said}");
    }
    assert_eq!(checked(&tree, "tool").unwrap()[0].real, Path::new("/opt/bin/tool"));
    tree.script("/opt/bin/script", "#!/opt/bin/static\n");
    assert!(checked(&tree, "script").unwrap_err().contains("/opt/bin/static is statically linked"));
}

#[test]
fn setuid_and_setgid_are_refused_everywhere() {
    for system in BOTH {
        for mode in [0o4755, 0o2755] {
            let tree = tree(system);
            tree.file("/opt/bin/set", &Fixture::program().write(), mode);
            let around = tree.surroundings(system, PATH);
            let said = check(&resolve(&words(&["set"]), &around).unwrap(), &around).unwrap_err();
            assert!(said.cause.contains("setuid"), "{said}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn this_program_passes_here() {
    let own = std::env::current_exe().unwrap();
    assert!(examine(&[own.into_os_string()], &Surroundings::here()).is_ok());
}
