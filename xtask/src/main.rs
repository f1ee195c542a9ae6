//! The project's own commands, `cargo xtask TASK`. Each does all that it takes on a fresh clone, without root.
//!
//! - `command`: starting cargo and other programs;
//! - `runtime`: GCC's Objective-C runtime, which the simulator and the library load;
//! - `gobjc`: GCC's Objective-C compiler, with which tests build host programs;
//! - `arm64`: cross compilers and an emulator, with which tests try another calling convention;
//! - `apple`: clang and LLVM, with which one test tries Apple's calling convention;
//! - `chromium`: a browser, in which tests look at the page of `agx-fix report`;
//! - `debian`: where they come from when they are not installed;
//! - `macos`: cargo for the Mac's targets, on a Mac or on Linux;
//! - `dist`: the Mac's files, built, checked and packed;
//! - `macho_run`: the tests of the Linux build on the Mac's library;
//! - `verify`: model checkers, fuzzing, a race detector, faults and mutation.

#![forbid(unsafe_code)]

mod apple;
mod arm64;
mod chromium;
mod command;
mod debian;
mod dist;
mod gobjc;
mod macho_run;
mod macos;
mod runtime;
mod verify;

use clap::{Args, Parser, Subcommand};
use command::{Becomes, become_program, cargo};
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// The stress test, with the arguments of `agx-fix stress`
    #[command(disable_help_flag = true)]
    Stress(Passed),
    /// The measurements, with the arguments of `agx-fix-lab bench`
    #[command(disable_help_flag = true)]
    Bench(Passed),
    /// The cost of a call, with the arguments of `agx-fix-lab calls`
    #[command(disable_help_flag = true)]
    Calls(Passed),
    /// The laboratory, with the arguments of `agx-fix-lab`
    #[command(disable_help_flag = true)]
    Lab(Passed),
    /// All tests, with the arguments of `cargo nextest run` if that is installed, else of `cargo test`
    #[command(disable_help_flag = true)]
    Test(Passed),
    /// What checks guard and hooks by machine, with how much each check went through
    Verify(verify::Arguments),
    /// Looks at the page of `agx-fix report` in a headless Chromium, and leaves pictures of it
    #[command(disable_help_flag = true)]
    ReportCheck(Passed),
    /// The test of Apple's arm64 calling convention, with what it takes (x86_64 Linux)
    #[command(disable_help_flag = true)]
    AppleAbi(Passed),
    /// Cargo with these arguments for the Mac's two targets: on Linux with Debian's Rust and LLVM
    #[command(disable_help_flag = true)]
    Macos {
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        arguments: Vec<String>,
    },
    /// The Mac's library and tool for both architectures, checked, and packed with header and docs
    Dist(dist::Arguments),
    /// The code of the Mac's library in Linux processes, put to the tests of the Linux build (x86_64 Linux)
    MachoRun(macho_run::Arguments),
    /// Writes the generated parts of docs/ and include/agx_fix.h
    Docs,
}

/// Arguments for another program.
#[derive(Debug, Args)]
struct Passed {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    words: Vec<OsString>,
}

/// One line for the user, or the failed tool's own lines.
type Error = String;

fn main() -> ExitCode {
    let arguments = Arguments::parse_from(all_words(env::args_os()));
    let Err(error) = run(arguments.task) else { return ExitCode::SUCCESS };
    eprintln!("xtask: {error}");
    ExitCode::FAILURE
}

/// The command line for clap, which takes the first `--` for its own: a task's program gets one that follows the task.
fn all_words(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.collect();
    if words.get(2).is_some_and(|word| word == "--") {
        words.insert(2, "--".into());
    }
    words
}

fn run(task: Task) -> Result<(), Error> {
    let became = match task {
        Task::Stress(passed) => program("agx-fix-cli", "agx-fix", &["stress"], passed),
        Task::Bench(passed) => program("agx-fix-lab", "agx-fix-lab", &["bench"], passed),
        Task::Calls(passed) => program("agx-fix-lab", "agx-fix-lab", &["calls"], passed),
        Task::Lab(passed) => program("agx-fix-lab", "agx-fix-lab", &[], passed),
        Task::Test(passed) => test(passed),
        Task::Verify(arguments) => return verify::run(&arguments, &root(), &target_dir()?),
        Task::ReportCheck(passed) => report_check(passed),
        Task::AppleAbi(passed) => apple_abi(passed),
        Task::Macos { arguments } => macos(&arguments),
        Task::Dist(arguments) => return dist::run(&arguments),
        Task::MachoRun(arguments) => return macho_run::run(&arguments),
        Task::Docs => docs(),
    };
    became.map(|never| match never {})
}

