//! `agx-fix-lab classes`: a test for each program, with its baseline; and a few random programs.
//!
//! They need the Objective-C runtime, which `cargo xtask test` provides.

#![cfg(target_os = "linux")]

use assert_cmd::Command;
use tempfile::TempDir;

/// Enough for a program whose misuse depends on a wait of grace to have happened in some run.
const RUNS: &str = "3";

fn lab(cache: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agx-fix-lab"));
    command.env("AGX_FIX_CACHE", cache.path().join("cache")).args(arguments);
    command
}

/// The program fails without the library in some run, and is what `made_of_it` says with it, under every strategy that
/// knows command buffers' states; but where another encoder does the late work.
fn row(program: &str, made_of_it: &str) {
    let folder = TempDir::new().unwrap();
    let strategies = ["unguarded", "per-encoder", "per-command-buffer", "isolate"];
    let strategies = strategies.iter().flat_map(|strategy| ["--preset", strategy]);
    let mut command = lab(&folder, &["classes", "--class", program, "--iterations", RUNS]);
    let output = command.args(strategies).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let rescued = "late-call converted";
    let same = text.matches(made_of_it).count();
    let isolated = if made_of_it == "late-call prevented" { text.matches(rescued).count() } else { 0 };
    assert_eq!(same + isolated, 3, "{text}");
}

macro_rules! rows {
    ($($test:ident: $program:literal is $made_of_it:literal;)*) => {
        $(#[test] fn $test() { row($program, $made_of_it); })*
    };
}

rows! {
    class_1_another_threads_encoder_is_waited_for: "encoder-other-thread" is "encoder-already-open prevented";
    class_1_ones_own_encoder_is_reported: "encoder-same-thread" is "encoder-already-open reported";
    class_2_a_second_commit: "second-commit" is "used-after-commit prevented";
    class_2_late_handlers: "late-handler" is "used-after-commit converted";
    class_2_an_encoder_after_the_commit: "encoder-after-commit" is "used-after-commit prevented";
    class_2_a_buffer_of_metal_4_ends_once: "second-end" is "used-after-commit prevented";
    class_3_a_commit_waits_for_the_end: "commit-then-end" is "encoder-open-at-commit prevented";
    class_3_a_commit_ends_what_does_not_end: "commit-never-ended" is "encoder-open-at-commit converted";
    class_3_a_commit_ends_ones_own: "commit-same-thread" is "encoder-open-at-commit converted";
    class_3_a_sub_encoder_is_waited_for: "maker-first" is "encoder-open-at-commit prevented";
    class_3_sub_encoders_are_ended_before_their_maker: "own-left-open" is "encoder-open-at-commit converted";
    class_3_a_buffer_of_metal_4_waits_for_the_end: "end-with-open" is "encoder-open-at-commit prevented";
    class_4_a_late_call: "late-call" is "late-call prevented";
    class_4_an_encoder_without_a_reference: "freed-in-flight" is "late-call prevented";
    class_5_the_last_reference_goes: "released-open" is "released-without-end converted";
    class_5_a_buffer_is_abandoned: "abandoned" is "released-without-end converted";
    class_7_two_threads_take_turns: "two-threads" is "one thread at a time";
}

/// `agx-fix-lab programs`, with its control.
#[test]
fn random_programs_are_isolated_and_the_control_differs() {
    let cache = TempDir::new().unwrap();
    let mut command = lab(&cache, &["programs", "16"]);
    let output = command.args(["--preset", "per-encoder", "--preset", "isolate"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("| isolate     |       16 |      0 |             0 |"), "{text}");
}
