//! Compiles for a machine, this one or an emulated one, and starts programs there.

use super::arm64;
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A machine whose calling convention is tested.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Rust's name of it.
    pub triple: &'static str,
    /// Where its compilers, libraries and emulator are; `None` for this machine.
    emulated: Option<PathBuf>,
}

impl Machine {
    /// This one.
    pub const fn native() -> Self {
        let triple = if cfg!(target_arch = "aarch64") { arm64::TRIPLE } else { "x86_64-unknown-linux-gnu" };
        Self { triple, emulated: None }
    }

    /// AArch64 by emulation. `None` where this machine is one, or the user leaves it out.
    ///
    /// # Panics
    /// It is not set up; the message says how to go on.
    pub fn arm64() -> Option<Self> {
        arm64::root().map(|root| Self { triple: arm64::TRIPLE, emulated: Some(root) })
    }

    /// GCC for this machine, with what it needs for Objective-C.
    fn gcc(&self) -> Command {
        match &self.emulated {
            Some(root) => arm64::gcc(root),
            None => Command::new("gcc"),
        }
    }

    /// Compiles Objective-C with optimisation, as applications and drivers are: unoptimised code keeps
    /// nothing in registers.
    ///
    /// # Panics
    /// It does not compile; the compiler's message says why.
    pub fn compile(&self, source: &Path, output: &Path, more: &[OsString]) {
        let mut gcc = self.gcc();
        gcc.args(["-std=gnu11", "-O1", "-g", "-Wall", "-Werror", "-fobjc-exceptions", "-pthread", "-I"]);
        gcc.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("fidelity"));
        gcc.arg("-o").arg(output).arg(source).args(more);
        match &self.emulated {
            Some(_) => gcc.arg("-lobjc"),
            None => gcc.args(crate::objective_c_flags()),
        };
        let done = gcc.output().expect("gcc: install it (Debian: gcc)");
        assert!(
            done.status.success(),
            "{} does not compile; where gcc has no Objective-C, run the tests by `cargo xtask test`:\n{}",
            source.display(),
            String::from_utf8_lossy(&done.stderr)
        );
    }

    /// A command that starts `program` there, with `preloaded` in it.
    pub fn start(&self, program: &Path, preloaded: Option<&Path>) -> Command {
        let mut command = match &self.emulated {
            Some(root) => {
                let mut emulator = arm64::emulator(root);
                // The emulator is a program of this machine: the library is for what it runs.
                let variable = preloaded.map(|library| format!("LD_PRELOAD={}", library.display()));
                emulator.args(variable.iter().flat_map(|it| ["-E", it.as_str()])).arg(program);
                emulator
            }
            None => {
                let mut command = Command::new(program);
                command.env_remove("LD_PRELOAD").envs(preloaded.map(|library| ("LD_PRELOAD", library)));
                command
            }
        };
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("AGX_")) {
                command.env_remove(name);
            }
        }
        command
    }

    /// Builds the injected library with some features, optimised as it is shipped.
    ///
    /// # Panics
    /// It cannot be built; cargo's message says why.
    pub fn library(&self, features: &[&str]) -> PathBuf {
        let features = features.join(",");
        let kept = format!("libagx_fix-{}.so", features.replace(',', "-"));
        self.build(&["--package", "agx-fix", "--features", &features], "libagx_fix.so", &kept, None)
    }

    /// Builds the library that leads into the Mac's library at `path`.
    ///
    /// # Panics
    /// As above.
    pub fn macho_run(&self, path: &Path) -> PathBuf {
        let variable = Some(("AGX_MACHO_RUN_LIBRARY", path));
        let name = "libagx_fix_macho_run.so";
        self.build(&["--package", "agx-fix-macho-run"], name, name, variable)
    }

    /// Builds the simulated driver.
    ///
    /// # Panics
    /// As above.
    pub fn simulator(&self) -> PathBuf {
        let name = "libagx_fix_sim.so";
        self.build(&["--package", "agx-fix-sim"], name, name, None)
    }

    /// Builds the program that runs the workload once (`examples/run.rs` of agx-fix-workload).
    ///
    /// # Panics
    /// As above.
    pub fn workload(&self) -> PathBuf {
        self.build(&["--package", "agx-fix-workload", "--example", "run"], "examples/run", "run", None)
    }

    /// Builds something, and keeps `built` of it, which is in cargo's folder of releases, as `kept`.
    fn build(&self, what: &[&str], built: &str, kept: &str, variable: Option<(&str, &Path)>) -> PathBuf {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder of the workspace");
        let target = target_dir().join("fidelity").join(self.triple);
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--release", "--quiet", "--locked", "--offline", "--target", self.triple]);
        cargo.arg("--target-dir").arg(&target).arg("--manifest-path").arg(workspace.join("Cargo.toml"));
        cargo.args(what).envs(variable);
        for name in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET", "CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"] {
            cargo.env_remove(name);
        }
        // Debugging information takes half of the time, and is not used.
        cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "false");
        if let Some(root) = &self.emulated {
            arm64::configure(&mut cargo, root);
        }
        // Tests run at once, and every build leaves its library at the same place: no other build until it is copied.
        let turn = turn(&target);
        let done = cargo.output().expect("cargo starts");
        assert!(done.status.success(), "{cargo:?}\n{}", String::from_utf8_lossy(&done.stderr));
        let built = target.join(self.triple).join("release").join(built);
        let kept = target.join(kept);
        fs::copy(&built, &kept).expect("cargo's folder can be written");
        drop(turn);
        kept
    }
}

/// Waits until no other test builds in `folder`, and keeps the others waiting until it is dropped.
fn turn(folder: &Path) -> File {
    fs::create_dir_all(folder).expect("cargo's folder can be written");
    let file = File::create(folder.join("turn")).expect("cargo's folder can be written");
    file.lock().expect("files can be locked");
    file
}

/// Cargo's target folder: this program is in `<target>/<profile>/deps`.
fn target_dir() -> PathBuf {
    let program = env::current_exe().expect("a program has a path");
    program.ancestors().nth(3).expect("tests are in <target>/<profile>/deps").to_owned()
}
