//! Compiles driver, host and hooks, and runs them.

use super::hooks::{self, Mistake};
use super::tools::Tools;
use crate::fidelity::{self, PATTERNS, Verdict, methods};
use crate::run;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Driver and host, in a folder that is deleted when it is dropped.
#[derive(Debug)]
pub struct Lot {
    folder: TempDir,
    tools: Tools,
    seed: u64,
}

impl Lot {
    /// Generates and compiles them, but for the hooks.
    ///
    /// # Panics
    /// They do not compile.
    pub fn new(tools: Tools, seed: u64) -> Self {
        let lot = Self { folder: tempfile::tempdir().expect("a folder for the test"), tools, seed };
        for (name, source) in [("driver", fidelity::driver()), ("host", fidelity::host())] {
            let source_path = lot.write(&format!("{name}.m"), &source);
            let mut clang = lot.tools.clang();
            clang.args(["-std=gnu11", "-O1", "-fPIC", "-Wall", "-Werror", "-Dmain=host_main", "-c"]);
            if name == "host" {
                clang.arg("-DHOST");
            }
            clang.arg("-I").arg(sources().join("fidelity"));
            clang.arg("-include").arg(sources().join("apple/apple.h"));
            build(clang.arg("-o").arg(lot.object(name)).arg(source_path));
        }
        let mut gcc = lot.tools.gcc();
        gcc.args(["-std=gnu11", "-O1", "-fPIC", "-Wall", "-Werror", "-c", "-o"]).arg(lot.object("start"));
        build(gcc.arg(sources().join("apple/start.c")));
        lot
    }

    /// The program with the hooks of all rows, and a mistake planted in them if there is one.
    ///
    /// # Panics
    /// It does not compile.
    pub fn program(&self, mistake: Option<&Mistake>) -> PathBuf {
        let source = self.write("hooks.rs", &hooks::source(mistake));
        let code = self.path("hooks.ll");
        let mut rustc = self.tools.rustc();
        rustc.args(["--crate-type=lib", "--crate-name=hooks", "--emit=llvm-ir", "-Ccodegen-units=1", "-o"]);
        build(rustc.arg(&code).arg(source));
        let text = fs::read_to_string(&code).expect("rustc has written it");
        fs::write(&code, for_elf(&text)).expect("the folder can be written");
        build(self.tools.llc().arg("-o").arg(self.object("hooks")).arg(&code));
        let program = self.path("program");
        let mut gcc = self.tools.gcc();
        gcc.arg("-Wl,--gc-sections").arg("-o").arg(&program);
        gcc.args(["start", "driver", "host", "hooks"].map(|name| self.object(name))).arg("-lobjc");
        build(&mut gcc);
        program
    }

    /// Runs it, with the hooks in place or without.
    ///
    /// # Panics
    /// It does not start, or says that all is well but not of every row and pattern.
    pub fn run(&self, program: &Path, is_hooked: bool) -> (Verdict, usize) {
        let mut command = self.tools.emulator();
        command.arg(program).arg(if is_hooked { "hooked" } else { "bare" });
        command.args([self.seed.to_string(), PATTERNS.to_string()]);
        let how_to_repeat = format!("to repeat it: {}={} cargo xtask apple-abi", fidelity::SEED, self.seed);
        let (verdict, said) = Verdict::of(&run(&mut command), &how_to_repeat);
        let mut calls = 0;
        if verdict.faithful {
            let (rows, hooks) = (methods().count(), if is_hooked { hooks::hook_count() } else { 0 });
            let start = format!("{rows} of {rows} rows, {} patterns\n{hooks} hooks, ", rows * PATTERNS);
            let count = said.strip_prefix(&start).and_then(|rest| rest.strip_suffix(" calls\n"));
            calls = count.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{start:?}: {said}"));
        }
        (verdict, calls)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn object(&self, name: &str) -> PathBuf {
        self.path(name).with_extension("o")
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("the folder can be written");
        path
    }
}

fn sources() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn build(command: &mut Command) {
    let output = command.output().unwrap_or_else(|cause| panic!("{command:?}: {cause}"));
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// The target is llc's to say. Names in objects for macOS start with an underscore, and Linux's do not.
fn for_elf(code: &str) -> String {
    let is_about_the_target = |line: &&str| line.starts_with("target triple");
    let lines = code.lines().filter(|line| !is_about_the_target(line));
    lines.map(|line| if line.starts_with("target datalayout") { line.replace("m:o", "m:e") } else { line.into() } + "\n").collect()
}
