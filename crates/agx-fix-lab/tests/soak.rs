//! `agx-fix-lab soak`: a short one, with its baseline.
//!
//! They need the Objective-C runtime, which `cargo xtask test` provides.

#![cfg(target_os = "linux")]

use agx_fix_workload::EncoderKind;
use assert_cmd::Command;
use tempfile::TempDir;

/// Soaks on a driver with wide race windows. What it printed, and whether the verdict was good.
fn soak(driver: &str, arguments: &[&str]) -> (String, bool) {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_agx-fix-lab"));
    command.env("AGX_FIX_CACHE", folder.path().join("cache"));
    command.env("AGX_SIM_DRIVER", driver).env("AGX_SIM_WIDEN_US", "200");
    let output = command.args(["soak", "3", "--threads", "8", "--seed", "7"]).args(arguments);
    let output = output.output().unwrap();
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (text, output.status.success())
}

/// The first cell of a table's row.
fn row_of(line: &str) -> Option<&str> {
    Some(line.strip_prefix('|')?.split('|').next()?.trim())
}

/// With this strategy, it comes to its end.
fn survives(driver: &str, strategy: &str) {
    let (text, good) = soak(driver, &["--preset", strategy]);
    assert!(good, "{text}");
    let repeat = format!("agx-fix-lab soak 3 --threads 8 --seed 7 --preset {strategy}");
    assert!(text.starts_with(&format!("to repeat: {repeat}\n")), "{text}");
    for kind in EncoderKind::ALL {
        assert_eq!(text.lines().filter(|line| row_of(line) == Some(kind.name())).count(), 1, "{text}");
    }
}

macro_rules! survivors {
    ($($test:ident: $driver:literal, $strategy:literal;)*) => {
        $(#[test] fn $test() { survives($driver, $strategy); })*
    };
}

survivors! {
    all_kinds_survive_with_a_lock_per_encoder: "agx", "per-encoder";
    all_kinds_survive_with_a_lock_per_command_buffer: "agx", "per-command-buffer";
    all_kinds_survive_with_one_lock: "agx", "global";
    all_kinds_survive_with_bindings_for_each_thread: "agx", "isolate";
    all_kinds_survive_behind_the_wrappers_of_a_validation_layer: "debug", "per-encoder";
}

/// Each kind by itself, without the library; and all, with its hooks and without its locks.
#[test]
fn no_kind_survives_without_a_guard() {
    let broke = |arguments: &[&str]| {
        let (text, good) = soak("agx", arguments);
        assert!(good && text.contains(": it crashed: SIG"), "{arguments:?}: {text}");
    };
    for kind in EncoderKind::ALL {
        broke(&["--preset", "unguarded", "--kind", kind.name()]);
    }
    broke(&["--preset", "none"]);
}

#[test]
fn what_gives_no_verdict_is_refused() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agx-fix-lab"));
    let output =
        command.args(["soak", "1", "--preset", "associated-object"]).assert().code(1).get_output().clone();
    assert!(output.stdout.is_empty() && String::from_utf8(output.stderr).unwrap().lines().count() == 1);
}
