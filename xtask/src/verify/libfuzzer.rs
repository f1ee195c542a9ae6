//! libFuzzer on the targets of `fuzz/`: inputs that are made by what earlier ones executed. The compiler's own coverage
//! counters do, without a sanitizer, so the stable toolchain builds it; libFuzzer itself takes a C++ compiler.
//!
//! A run is a number of executions, not a time, from a fixed seed and the seeds in `fuzz/corpus`. (It is not the same every
//! time: comparisons of addresses, which the system draws anew, are among what libFuzzer learns from.) Each target has a control: a
//! run with a bug planted must find it.

use super::table::Row;
use crate::Error;
use crate::command::{add_flags, any_cargo, printed};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What `cargo fuzz build -s none` gives the compiler.
const COVERAGE: &str = "--cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                        -Cllvm-args=-sanitizer-coverage-trace-compares \
                        -Cllvm-args=-simplifycfg-branch-fold-threshold=0";
/// Has a target use what is planted in it (`fuzz/src/lib.rs`).
const PLANTED: &str = "AGX_FUZZ_PLANTED";
/// An input that takes longer, in seconds, is one that the reader ran away with.
const TIMEOUT: u32 = 60;

/// A target.
struct Target {
    /// Of its program.
    name: &'static str,
    what: &'static str,
    /// The folder of its seeds.
    seeds: &'static str,
    /// Inputs have no more bytes.
    longest: u32,
    /// Executions, usually and in a long run.
    runs: [u64; 2],
    /// What is said when the planted bug is found.
    planted: &'static str,
}

const TARGETS: [Target; 5] = [
    Target {
        name: "options",
        what: "option parser",
        seeds: "fuzz/corpus/options",
        longest: 256,
        runs: [200_000, 10_000_000],
        planted: "a complaint's variable keeps its default",
    },
    Target {
        name: "documents",
        what: "JSON readers",
        seeds: "fuzz/corpus/documents",
        longest: 2000,
        runs: [40_000, 2_000_000],
        planted: "what was read is written, and read the same",
    },
    Target {
        name: "macho",
        what: "Mach-O reader",
        seeds: "fuzz/corpus/macho",
        longest: 200,
        runs: [100_000, 3_000_000],
        planted: "index out of bounds",
    },
    Target {
        name: "crash_text",
        what: "crash reports (.ips) and texts",
        seeds: "crates/agx-fix-cli/tests/crashes",
        longest: 6000,
        runs: [20_000, 600_000],
        planted: "is not a char boundary",
    },
    Target {
        name: "calls",
        what: "sequences of calls over 3 threads, against an oracle",
        seeds: "fuzz/corpus/calls",
        longest: 64,
        runs: [3_000, 150_000],
        planted: "oracle: Call(Dispatch)",
    },
];

/// Runs all targets, each with its control. Nothing where there is no C++ compiler.
pub(super) fn run(root: &Path, target: &Path, long: bool) -> Result<Vec<Row>, Error> {
    let compiler = env::var_os("CXX").unwrap_or_else(|| "c++".into());
    if let Err(cause) = printed(Command::new(compiler).arg("--version")) {
        eprintln!("libFuzzer is left out, as it takes a C++ compiler: {cause}");
        return Ok(Vec::new());
    }
    let place = Place { root, folder: target.join("verify/libfuzzer"), programs: PathBuf::new() }.built()?;
    let mut rows = Vec::new();
    for it in &TARGETS {
        rows.push(place.fuzz(it, it.runs[usize::from(long)])?);
    }
    for it in &TARGETS {
        // It ends when it has found it: the limit is for a control that does not work.
        rows.push(place.find_what_is_planted(it, it.runs[1])?);
    }
    Ok(rows)
}

struct Place<'a> {
    root: &'a Path,
    folder: PathBuf,
    programs: PathBuf,
}

