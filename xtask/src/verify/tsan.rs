//! ThreadSanitizer on the guard's tests, with a standard library that is instrumented too: else its mutexes and channels order
//! threads where the sanitizer does not see it.
//!
//! Debian has all that it takes, unpacked to `<target>/verify/tsan-tools` (0.9 GB): Rust with its sources, from which cargo builds the
//! standard library, and the sanitizer's runtime of the same LLVM. No root, nothing installed.
//!
//! The control is `tests/race.rs`, whose scenarios are run once more without the guard: each must be reported.

use super::table::Row;
use crate::command::announce;
use crate::macos::Tools;
use crate::{Error, arm64, debian};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// What is called; the rest is dependencies. All of one version of LLVM.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "libclang-rt-22-dev"];
/// This machine's, for which the compiler instruments without being asked.
const TARGET: &str = "x86_64-unknown-linux-gnutsan";
/// The runtime, as Debian has it and as the compiler looks for it, below `usr/lib`.
const RUNTIME: &str = "llvm-22/lib/clang/22/lib/linux/libclang_rt.tsan-x86_64.a";
const AS_LINKED: &str = "librustc-stable_rt.tsan.a";
/// Integration tests of the guard; its unit tests come on top.
const TESTS: [&str; 5] = ["answers", "buffers", "invariants", "oracle", RACE];
/// The one whose scenarios are run without the guard as well.
const RACE: &str = "race";
const SCENARIOS: [&str; 5] = [
    "calls_on_an_encoder_with_its_own_lock",
    "calls_on_an_encoder_and_its_buffer_with_one_lock",
    "calls_with_one_lock_for_all",
    "the_end_and_calls_that_may_be_late",
    "a_commit_and_what_was_encoded",
];
/// Has them run so.
const BARE: &str = "AGX_RACE_BARE";
const REPORT: &str = "WARNING: ThreadSanitizer: ";
const HOW: &str = "standard library instrumented";

/// Runs the tests, and the controls.
pub(super) fn run(target: &Path) -> Result<Vec<Row>, Error> {
    let tools = provide(&target.join("verify/tsan-tools"))?;
    let folder = target.join("verify/tsan");
    let output = run_tests(&tools, &folder, &TESTS, &["--lib"], &[])?;
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || said.contains(REPORT) {
        eprint!("{said}");
        return Err("ThreadSanitizer, or a test under it, complains: see above".to_owned());
    }
    let tests = format!("{} tests, no report", passed(&said));
    let mut rows = vec![row("ThreadSanitizer", "unit and integration tests of agx-fix-guard", &tests)];
    for scenario in SCENARIOS {
        let arguments = ["--", "--exact", scenario];
        let output = run_tests(&tools, &folder, &[RACE], &[], &arguments)?;
        let said = String::from_utf8_lossy(&output.stderr);
        let reports = said.matches("WARNING: ThreadSanitizer: data race").count();
        if reports == 0 || output.status.success() {
            eprint!("{said}");
            return Err(format!("without the guard, ThreadSanitizer has nothing to say of {scenario}"));
        }
        let what = format!("without the guard: {}", scenario.replace('_', " "));
        rows.push(row("ThreadSanitizer, negative", &what, &format!("reported, {reports} places")));
    }
    Ok(rows)
}

fn row(kind: &str, what: &str, much: &str) -> Row {
    Row([kind, what, much, HOW].map(str::to_owned))
}

/// Makes sure that compiler, sources and runtime are there.
fn provide(root: &Path) -> Result<Tools, Error> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("ThreadSanitizer takes x86_64 Linux with Debian's packages".to_owned());
    }
    let tools = Tools::at(root.to_owned());
    let linked = tools.sysroot().join("lib/rustlib").join(TARGET).join("lib").join(AS_LINKED);
    if linked.exists() {
        return Ok(tools);
    }
    eprintln!("fetching Debian's Rust, its sources and the sanitizer's runtime to {}", root.display());
    debian::fetch_by(|workplace| arm64::download_tools(workplace, &PACKAGES, &[]), root).map_err(
        |cause| format!("Debian's Rust cannot be fetched, so ThreadSanitizer checks nothing: {cause}"),
    )?;
    let folder = linked.parent().expect("it is in a folder");
    let runtime = tools.sysroot().join("lib").join(RUNTIME);
    let copied = fs::create_dir_all(folder).and_then(|()| fs::copy(&runtime, &linked));
    copied.map_err(|cause| format!("{}: {cause}", runtime.display()))?;
    Ok(tools)
}

/// Runs these tests of the guard; with `arguments` of a control, without the guard.
fn run_tests(
    tools: &Tools,
    folder: &Path,
    tests: &[&str],
    options: &[&str],
    control: &[&str],
) -> Result<Output, Error> {
    let mut cargo: Command = tools.compiler();
    cargo.args(["test", "--package", "agx-fix-guard", "-Zbuild-std", "--target", TARGET]);
    cargo.arg("--manifest-path").arg(crate::root().join("Cargo.toml"));
    cargo.args(tests.iter().flat_map(|test| ["--test", test])).args(options).args(control);
    // The standard library uses what only the compiler's own may, and so does this option of cargo.
    cargo.env("RUSTC_BOOTSTRAP", "1").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.env("CARGO_TARGET_DIR", folder).env("RUST_BACKTRACE", "0").env_remove(BARE);
    if !control.is_empty() {
        cargo.env(BARE, "1");
    }
    announce(&cargo);
    cargo.output().map_err(|cause| format!("cargo cannot be started: {cause}"))
}

/// The tests that passed, of all programs.
fn passed(said: &str) -> u64 {
    let results = said.lines().filter_map(|line| line.strip_prefix("test result: ok. "));
    results.filter_map(|rest| rest.split(' ').next()?.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_tests_are_counted_over_all_programs() {
        let said = "test result: ok. 15 passed; 0 failed\n...\ntest result: ok. 8 passed; 0 failed\n";
        assert_eq!(passed(said), 23);
        assert_eq!(passed("test result: FAILED. 3 passed; 1 failed\n"), 0);
    }

    #[test]
    fn every_scenario_has_a_control() {
        let file = crate::root().join("crates/agx-fix-guard/tests").join(RACE).with_extension("rs");
        let text = fs::read_to_string(file).unwrap();
        assert_eq!(text.matches("#[test]").count(), SCENARIOS.len());
        assert!(SCENARIOS.iter().all(|name| text.contains(&format!("fn {name}()"))));
    }
}
