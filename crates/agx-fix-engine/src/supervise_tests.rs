//! Tests of `supervise`, on the shell's children.

use super::*;
use rustix::process::test_kill_process;
use std::os::unix::process::ExitStatusExt;

const LONG: Duration = Duration::from_secs(60);

fn quiet() -> Interrupt {
    Interrupt(Arc::default())
}

fn shell(script: &str, limit: Duration, interrupt: &Interrupt) -> Finished {
    supervise(Command::new("sh").args(["-c", script]), limit, interrupt).unwrap()
}

/// The process is gone, or a zombie that its new parent has yet to reap.
fn is_gone(pid: &str) -> bool {
    let number = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    let zombie = || state.is_ok_and(|line| line.contains(") Z "));
    test_kill_process(number).is_err() || zombie()
}

#[test]
fn an_exit_code_and_both_outputs_come_back() {
    let finished = shell("echo out; echo err >&2; exit 7", LONG, &quiet());
    assert_eq!(finished.ending, Ending::Exited(ExitStatus::from_raw(7 << 8)));
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("out\n", "err\n"));
}

#[test]
fn a_signal_comes_back() {
    let Ending::Exited(status) = shell("kill -SEGV $$", LONG, &quiet()).ending else {
        panic!("it was cut off")
    };
    assert_eq!(status.signal(), Some(11));
}

#[test]
fn a_hang_is_cut_with_everything_that_it_started() {
    let started = Instant::now();
    let finished = shell("sleep 60 & echo $!; echo $$; sleep 60", Duration::from_millis(200), &quiet());
    assert_eq!(finished.ending, Ending::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(30));
    let pids: Vec<&str> = finished.stdout.lines().collect();
    assert_eq!(pids.len(), 2);
    for pid in pids {
        assert!(
            (0..100).any(|_| is_gone(pid) || {
                thread::sleep(Duration::from_millis(20));
                false
            }),
            "{pid}"
        );
    }
}

#[test]
fn a_grandchild_that_holds_the_output_delays_nothing() {
    let started = Instant::now();
    let finished = shell("sleep 60 & exit 0", LONG, &quiet());
    assert_eq!(finished.ending, Ending::Exited(ExitStatus::from_raw(0)));
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_flood_does_not_block_and_its_end_is_kept() {
    let finished = shell("head -c 3000000 /dev/zero >&2; echo the end >&2", LONG, &quiet());
    assert!(finished.stderr.ends_with("the end\n"));
    assert!(finished.stderr.len() <= 2 * KEPT);
}

#[test]
fn a_signal_to_this_process_cuts_the_child() {
    let interrupt = Interrupt(Arc::new(AtomicUsize::new(15)));
    assert_eq!(shell("sleep 60", LONG, &interrupt).ending, Ending::Interrupted(15));
}

#[test]
fn a_program_that_does_not_start_is_an_error() {
    assert!(supervise(&mut Command::new("/no/such/program"), LONG, &quiet()).is_err());
}
