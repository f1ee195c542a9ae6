//! The project's own commands: `cargo xtask stress [ARGS]`, `cargo xtask bench [ARGS]`, `cargo xtask calls [ARGS]`,
//! `cargo xtask test [ARGS]`, `cargo xtask verify [ARGS]`, `cargo xtask mutants [NAMES]`, `cargo xtask report-check`, `cargo xtask apple-abi`,
//! `cargo xtask macos ARGS`, `cargo xtask dist`, `cargo xtask macho-run` and `cargo xtask docs`. Each does all that it takes on a
//! fresh clone, without root.
//!
//! - `runtime`: GCC's Objective-C runtime, which the simulator and the library load;
//! - `gobjc`: GCC's Objective-C compiler, with which tests build host programs;
//! - `arm64`: cross compilers and an emulator, with which tests try another calling convention;
//! - `apple`: clang and LLVM, with which one test tries Apple's calling convention;
//! - `chromium`: a browser, in which tests look at the page of `agx-fix report`;
//! - `debian`: where they come from when they are not installed;
//! - `macos`: cargo for the Mac's targets, on a Mac or on Linux;
//! - `dist`: the Mac's files, built, checked and packed;
//! - `macho_run`: the tests of the Linux build on the Mac's library;
//! - `mutants`: the guard with one protection taken out, to be noticed by a check;
//! - `verify`: model checkers, fuzzing, a race detector, faults and mutation.

#![forbid(unsafe_code)]

mod apple;
mod arm64;
mod chromium;
mod debian;
mod dist;
mod gobjc;
mod macho_run;
mod macos;
mod mutants;
mod runtime;
mod verify;

use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const USAGE: &str = "\
usage: cargo xtask stress [ARGS]   the stress test, with the arguments of `agx-fix stress`
       cargo xtask bench [ARGS]    the measurements, with the arguments of `agx-fix-lab bench`
       cargo xtask calls [ARGS]    the cost of a call, with the arguments of `agx-fix-lab calls`
       cargo xtask lab ARGS        the laboratory: `agx-fix-lab` with these arguments
       cargo xtask test [ARGS]     all tests, with the arguments of `cargo nextest run` if that is installed, else
                                   of `cargo test`
       cargo xtask mutants [NAMES] takes one protection after the other out of a copy of the guard, and demands that its
                                   check fails; only those whose names contain one of NAMES
       cargo xtask verify [NAMES]  what checks the guard by machine (loom, shuttle, fuzz): three minutes; --long for all, with
                                   ThreadSanitizer, faults and mutants: hours; --markdown docs/verification.md writes the table
       cargo xtask report-check    looks at the page of `agx-fix report` in a headless Chromium, and leaves pictures of it
       cargo xtask apple-abi       the one test of Apple's arm64 calling convention, with what it takes (x86_64 Linux)
       cargo xtask macos ARGS      cargo with these arguments, for the Mac's two targets, with what it takes: on Linux
                                   Debian's Rust and LLVM, and a standard library built from source
       cargo xtask dist            the Mac's library and tool for both architectures, checked, and packed with header and
                                   docs; --releases URL for the formula's address
       cargo xtask macho-run       the code of the Mac's library in Linux processes: the tests of the Linux build, and which
                                   imports they called (x86_64 Linux); --memcheck for host programs under valgrind
       cargo xtask docs            writes the generated parts of docs/ and include/agx_fix.h";

/// One line for the user, or the failed tool's own lines.
type Error = String;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let task = arguments.next();
    let rest: Vec<OsString> = arguments.collect();
    let result = match task.as_ref().and_then(|task| task.to_str()) {
        Some("stress") => run_program("agx-fix-cli", "agx-fix", Some("stress"), rest),
        Some("bench") => lab(Some("bench"), rest),
        Some("calls") => lab(Some("calls"), rest),
        Some("lab") => lab(None, rest),
        Some("test") => test(rest),
        Some("mutants") => match mutants(&rest) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        Some("verify") => match target_dir().and_then(|target| verify::run(&rest, &root(), &target)) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => Err(error),
        },
        Some("report-check") => report_check(rest),
        Some("apple-abi") => apple_abi(rest),
        Some("macos") => macos(&rest),
        Some("dist") => match dist::run(&rest) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => Err(error),
        },
        Some("macho-run") => match macho_run::run(&rest) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => Err(error),
        },
        Some("docs") => docs(),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let Err(error) = result;
    eprintln!("xtask: {error}");
    ExitCode::FAILURE
}

/// What a task returns: it becomes another program, unless something is wrong.
type Becomes = Result<std::convert::Infallible, Error>;

/// The laboratory, or one of its subcommands.
fn lab(subcommand: Option<&str>, arguments: Vec<OsString>) -> Becomes {
    run_program("agx-fix-lab", "agx-fix-lab", subcommand, arguments)
}