impl Place<'_> {
    fn built(mut self) -> Result<Self, Error> {
        let host = host()?;
        let mut cargo = any_cargo();
        // With a target named, build scripts and macros are built without coverage, for which they have no runtime.
        cargo.args(["build", "--release", "--locked", "--target", &host, "--manifest-path"]);
        cargo.arg(self.root.join("fuzz/Cargo.toml"));
        add_flags(&mut cargo, COVERAGE);
        cargo.env("CARGO_TARGET_DIR", &self.folder);
        eprintln!("cargo build --manifest-path fuzz/Cargo.toml ...");
        printed(&mut cargo)?;
        self.programs = self.folder.join(host).join("release");
        Ok(self)
    }

    fn fuzz(&self, target: &Target, runs: u64) -> Result<Row, Error> {
        eprintln!("{} -runs={runs} ...", target.name);
        let output = self.command(target, runs, "corpus")?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            eprint!("{}", end_of(&said));
            return Err(format!("{}: the input that fails is in the file named above", target.name));
        }
        let numbers = executions(&said).zip(covered(&said));
        let (executions, edges) = numbers.ok_or_else(|| unreadable(target))?;
        Ok(row("fuzz", target, &format!("{executions} executions, {edges} edges covered")))
    }

    /// It has to end as a target does that has found something.
    fn find_what_is_planted(&self, target: &Target, runs: u64) -> Result<Row, Error> {
        let output = self.command(target, runs, "corpus-planted")?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() || !said.contains(target.planted) {
            eprint!("{}", end_of(&said));
            return Err(format!("{}: what is planted is not found in {runs} executions", target.name));
        }
        let executions = executions(&said).ok_or_else(|| unreadable(target))?;
        Ok(row("fuzz, negative", target, &format!("found in execution {executions}")))
    }

    /// One run. What it finds worth keeping goes to a folder that is empty before, so that no run depends on another.
    fn command(&self, target: &Target, runs: u64, corpus: &str) -> Result<Output, Error> {
        let found = self.folder.join(corpus).join(target.name);
        let cannot = |cause| format!("{}: {cause}", found.display());
        if found.exists() {
            fs::remove_dir_all(&found).map_err(cannot)?;
        }
        fs::create_dir_all(&found).map_err(cannot)?;
        let mut fuzzer = Command::new(self.programs.join(target.name));
        fuzzer.args([format!("-runs={runs}"), format!("-timeout={TIMEOUT}")]);
        fuzzer.args(["-seed=1", "-print_final_stats=1", "-len_control=0"]);
        fuzzer.arg(format!("-max_len={}", target.longest));
        fuzzer.arg(format!("-artifact_prefix={}-", found.display()));
        fuzzer.arg(&found).arg(self.root.join(target.seeds));
        fuzzer.env("RUST_BACKTRACE", "0").env_remove(PLANTED).stdout(Stdio::null());
        if corpus.ends_with("planted") {
            fuzzer.env(PLANTED, "1");
        }
        fuzzer.output().map_err(|cause| format!("{} cannot be started: {cause}", target.name))
    }
}

/// The compiler's name of this machine.
fn host() -> Result<String, Error> {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = printed(Command::new(compiler).arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not say what it runs on")?.to_owned())
}

fn row(kind: &str, target: &Target, much: &str) -> Row {
    Row([kind, target.what, much, "libFuzzer"].map(str::to_owned))
}

fn unreadable(target: &Target) -> Error {
    format!("{}: libFuzzer's counts are not understood", target.name)
}

/// How often the target was called.
fn executions(said: &str) -> Option<u64> {
    said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units: ")?.trim().parse().ok())
}

/// The edges of the program that were taken in some execution: `#200 DONE cov: 31 ft: 40 ...`.
fn covered(said: &str) -> Option<u64> {
    let rest = said.lines().rev().find_map(|line| Some(line.split_once(" cov: ")?.1))?;
    rest.split(' ').next()?.parse().ok()
}

/// The last lines, which say what went wrong.
fn end_of(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(40)..].iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "#2\tINITED cov: 9 ft: 10 corp: 1/1b exec/s: 0 rss: 28Mb\n\
                        #50\tDONE   cov: 31 ft: 40 corp: 3/9b lim: 4 exec/s: 0 rss: 28Mb\n\
                        Done 50 runs in 0 second(s)\nstat::number_of_executed_units: 50\n";

    #[test]
    fn the_last_counts_hold() {
        assert_eq!((executions(SAID), covered(SAID)), (Some(50), Some(31)));
        assert_eq!((executions("Done"), covered("#2\tINITED")), (None, None));
    }

    #[test]
    fn the_end_is_the_last_lines() {
        assert_eq!(end_of(SAID), SAID);
        assert_eq!(end_of(&"a\n".repeat(100)).lines().count(), 40);
    }

    #[test]
    fn every_target_has_seeds_and_a_program() {
        let root = crate::root();
        let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
        for it in &TARGETS {
            assert!(manifest.contains(&format!("name = \"{}\"", it.name)), "{}", it.name);
            let folder = root.join(it.seeds);
            assert!(folder.read_dir().unwrap().next().is_some(), "{}", folder.display());
        }
    }
}