/// A program of the workspace, as a release build.
fn program(package: &str, program: &str, subcommand: &[&str], passed: Passed) -> Becomes {
    let mut cargo = cargo(&["run", "--release", "--package", package, "--bin", program]);
    runtime::provide(&mut cargo, &target_dir()?)?;
    become_program(cargo.arg("--").args(subcommand).args(passed.words))
}

fn test(passed: Passed) -> Becomes {
    let mut cargo = if has_nextest() { cargo(&["nextest", "run"]) } else { cargo(&["test"]) };
    let target = target_dir()?;
    runtime::provide(&mut cargo, &target)?;
    gobjc::provide(&mut cargo, &target)?;
    // Where the tools cannot be had, the tests say why.
    let _ = arm64::provide(&mut cargo, &target);
    chromium::provide_if_there(&mut cargo, &target);
    cargo.arg("--workspace");
    if cfg!(target_os = "macos") {
        cargo.args(["--exclude", "agx-fix-sim", "--exclude", "agx-fix-tests"]); // the simulated driver is Linux's
    }
    become_program(cargo.args(passed.words))
}

/// The tests of one page, with pictures of it for people.
fn report_check(passed: Passed) -> Becomes {
    let mut cargo = cargo(&["test", "--package", "agx-fix-cli", "--test", "report", "page::"]);
    let target = target_dir()?;
    runtime::provide(&mut cargo, &target)?;
    chromium::provide(&mut cargo, &target)?;
    let pictures = target.join("report-check");
    cargo.env("AGX_TEST_SCREENSHOTS", &pictures);
    eprintln!("pictures of the page: {}", pictures.display());
    become_program(cargo.args(["--", "--nocapture"]).args(passed.words))
}

/// One test, by cargo's own runner, which can show what the test printed.
fn apple_abi(passed: Passed) -> Becomes {
    let mut cargo = cargo(&["test", "--package", "agx-fix-tests", "--test", "apple_abi"]);
    let target = target_dir()?;
    runtime::provide(&mut cargo, &target)?;
    let arm64 = arm64::provide(&mut cargo, &target)
        .ok_or("the tools for AArch64 are missing: it takes x86_64 Linux, Debian's packages, and no AGX_TEST_SKIP_ARM64")?;
    apple::provide(&mut cargo, &arm64)?;
    become_program(cargo.args(["--", "--nocapture"]).args(passed.words))
}

fn macos(arguments: &[String]) -> Becomes {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
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

/// The message for a file or folder that cannot be written.
fn cannot_write<E: Display>(path: &Path) -> impl Fn(E) -> Error {
    move |cause| format!("{} cannot be written: {cause}", path.display())
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Task, all_words};
    use clap::Parser;

    fn parsed(words: &[&str]) -> Result<Task, clap::Error> {
        let words = std::iter::once(&"cargo xtask").chain(words).map(Into::into);
        Arguments::try_parse_from(all_words(words)).map(|it| it.task)
    }

    #[test]
    fn the_arguments_of_another_program_are_left_alone() {
        for words in [
            &["test", "-E", "test(foo)"][..],
            &["test", "--", "--nocapture", "--", "x"],
            &["stress", "--json", "x"],
            &["bench", "--help"],
        ] {
            let (Task::Test(passed) | Task::Stress(passed) | Task::Bench(passed)) = parsed(words).unwrap()
            else {
                panic!("{words:?}");
            };
            assert_eq!(passed.words, words[1..]);
        }
    }

    #[test]
    fn wrong_usage_is_said_with_exit_code_2() {
        for words in [&[][..], &["mutants"], &["macos"], &["verify", "miri"], &["verify", "--markdown"]] {
            assert_eq!(parsed(words).unwrap_err().exit_code(), 2, "{words:?}");
        }
    }
}
