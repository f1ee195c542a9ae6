//! dyld's rules, on Mach-O files that each test makes.

use super::super::fixture::{Tree, words};
use super::super::{System, check, resolve};
use super::*;
use agx_fix_macho::fixture::{Fixture, Signing, universal};
use proptest::prelude::*;
use std::path::PathBuf;

fn machine(architecture: Architecture) -> Machine {
    Machine { architecture, library: vec![Architecture::X86_64, Architecture::Arm64] }
}

fn judge(bytes: &[u8]) -> Verdict<Program> {
    super::check(Path::new("/opt/tool"), bytes, &machine(Architecture::Arm64))
}

fn signed(signing: Signing) -> Vec<u8> {
    Fixture { signing: Some(signing), ..Fixture::program() }.write()
}

fn of(architecture: Architecture) -> Vec<u8> {
    Fixture { architecture, ..Fixture::program() }.write()
}

/// The one line of a refusal; it has these parts.
fn refused(verdict: Verdict<Program>, parts: &[&str]) {
    let line = verdict.unwrap_err().to_string();
    assert!(!line.contains('\n') && line.contains("so it was not started; "), "{line}");
    for part in parts {
        assert!(line.contains(part), "{part} is missing in: {line}");
    }
}

#[test]
fn a_usual_program_takes_the_library() {
    let program = judge(&Fixture::program().write()).unwrap();
    assert_eq!((program.slices, program.runs), (vec![Architecture::Arm64], Some(Architecture::Arm64)));
    let unsigned = Fixture { signing: None, ..Fixture::program() }.write();
    assert!(judge(&unsigned).is_ok());
}

#[test]
fn the_slice_that_runs_decides() {
    let both = universal(&[of(Architecture::X86_64), of(Architecture::Arm64)]);
    assert_eq!(judge(&both).unwrap().runs, Some(Architecture::Arm64));
    let intel = super::check(Path::new("/opt/tool"), &both, &machine(Architecture::X86_64)).unwrap();
    assert_eq!(intel.runs, Some(Architecture::X86_64));
    assert_eq!(judge(&of(Architecture::X86_64)).unwrap().runs, Some(Architecture::X86_64), "by Rosetta");
    refused(judge(&of(Architecture::Other)), &["has no code for this Mac (arm64)"]);
    let on_intel =
        super::check(Path::new("/opt/tool"), &of(Architecture::Arm64), &machine(Architecture::X86_64));
    refused(on_intel, &["has no code for this Mac (x86_64), but for arm64"]);
}

#[test]
fn an_arm64e_program_would_be_ended() {
    refused(judge(&of(Architecture::Arm64e)), &["runs as arm64e", "use a build of it for arm64"]);
    let system = universal(&[of(Architecture::X86_64), of(Architecture::Arm64e)]);
    refused(judge(&system), &["dyld ends such a program", "lipo /opt/tool -thin x86_64"]);
    let library = Machine { library: vec![Architecture::Arm64e], ..machine(Architecture::Arm64) };
    assert!(super::check(Path::new("/opt/tool"), &of(Architecture::Arm64e), &library).is_ok());
}

#[test]
fn the_hardened_runtime_needs_both_entitlements() {
    let hardened = |keys: &[&str]| judge(&signed(Signing::hardened("tool", keys)));
    refused(
        hardened(&[]),
        &["hardened runtime", ALLOW_DYLD_VARIABLES, "ignores", "codesign --force --sign - COPY"],
    );
    refused(hardened(&[DISABLE_LIBRARY_VALIDATION]), &[ALLOW_DYLD_VARIABLES]);
    refused(
        hardened(&[ALLOW_DYLD_VARIABLES]),
        &["library validation", DISABLE_LIBRARY_VALIDATION, "ends it"],
    );
    refused(hardened(&[GET_TASK_ALLOW]), &["library validation"]);
    assert!(hardened(&[ALLOW_DYLD_VARIABLES, DISABLE_LIBRARY_VALIDATION]).is_ok());
    assert!(hardened(&[GET_TASK_ALLOW, DISABLE_LIBRARY_VALIDATION]).is_ok());
}

#[test]
fn flags_of_the_signature_and_the_section_refuse_by_themselves() {
    let flagged = |flags| judge(&signed(Signing { flags, ..Signing::linker("tool") }));
    refused(flagged(CS_REQUIRE_LV), &["library validation"]);
    refused(flagged(CS_RESTRICT), &["signed as restricted"]);
    let section = Fixture { restricted: true, ..Fixture::program() }.write();
    refused(judge(&section), &["__RESTRICT,__restrict", "link it without"]);
}

#[test]
fn damaged_signatures_and_other_files_are_refused() {
    let entitlements = Some("no list".to_owned());
    refused(
        judge(&signed(Signing { entitlements, ..Signing::linker("tool") })),
        &["cannot be read", "codesign"],
    );
    refused(judge(&Fixture::library().write()), &["no program"]);
    refused(judge(b"echo hello"), &["neither a Mach-O program nor a script"]);
    refused(judge(&Fixture::program().write()[..64]), &["is no program for this Mac"]);
}

