//! A program of the user's as a child, with the user's terminal.

use agx_fix_engine::supervise::Interrupt;
use rustix::process::{Pid, Signal, kill_process};
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::Duration;

/// How soon the end of the program, or a signal to this process, is noticed.
const CHECK: Duration = Duration::from_millis(20);

/// Runs the program to its end, in the foreground. A SIGINT comes from the terminal to both; the others are meant for the
/// program if this process gets them.
pub(crate) fn accompany(command: &mut Command, interrupt: &Interrupt) -> io::Result<ExitStatus> {
    let mut child = command.spawn()?;
    let mut passed_on = false;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let (Some(signal), false) = (interrupt.signal(), passed_on) {
            passed_on = true;
            pass_on(&child, signal);
        }
        sleep(CHECK);
    }
}

fn pass_on(child: &Child, signal: i32) {
    for known in [Signal::TERM, Signal::HUP].into_iter().filter(|known| known.as_raw() == signal) {
        // It fails only for a program that has just ended, which is what was wanted.
        let _ = kill_process(Pid::from_child(child), known);
    }
}
