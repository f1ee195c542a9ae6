//! What a host process may do and agx-fix must not break. Each is one host program, which runs bare and with the library.

use agx_fix_tests::{Lab, PRESETS, run, signal, success};

#[test]
fn fork_under_load() {
    let lab = Lab::new();
    let host = lab.compile("fork");
    assert_eq!(success(&mut lab.injected(host)), "200 children\n");
    let statistics = lab.statistics();
    assert_eq!(statistics.len(), 1, "the children left by _exit");
    assert!(statistics[0].contentions > 0, "the threads are meant to contend for the lock");
}

/// A thread that slept in the lock at the fork is not in the child. The child must not wake it instead of one of its own threads.
#[test]
fn fork_whose_child_has_threads() {
    let lab = Lab::new();
    let host = lab.compile("fork_threads");
    let mut command = lab.injected(host);
    assert_eq!(success(command.env("AGX_SIM_WIDEN_US", "20")), "20 children\n");
    assert!(lab.statistics()[0].contentions > 0, "the threads are meant to contend for the lock");
}

#[test]
fn exec_under_load() {
    let lab = Lab::new();
    let host = lab.compile("exec");
    for mut command in [lab.bare(&host), lab.injected(&host)] {
        let output = run(&mut command);
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(7), &b"replaced\n"[..]));
    }
}

#[test]
fn exit_from_another_thread() {
    let lab = Lab::new();
    let host = lab.compile("exit_from_thread");
    for mut command in [lab.bare(&host), lab.injected(&host)] {
        assert_eq!(run(&mut command).status.code(), Some(3));
    }
    assert!(lab.statistics()[0].acquisitions >= 100);
}

#[test]
fn a_library_that_is_loaded_late_and_let_go_of() {
    let lab = Lab::new();
    let host = lab.compile("late_load");
    assert_eq!(success(lab.bare(host).arg(&lab.library)), "guarded, and still there\n");
}

#[test]
fn an_exception_of_the_driver() {
    let lab = Lab::new();
    let host = lab.compile("exception");
    for preset in PRESETS {
        let mut command = lab.injected(&host);
        command.env("AGX_SIM_THROW", "1").env("AGX_FIX_PRESET", preset);
        assert_eq!(success(&mut command), "100 caught\n", "{preset}");
    }
    assert_eq!(success(lab.bare(&host).env("AGX_SIM_THROW", "1")), "100 caught\n");
}

#[test]
fn a_process_without_metal_does_not_notice() {
    let lab = Lab::new();
    let mut command = lab.injected("/bin/true");
    command.env("AGX_FIX_VERBOSE", "1").env("AGX_FIX_PRESET", "bogus").env("LD_LIBRARY_PATH", "");
    let output = run(&mut command);
    assert!(output.status.success());
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
    assert!(lab.statistics().is_empty(), "nothing is written where Metal is not used");
}

/// I4: without the retain, `objc_msgSend` reads a freed object.
#[test]
fn an_encoder_without_references_is_alive_until_its_buffer_completes() {
    let lab = Lab::new();
    let host = lab.compile("stale");
    let in_flight = ("AGX_SIM_SERVICE_US", "200000");
    let bare = run(lab.bare(&host).envs([in_flight]));
    assert!(signal(&bare).is_some(), "the baseline must crash: {bare:?}");
    let hooks_only = run(lab.injected(&host).envs([in_flight, ("AGX_FIX_PRESET", "none")]));
    assert!(signal(&hooks_only).is_some(), "hooks alone do not help: {hooks_only:?}");
    assert_eq!(success(lab.injected(&host).envs([in_flight])), "nothing left over\n");
    assert_eq!(lab.statistics()[0].retained, 0);
    assert_eq!(
        success(lab.bare(&host).env("HOST_WAITS", "1")),
        "nothing left over\n",
        "the host itself is sound"
    );
}