#[test]
fn the_place_of_a_file_decides_first() {
    let target = |by_way_of: &[&str]| {
        let tree = Tree::new();
        tree.program("/opt/tool", &Fixture::program());
        let mut target = resolve(&words(&["/opt/tool"]), &tree.surroundings(System::Macos, "")).unwrap();
        target.by_way_of = by_way_of.iter().map(PathBuf::from).collect();
        target
    };
    let place = |real: &str, by_way_of: &[&str]| check_place(Path::new(real), false, &target(by_way_of));
    for good in [
        "/usr/local/bin/tool",
        "/opt/homebrew/bin/tool",
        "/Users/a/usr/bin/x",
        "/System/Volumes/Data/x",
        "/binary",
    ] {
        assert_eq!(place(good, &[]), Ok(()), "{good}");
    }
    for bad in
        ["/usr/bin/tool", "/bin/ls", "/sbin/ping", "/System/Applications/Chess.app/Contents/MacOS/Chess"]
    {
        let said = place(bad, &[]).unwrap_err();
        assert!(said.cause.contains("System Integrity Protection"), "{said}");
    }
    let remedy = |real: &str, by_way_of: &[&str]| place(real, by_way_of).unwrap_err().to_string();
    assert!(remedy("/usr/bin/python3", &[]).contains("xcrun"));
    assert!(
        remedy("/bin/sh", &["/opt/run.sh"]).contains("agx-fix run -- $(brew --prefix)/bin/sh /opt/run.sh")
    );
    assert!(remedy("/bin/bash", &["/Users/a/.pyenv/shims/python3"]).contains("pyenv which python3"));
    assert!(remedy("/usr/bin/env", &[]).contains("give what env is to start"));
    assert!(remedy("/bin/zsh", &[]).contains("brew install zsh"));
    let safari = Path::new("/Applications/Safari.app/Contents/MacOS/Safari");
    assert!(check_place(safari, true, &target(&[])).is_err());
}

/// A Python of the framework kind, as Homebrew and python.org install it.
fn framework(tree: &Tree, application: &Fixture) {
    const VERSION: &str = "/opt/homebrew/Frameworks/Python.framework/Versions/3.12";
    let stub = Fixture { libraries: vec![format!("{VERSION}/Python")], ..Fixture::program() };
    tree.program(&format!("{VERSION}/bin/python3.12"), &stub);
    tree.program(&format!("{VERSION}/Resources/Python.app/Contents/MacOS/Python"), application);
    tree.link(&format!("{VERSION}/bin/python3.12"), "/opt/homebrew/bin/python3");
}

#[test]
fn the_program_that_a_framework_python_becomes_is_checked_too() {
    let tree = Tree::new();
    framework(&tree, &Fixture::program());
    let around = tree.surroundings(System::Macos, "/usr/bin:/opt/homebrew/bin");
    let target = resolve(&words(&["python3", "x.py"]), &around).unwrap();
    let programs = check(&target, &around).unwrap();
    assert_eq!(target.program, Path::new("/opt/homebrew/bin/python3"));
    assert!(
        programs.len() == 2 && programs[1].real.ends_with("Python.app/Contents/MacOS/Python"),
        "{programs:?}"
    );

    let hardened =
        Fixture { signing: Some(Signing::hardened("org.python.python", &[])), ..Fixture::program() };
    let tree = Tree::new();
    framework(&tree, &hardened);
    let around = tree.surroundings(System::Macos, "/opt/homebrew/bin");
    let target = resolve(&words(&["python3"]), &around).unwrap();
    assert!(check(&target, &around).unwrap_err().path.ends_with("Contents/MacOS/Python"));
}

#[test]
fn a_virtual_environments_python_keeps_its_name_and_is_judged_by_what_it_links_to() {
    let tree = Tree::new();
    framework(&tree, &Fixture::program());
    tree.file("/Users/a/venv/pyvenv.cfg", b"home = /opt/homebrew/bin\n", 0o644);
    tree.link("/opt/homebrew/bin/python3", "/Users/a/venv/bin/python3");
    tree.script("/Users/a/venv/bin/tool", "#!/Users/a/venv/bin/python3\nimport tool\n");
    let around = tree.surroundings(System::Macos, "/Users/a/venv/bin:/opt/homebrew/bin:/usr/bin");
    let target = resolve(&words(&["tool", "--fast"]), &around).unwrap();
    assert_eq!(target.program, Path::new("/Users/a/venv/bin/python3"), "or pyvenv.cfg would not be found");
    assert_eq!(target.words, words(&["/Users/a/venv/bin/python3", "/Users/a/venv/bin/tool", "--fast"]));
    assert_eq!(check(&target, &around).unwrap().len(), 2);
    // The same environment, made by macOS's own Python.
    tree.program("/usr/bin/python3", &Fixture { architecture: Architecture::Arm64e, ..Fixture::program() });
    tree.link("/usr/bin/python3", "/Users/a/apples/bin/python3");
    let target = resolve(&words(&["/Users/a/apples/bin/python3"]), &around).unwrap();
    assert!(check(&target, &around).unwrap_err().cause.contains("xcrun"));
}

proptest! {
    #[test]
    fn no_damage_panics(at in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = universal(&[signed(Signing::hardened("tool", &[ALLOW_DYLD_VARIABLES, DISABLE_LIBRARY_VALIDATION]))]);
        // All that is read lies in the first pages and in the signature at the end; the rest is padding.
        let told: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at] != 0).collect();
        bytes[*at.get(&told)] = value;
        let _ = judge(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _ = judge(&bytes);
    }
}
