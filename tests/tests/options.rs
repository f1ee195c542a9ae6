//! The environment options, seen from a host program.

use agx_fix_interface::Document as _;
use agx_fix_interface::notice::Notice;
use agx_fix_tests::{Lab, run, signal, success};
use std::process::Output;

const SIGABRT: i32 = 6;
const SIGSEGV: i32 = 11;

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs the host with a late call, with the library and these options.
fn late(options: &[(&str, &str)]) -> (Lab, Output) {
    let lab = Lab::new();
    let output = run(lab.injected(lab.compile("late")).envs(options.iter().copied()));
    (lab, output)
}

#[test]
fn a_late_call_is_left_out_and_nothing_is_said_unasked() {
    let lab = Lab::new();
    let host = lab.compile("late");
    let bare = run(&mut lab.bare(&host));
    assert_eq!(signal(&bare), Some(SIGSEGV), "the baseline must crash");
    let guarded = run(&mut lab.injected(&host));
    assert!(guarded.status.success());
    assert_eq!(said(&guarded), "");
    let statistics = &lab.statistics()[0];
    assert_eq!((statistics.late_calls, statistics.late_dispatches), (1, 0));
    let late = &statistics.first_late_calls[0];
    assert_eq!(late.call.selector, "setThreadgroupMemoryLength:atIndex:");
    assert_eq!(late.ended_by.selector, "endEncoding");
    assert_ne!(late.call.thread, late.ended_by.thread);
}

#[test]
fn a_late_call_ends_the_process_where_the_user_wants_it() {
    for (option, text) in [
        (("AGX_FIX_LATE_CALL", "abort"), "setThreadgroupMemoryLength:atIndex:"),
        (("AGX_FIX_MISUSE", "strict"), "finding late-call"),
    ] {
        let (_, output) = late(&[option]);
        assert_eq!(signal(&output), Some(SIGABRT), "{option:?}");
        let said = said(&output);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(text) && said.contains("endEncoding"), "{said}");
    }
}

#[test]
fn verbose_says_what_is_hooked_and_what_came_late() {
    let (_, output) = late(&[("AGX_FIX_VERBOSE", "yes")]);
    let said = said(&output);
    assert!(output.status.success());
    assert!(said.contains("hooked AGXG16XFamilyComputeContext"), "{said}");
    assert!(said.contains("finding late-call (prevented)"), "{said}");
    assert!(said.contains("setThreadgroupMemoryLength:atIndex:") && said.contains("endEncoding"), "{said}");
}

#[test]
fn disabled_means_that_nothing_is_hooked() {
    let (_, output) = late(&[("AGX_FIX_DISABLE", "on")]);
    assert_eq!(signal(&output), Some(SIGSEGV));
}

#[test]
fn a_bad_value_is_said_once_and_the_default_holds() {
    let (lab, output) = late(&[("AGX_FIX_PRESET", "bogus")]);
    assert!(output.status.success());
    let said = said(&output);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("AGX_FIX_PRESET") && said.contains("guard"), "{said}");
    assert_eq!(lab.statistics()[0].preset, "guard");
}

#[test]
fn statistics_go_to_standard_error_as_text() {
    let (_, output) = late(&[("AGX_FIX_STATS", "1")]);
    let said = said(&output);
    assert!(said.contains("late calls                  1"), "{said}");
    assert!(said.contains("finding late-call (prevented)"), "{said}");
}

#[test]
fn statistics_that_cannot_be_written_are_said_and_the_host_ends_as_it_would() {
    let (_, output) = late(&[("AGX_FIX_STATS", "/dev/null/nowhere")]);
    assert!(output.status.success());
    assert!(said(&output).contains("statistics were not written to /dev/null/nowhere"), "{}", said(&output));
}

#[test]
fn a_relative_path_counts_from_where_the_process_started() {
    let lab = Lab::new();
    let host = lab.compile("late");
    let mut command = lab.injected(&host);
    success(command.current_dir(lab.path("")).env("AGX_FIX_STATS", "statistics"));
    assert_eq!(lab.statistics().len(), 1);
}

