//! `cargo xtask macho-run`: the code of `libagx_fix.dylib`, as `dist` packs it, put to the tests of the Linux build: that for
//! x86_64 to most of them, that for arm64 to some by emulation (`AGX_TEST_SKIP_ARM64=1` leaves it out).
//!
//! `agx-fix-macho-run` builds to a library that can be preloaded and leads into the Mac's; the tool and the tests carry it in
//! place of the Linux build (`AGX_FIX_BUNDLE_LIBRARY`), and are the same otherwise.
//!
//! - `calls`: which of the Mac's imports were really called.

mod calls;

use crate::command::{cargo, succeed};
use crate::{Error, arm64, dist, gobjc, root, runtime, target_dir};
use agx_fix_macho::Architecture;
use std::path::PathBuf;
use std::process::Command;

/// Names the Mac's library, when `agx-fix-macho-run` is built and when it is tested.
const LIBRARY: &str = "AGX_MACHO_RUN_LIBRARY";
/// Names the file in which all processes count calls of imports. (Its name does not begin like those of options, which tests
/// take out of the environment of what they start.)
const CALLS: &str = "MACHO_RUN_CALLS";
/// How long the simulated driver stays in each window of a race, in microseconds: threads meet, however few run at once.
const WIDEN: (&str, &str) = ("AGX_SIM_WIDEN_US", "20");

/// The host programs that try what does not depend on time, and the rows of the fidelity test on this architecture.
const HOSTS: &[&[&str]] = &[
    &["--test", "hazards", "--test", "options", "--test", "drivers"],
    &["--test", "fidelity", "--", "--exact", "every_row_is_faithful"],
];
/// The crash classes; and that random programs are judged as they should.
const TOOL: &[&[&str]] = &[&["--test", "classes"]];

/// What the user asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Host programs under valgrind, instead of the tests
    #[arg(long)]
    memcheck: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(
            "the Mac's library is run on x86_64 Linux, by GCC's runtime; a Mac runs it by itself".into()
        );
    }
    let lab = Lab::set_up()?;
    if arguments.memcheck { lab.memcheck() } else { lab.tests() }
}

/// What all steps share.
struct Lab {
    target: PathBuf,
    /// The Mac's.
    library: PathBuf,
    /// What leads into it.
    bridge: PathBuf,
    calls: PathBuf,
}

impl Lab {
    fn set_up() -> Result<Self, Error> {
        let target = target_dir()?;
        let library = dist::build_library(&target, &root())?;
        let mut build = cargo(&["build", "--release", "--locked", "--package", "agx-fix-macho-run"]);
        succeed(build.env(LIBRARY, &library))?;
        let bridge = target.join("release/libagx_fix_macho_run.so");
        let calls = target.join("macho-run-calls");
        let _ = std::fs::remove_file(&calls);
        Ok(Self { target, library, bridge, calls })
    }

    fn tests(&self) -> Result<(), Error> {
        let mut own = cargo(&["test", "--locked", "--package", "agx-fix-macho-run"]);
        succeed(own.env(LIBRARY, &self.library).args(["--", "--include-ignored"]))?;
        for (package, all) in [("agx-fix-tests", HOSTS), ("agx-fix-lab", TOOL)] {
            for arguments in all {
                succeed(self.carried(&["test", "--locked", "--package", package])?.args(*arguments))?;
            }
        }
        self.arm64()?;
        let mut stress = self.carried(&["run", "--locked", "--package", "agx-fix-cli"])?;
        stress.args(["--", "stress", "--iterations", "4"]).env(WIDEN.0, WIDEN.1);
        stress.env("AGX_FIX_CACHE", self.target.join("macho-run-cache"));
        succeed(&mut stress)?;
        calls::check(&self.library, &self.calls, &root())
    }

    /// The arm64 image, by emulation. Its imports are counted apart, and not compared: the tests are a choice of the others.
    fn arm64(&self) -> Result<(), Error> {
        let mut test =
            self.carried(&["test", "--locked", "--package", "agx-fix-tests", "--test", "macs_arm64"])?;
        // Without it, the test says why.
        let _ = arm64::provide(&mut test, &self.target);
        let calls = self.target.join("macho-run-calls-arm64");
        let _ = std::fs::remove_file(&calls);
        test.env(LIBRARY, &self.library).env(CALLS, &calls);
        succeed(test.args(["--", "--ignored"]))?;
        calls::print(&self.library, &calls, Architecture::Arm64)
    }

    /// Takes valgrind, so it is not part of the tests.
    fn memcheck(&self) -> Result<(), Error> {
        let installed = Command::new("valgrind").arg("--version").output();
        installed.map_err(|cause| format!("valgrind cannot be started ({cause}): install it"))?;
        let mut test =
            self.carried(&["test", "--locked", "--package", "agx-fix-tests", "--test", "memcheck"])?;
        succeed(test.args(["--", "--ignored"]))
    }

    /// Cargo, whose tests and tool carry the bridge, with what they take.
    fn carried(&self, arguments: &[&str]) -> Result<Command, Error> {
        let mut cargo = cargo(arguments);
        cargo.env(dist::CARRIED, &self.bridge).env(CALLS, &self.calls);
        runtime::provide(&mut cargo, &self.target)?;
        gobjc::provide(&mut cargo, &self.target)?;
        Ok(cargo)
    }
}
