//! Host programs under valgrind's memcheck: the library reads no uninitialised memory, and reads and writes none that is freed.
//!
//! They need valgrind, so they run on demand: `cargo xtask macho-run --memcheck` does so with the Mac's library.

use agx_fix_tests::{Lab, run};
use std::path::Path;
use std::process::{Command, Output};

/// What memcheck ends with if it found anything.
const FOUND: i32 = 99;

/// Runs a host in valgrind, for which the command was made. Valgrind runs one thread at a time. Without fair scheduling, spinning
/// threads can keep out for minutes the thread that is to end the process.
fn memcheck(command: &mut Command, host: &Path) -> Output {
    command.args(["--quiet", "--fair-sched=try", "--num-callers=20", &format!("--error-exitcode={FOUND}")]);
    command.arg(host);
    run(command)
}

#[test]
#[ignore = "takes valgrind: cargo xtask macho-run --memcheck"]
fn nothing_is_found_in_hosts_with_the_library() {
    let lab = Lab::new();
    for (name, variable, presets) in [
        ("late", ("AGX_FIX_VERBOSE", "1"), &["per-encoder", "per-command-buffer", "isolate"][..]),
        (
            "exception",
            ("AGX_SIM_THROW", "1"),
            &["none", "associated-object", "global", "per-encoder", "isolate"],
        ),
        ("drivers", ("AGX_SIM_DRIVER", "debug,subclass,intel,agx"), &["per-encoder", "isolate"]),
        ("stale", ("AGX_SIM_SERVICE_US", "200000"), &["per-encoder"]),
        ("exit_from_thread", ("AGX_FIX_STATS_HELD", "1"), &["per-encoder"]),
    ] {
        let host = lab.compile(name);
        for preset in presets {
            let mut command = lab.injected("valgrind");
            let output = memcheck(command.env("AGX_FIX_PRESET", preset).envs([variable]), &host);
            // This host ends with a code of its own.
            let good = if name == "exit_from_thread" { Some(3) } else { Some(0) };
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), good, "{name}, {preset}: {said}");
        }
    }
    assert!(lab.statistics().len() > 8, "the library was in them");
}

/// The baseline: what the library prevents here is a read of freed memory, and memcheck sees it.
#[test]
#[ignore = "takes valgrind: cargo xtask macho-run --memcheck"]
fn a_read_of_freed_memory_is_found_without_the_library() {
    let lab = Lab::new();
    let host = lab.compile("stale");
    let output = memcheck(lab.bare("valgrind").env("AGX_SIM_SERVICE_US", "200000"), &host);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("Invalid read"), "{said}");
}
