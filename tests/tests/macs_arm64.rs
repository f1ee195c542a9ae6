//! The arm64 code of the Mac's library, as it is shipped, on an emulated AArch64 Linux (`agx-fix-macho-run`).
//!
//! Hosts and drivers call by Linux's convention there. It differs from Apple's in small arguments on the stack; no row of the
//! hooks has one (`apple_abi.rs`). The emulator orders memory as x86_64 does: what arm64 may reorder, it does not.
//!
//! `cargo xtask macho-run` names the library in `AGX_MACHO_RUN_LIBRARY`.

use agx_fix_interface::Document as _;
use agx_fix_interface::statistics::Statistics;
use agx_fix_tests::fidelity::{Lot, Machine, seed};
use agx_fix_tests::{PRESETS, run, success};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// What all tests share. `None` where the user leaves AArch64 out.
fn arm64() -> Option<&'static Arm64> {
    static ALL: OnceLock<Option<Arm64>> = OnceLock::new();
    ALL.get_or_init(Arm64::set_up).as_ref()
}

struct Arm64 {
    machine: Machine,
    folder: TempDir,
    /// Leads into the Mac's library.
    library: PathBuf,
    simulator: PathBuf,
}

impl Arm64 {
    fn set_up() -> Option<Self> {
        let machine = Machine::arm64()?;
        let dylib =
            std::env::var_os("AGX_MACHO_RUN_LIBRARY").expect("`cargo xtask macho-run` names the library");
        let library = machine.macho_run(Path::new(&dylib));
        let simulator = machine.simulator();
        Some(Self {
            folder: tempfile::tempdir().expect("a folder for the test"),
            machine,
            library,
            simulator,
        })
    }

    fn host(&self, name: &str) -> PathBuf {
        let program = self.folder.path().join(name);
        let folder = self.simulator.parent().expect("it is in a folder").display();
        let more = [self.simulator.clone().into(), format!("-Wl,-rpath,{folder}").into(), "-ldl".into()];
        self.machine.compile(&agx_fix_tests::host(name), &program, &more);
        program
    }

    fn bare(&self, program: &Path) -> Command {
        self.machine.start(program, None)
    }

    fn injected(&self, program: &Path) -> Command {
        self.machine.start(program, Some(&self.library))
    }
}

/// The emulator ends as its program does, or with the signal's number behind 128.
fn crashed(command: &mut Command) -> bool {
    let output = run(command);
    agx_fix_tests::signal(&output).is_some() || output.status.code().is_some_and(|code| code > 128)
}

#[test]
#[ignore = "needs the Mac's library: cargo xtask macho-run"]
fn every_row_is_faithful() {
    let Some(arm64) = arm64() else { return };
    let lot = Lot::new(arm64.machine.clone(), seed());
    let bare = lot.run(None, "");
    assert!(bare.faithful, "host and driver disagree without any hooks: {}", bare.text);
    for preset in ["per-encoder", "global", "none"] {
        let hooked = lot.run(Some(&arm64.library), preset);
        assert!(hooked.faithful, "{preset}: {}", hooked.text);
        let statistics = lot.statistics();
        assert_eq!((statistics.preset.as_str(), statistics.unguarded_calls), (preset, 0));
        assert!(preset == "none" || statistics.acquisitions > 10_000, "{statistics}");
    }
}

/// Through the hooks' frames, which compact entries describe.
#[test]
#[ignore = "needs the Mac's library: cargo xtask macho-run"]
fn an_exception_of_the_driver() {
    let Some(arm64) = arm64() else { return };
    let host = arm64.host("exception");
    for preset in PRESETS {
        let mut command = arm64.injected(&host);
        command.env("AGX_SIM_THROW", "1").env("AGX_FIX_PRESET", preset);
        assert_eq!(success(&mut command), "100 caught\n", "{preset}");
    }
}

#[test]
#[ignore = "needs the Mac's library: cargo xtask macho-run"]
fn a_late_call_is_left_out() {
    let Some(arm64) = arm64() else { return };
    let host = arm64.host("late");
    assert!(crashed(&mut arm64.bare(&host)), "the baseline must crash");
    assert_eq!(success(&mut arm64.injected(&host)), "alive\n");
}

#[test]
#[ignore = "needs the Mac's library: cargo xtask macho-run"]
fn drivers_and_a_library_that_is_loaded_late() {
    let Some(arm64) = arm64() else { return };
    let all = "debug,subclass,intel,agx";
    let drivers = arm64.host("drivers");
    assert_eq!(success(arm64.injected(&drivers).env("AGX_SIM_DRIVER", all)), "4 devices\n");
    let late = arm64.host("late_load");
    assert_eq!(success(arm64.bare(&late).arg(&arm64.library)), "guarded, and still there\n");
}

/// Bare, the driver crashes; guarded, no number is wrong, and with bindings for each thread none is missing.
#[test]
#[ignore = "needs the Mac's library: cargo xtask macho-run"]
fn threads_share_an_encoder() {
    let Some(arm64) = arm64() else { return };
    let workload = arm64.machine.workload();
    let start = |library: &Path, scenario: &str, preset: &str| {
        let mut command = arm64.machine.start(&workload, Some(library));
        command.args([scenario, "8", "50", "1"]);
        command.env("AGX_SIM_WIDEN_US", "20").env("AGX_FIX_PRESET", preset);
        command
    };
    // The dynamic linker's list may have spaces.
    let both = PathBuf::from(format!("{} {}", arm64.library.display(), arm64.simulator.display()));
    for scenario in ["shared-encoder", "torn-encoder"] {
        assert!(crashed(&mut start(&arm64.simulator, scenario, "")), "{scenario}: the baseline must crash");
    }
    for (scenario, preset, whole) in [
        ("own-encoder", "per-encoder", true),
        ("shared-encoder", "per-encoder", false),
        ("shared-encoder", "isolate", true),
        ("torn-encoder", "isolate", true),
    ] {
        let text = success(&mut start(&both, scenario, preset));
        let outcome: serde_json::Value = serde_json::from_str(&text).expect("an outcome");
        let statistics = Statistics::from_json(&outcome["statistics"].to_string()).expect("statistics");
        assert_eq!((statistics.preset.as_str(), statistics.enabled), (preset, true));
        assert_eq!(
            (&outcome["operations"], &outcome["wrong"]),
            (&400.into(), &0.into()),
            "{scenario}, {preset}"
        );
        let lost = outcome["lost"].as_u64().expect("a count");
        assert_eq!(lost, statistics.late_dispatches - statistics.rescued_dispatches, "{scenario}, {preset}");
        assert!(lost == 0 || !whole, "{scenario}, {preset}: {text}");
        assert!(scenario == "own-encoder" || statistics.contentions > 0, "{scenario}, {preset}: {text}");
    }
}
