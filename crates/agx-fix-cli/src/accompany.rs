//! Runs the user's program as a child that shares the user's terminal.

use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::supervise::Interrupt;
use rustix::process::{Pid, Signal, kill_process};
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::Duration;

/// How soon the end of the program, or a signal to this process, is noticed.
const CHECK: Duration = Duration::from_millis(20);

/// Runs the program to its end, in the foreground. The terminal sends SIGINT to both; a SIGTERM or SIGHUP to this process is
/// passed on.
pub(crate) fn accompany(command: &mut Command, interrupt: &Interrupt) -> Result<ExitStatus> {
    let mut child = command.spawn().map_err(|cause| cannot_start(command, &cause))?;
    let mut passed_on = false;
    loop {
        if let Some(status) = child.try_wait().map_err(|cause| cannot_start(command, &cause))? {
            return Ok(status);
        }
        if let (Some(signal), false) = (interrupt.signal(), passed_on) {
            passed_on = true;
            pass_on(&child, signal);
        }
        sleep(CHECK);
    }
}

pub(crate) fn cannot_start(command: &Command, cause: &io::Error) -> Error {
    Error::new(format!("{} cannot be started: {cause}", command.get_program().display()))
}

fn pass_on(child: &Child, signal: i32) {
    for known in [Signal::TERM, Signal::HUP].into_iter().filter(|known| known.as_raw() == signal) {
        // It fails only if the program has just ended, which was the purpose.
        let _ = kill_process(Pid::from_child(child), known);
    }
}
