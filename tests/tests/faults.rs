//! Faults around the library: signals, threads that end inside a call, forks, no memory. Nothing is lost, nothing hangs, and the
//! host does not notice. Each host also runs bare, which shows that it is sound. (`fork` and `exec` under load, exits, late
//! loading and `dlclose` are in `hazards`.)
//!
//! With `AGX_VERIFY_LONG` there are more rounds: `cargo xtask verify --long`.

use agx_fix_tests::{Lab, success};

/// Rounds: usually, and in the long campaign.
fn rounds(usual: u32, long: u32) -> String {
    if std::env::var_os("AGX_VERIFY_LONG").is_some() { long } else { usual }.to_string()
}

fn checked(what: &str, count: &str) {
    println!("verify | fault campaign | {what} | {count}");
}

const PRESETS: [&str; 3] = ["per-encoder", "per-command-buffer", "global"];

#[test]
fn a_signal_handler_that_uses_metal() {
    let lab = Lab::new();
    let host = lab.compile("signals");
    let rounds = rounds(200, 10_000);
    let expected = format!("{rounds} signals\n");
    assert_eq!(success(lab.bare(&host).arg(&rounds)), expected);
    for preset in PRESETS {
        let mut command = lab.injected(&host);
        assert_eq!(success(command.arg(&rounds).env("AGX_FIX_PRESET", preset)), expected, "{preset}");
    }
    checked(
        "signal handler that calls the encoder of the thread it interrupts",
        &format!("3 x {rounds} signals"),
    );
}

#[test]
fn threads_that_leave_from_inside_a_call() {
    let lab = Lab::new();
    let host = lab.compile("leave_inside");
    for way in ["exit", "cancel"] {
        assert_eq!(success(lab.bare(&host).arg(way)), "100 left\n", "{way}");
        for preset in PRESETS {
            let mut command = lab.injected(&host);
            let output = success(command.arg(way).env("AGX_FIX_PRESET", preset));
            assert_eq!(output, "100 left\n", "{way}, {preset}");
        }
        checked(&format!("thread leaves inside a call ({way})"), "3 x 100 threads");
    }
}

#[test]
fn two_thousand_threads() {
    let lab = Lab::new();
    let host = lab.compile("many_threads");
    assert_eq!(success(&mut lab.bare(&host)), "2000 threads\n");
    assert_eq!(success(&mut lab.injected(&host)), "2000 threads\n");
    let statistics = &lab.statistics()[0];
    // 1000 encoders with an end each, and one that 1000 threads share; what the buffers' locks count comes on top.
    assert_eq!(statistics.mutex_creations, 1001);
    assert!(statistics.acquisitions >= 2000 * 10 + 1001, "{}", statistics.acquisitions);
    assert_eq!((statistics.late_calls, statistics.unguarded_calls, statistics.retained), (0, 0, 0));
    checked("threads at once", "2000 threads");
}

#[test]
fn forks_under_load() {
    let lab = Lab::new();
    let host = lab.compile("forks");
    let forks = rounds(30, 1_000);
    assert_eq!(success(lab.injected(host).arg(&forks)), format!("{forks} children\n"));
    checked("fork under load, encoders coming and going", &format!("{forks} forks"));
}

/// I9.
#[test]
fn no_memory_for_the_table() {
    let lab = Lab::new();
    let host = lab.compile("out_of_memory");
    for what in ["bucket", "segment"] {
        assert_eq!(success(lab.bare(&host).arg(what)), "alive\n");
        assert_eq!(success(lab.injected(&host).arg(what)), "alive\n");
        let statistics = lab.statistics().pop().expect("the library's statistics");
        assert!(statistics.unguarded_calls > 0, "some calls must have been unguarded");
        checked(
            &format!("no memory for a {what} of the table"),
            &format!("{} calls unguarded", statistics.unguarded_calls),
        );
    }
}