/// A program of the workspace.
fn run_program(package: &str, program: &str, subcommand: Option<&str>, arguments: Vec<OsString>) -> Becomes {
    let mut cargo = cargo(&["run", "--release", "--package", package, "--bin", program]);
    runtime::provide(&mut cargo, &target_dir()?)?;
    become_program(cargo.arg("--").args(subcommand).args(arguments))
}

fn test(arguments: Vec<OsString>) -> Becomes {
    let mut cargo = if has_nextest() { cargo(&["nextest", "run"]) } else { cargo(&["test"]) };
    let target = target_dir()?;
    runtime::provide(&mut cargo, &target)?;
    gobjc::provide(&mut cargo, &target)?;
    // Without it, the tests say why.
    let _ = arm64::provide(&mut cargo, &target);
    chromium::provide_if_there(&mut cargo, &target);
    cargo.arg("--workspace");
    if cfg!(target_os = "macos") {
        cargo.args(["--exclude", "agx-fix-sim", "--exclude", "agx-fix-tests"]); // the simulated driver is Linux's
    }
    become_program(cargo.args(arguments))
}

fn mutants(names: &[OsString]) -> Result<ExitCode, Error> {
    mutants::run(names, &root(), &target_dir()?)
}

/// The tests of one page, with pictures of it for people.
fn report_check(arguments: Vec<OsString>) -> Becomes {
    let mut cargo = cargo(&["test", "--package", "agx-fix-cli", "--test", "report", "page::"]);
    let target = target_dir()?;
    runtime::provide(&mut cargo, &target)?;
    chromium::provide(&mut cargo, &target)?;
    let pictures = target.join("report-check");
    cargo.env("AGX_TEST_SCREENSHOTS", &pictures);
    eprintln!("pictures of the page: {}", pictures.display());
    become_program(cargo.args(["--", "--nocapture"]).args(arguments))
}

/// One test, by cargo's own runner, which can show what it printed.
fn apple_abi(arguments: Vec<OsString>) -> Becomes {
    let mut cargo = cargo(&["test", "--package", "agx-fix-tests", "--test", "apple_abi"]);
    let target = target_dir()?;
    runtime::provide(&mut cargo, &target)?;
    let arm64 = arm64::provide(&mut cargo, &target)
        .ok_or("the tools for AArch64 are missing: it takes x86_64 Linux, Debian's packages, and no AGX_TEST_SKIP_ARM64")?;
    apple::provide(&mut cargo, &arm64)?;
    become_program(cargo.args(["--", "--nocapture"]).args(arguments))
}

fn macos(arguments: &[OsString]) -> Becomes {
    let arguments: Option<Vec<&str>> = arguments.iter().map(|it| it.to_str()).collect();
    let arguments =
        arguments.filter(|it| !it.is_empty()).ok_or("cargo's arguments are missing: build, clippy, ...")?;
    let target = target_dir()?;
    let mut cargo = macos::Toolchain::provide(&target, &root())?.cargo(&macos::TARGETS, &arguments);
    let library = dist::library(&target);
    // What is only looked at may carry any library; building one takes longer than looking.
    if matches!(arguments[0], "check" | "clippy") && library.exists() {
        cargo.env(dist::CARRIED, library);
    }
    become_program(&mut cargo)
}

/// The tests that compare generated files write them instead.
fn docs() -> Becomes {
    let mut cargo = cargo(&["test"]);
    for (package, test) in
        [("agx-fix", "header"), ("agx-fix-interface", "docs"), ("agx-fix-hooks", "bindings")]
    {
        cargo.args(["--package", package, "--test", test]);
    }
    become_program(cargo.env("AGX_UPDATE", "1"))
}

/// This process becomes `command`, so that exit codes and signals need no passing on.
fn become_program(command: &mut Command) -> Becomes {
    let cause = command.exec();
    Err(format!("{} cannot be started: {cause}", command.get_program().display()))
}

/// Cargo, for this workspace. The working folder stays the user's, whose paths are in the arguments.
fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).arg("--manifest-path").arg(root().join("Cargo.toml"));
    cargo
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().expect("xtask is a folder of the workspace").to_owned()
}

fn has_nextest() -> bool {
    let mut version = cargo(&["nextest", "--version"]);
    version.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Cargo's target folder, wherever it is configured to be: this program is in `<target>/<profile>`.
fn target_dir() -> Result<PathBuf, Error> {
    let program =
        env::current_exe().map_err(|cause| format!("the target folder cannot be found: {cause}"))?;
    let target = program.ancestors().nth(2).ok_or("the target folder cannot be found")?;
    Ok(target.to_owned())
}