#[test]
fn a_long_wait_is_reported_with_its_holder() {
    let lab = Lab::new();
    let host = lab.compile("long_wait");
    let mut command = lab.injected(host);
    command.env("AGX_SIM_WIDEN_US", "300000").env("AGX_FIX_LOCK_WARN_MS", "5").env("AGX_FIX_VERBOSE", "1");
    let output = run(&mut command);
    assert!(output.status.success(), "{output:?}");
    let said = said(&output);
    let line =
        said.lines().find(|line| line.contains("waits for over 5ms")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("setThreadgroupMemoryLength:atIndex:"), "{line}");
    assert!(line.contains("held by setComputePipelineState:"), "{line}");
}

#[test]
fn waits_are_timed_and_counted_by_label_and_holds_where_that_is_asked_for() {
    let lab = Lab::new();
    let host = lab.compile("long_wait");
    for held in ["0", "1"] {
        let mut command = lab.injected(&host);
        command
            .env("AGX_SIM_WIDEN_US", "300000")
            .env("AGX_FIX_LOCK_WARN_MS", "5")
            .env("AGX_FIX_STATS_HELD", held);
        success(&mut command);
    }
    let [untimed, timed] = lab.statistics().try_into().expect("two processes");
    for statistics in [&untimed, &timed] {
        assert_eq!(statistics.waits.count, statistics.contentions);
        assert!(statistics.waits.longest_ns >= 5_000_000, "{:?}", statistics.waits);
        let most = &statistics.most_contended[0];
        assert_eq!((most.label.as_str(), most.contentions), ("slow one", statistics.contentions));
    }
    assert_eq!(untimed.longest_hold, None);
    let hold = timed.longest_hold.expect("holds were timed");
    // Both stay in a widened window.
    assert!(["setComputePipelineState:", "endEncoding"].contains(&hold.selector.as_str()), "{hold:?}");
    assert!(hold.ns >= 300_000_000, "the simulator stayed inside for so long: {}", hold.ns);
}

#[test]
fn each_preset_counts_what_it_locks() {
    let lab = Lab::new();
    let host = lab.compile("exception"); // 100 rounds of two calls, and one end
    for preset in ["none", "global", "associated-object", "per-encoder"] {
        success(lab.injected(&host).env("AGX_SIM_THROW", "1").env("AGX_FIX_PRESET", preset));
    }
    let counts: Vec<_> = lab.statistics().iter().map(|one| (one.acquisitions, one.mutex_creations)).collect();
    // The factory's call on the command buffer counts where the guard is asked; the paper's design has four hooks.
    assert_eq!(counts, [(0, 0), (202, 1), (1, 1), (202, 1)]);
}

#[test]
fn detecting_leaves_the_drivers_behaviour_as_it_is() {
    let (_, output) = late(&[("AGX_FIX_MISUSE", "detect"), ("AGX_FIX_VERBOSE", "1")]);
    assert_eq!(signal(&output), Some(SIGSEGV), "the driver crashes as without the library");
    assert!(said(&output).contains("finding late-call (reported)"), "{}", said(&output));
}

#[test]
fn notices_are_given_while_the_process_runs_and_hinder_no_fork_and_no_exec() {
    for (host, code) in [("fork", 0), ("exec", 7)] {
        let lab = Lab::new();
        let file = lab.path("notices");
        let output = run(lab.injected(lab.compile(host)).env("AGX_FIX_NOTICE", &file));
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(code), ""), "{host}");
        let text = std::fs::read_to_string(&file).expect("the file");
        let notices: Vec<_> = text.lines().map(|line| Notice::from_json(line).expect("a notice")).collect();
        assert!(!notices[0].enabled && notices.iter().any(|it| it.enabled && it.classes > 1), "{text}");
    }
}

#[test]
fn a_notice_that_cannot_be_written_is_no_matter() {
    let lab = Lab::new();
    let nowhere = lab.path("no/such/folder");
    let output = run(lab.injected(lab.compile("late")).env("AGX_FIX_NOTICE", nowhere));
    assert!(output.status.success() && said(&output).is_empty());
    let output = run(lab
        .injected(lab.compile("late"))
        .env("AGX_FIX_NOTICE", lab.path("it"))
        .env("AGX_FIX_DISABLE", "1"));
    assert_eq!(signal(&output), Some(SIGSEGV));
    let text = std::fs::read_to_string(lab.path("it")).expect("the file");
    assert_eq!(text.lines().filter(|line| !Notice::from_json(line).expect("a notice").enabled).count(), 1);
}
