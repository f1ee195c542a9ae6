//! A program of the user's, started with the library, with the user's terminal.

use super::report::{Inbox, Report};
use crate::error::{Error, Result};
use crate::run;
use crate::supervise::Interrupt;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// How soon the end of the program, or a signal to this process, is noticed.
const CHECK: Duration = Duration::from_millis(20);

/// Runs the program to its end. `keep_stdout` keeps standard output free of what the program says.
pub(super) fn examine(words: &[OsString], keep_stdout: bool, interrupt: &Interrupt) -> Result<Report> {
    let inbox = Inbox::new()?;
    let mut command = run::injected(words)?;
    inbox.add(&mut command);
    if keep_stdout {
        command.stdout(standard_error()?);
    }
    let status = accompany(&mut command, interrupt).map_err(|cause| run::cannot_start(&command, &cause))?;
    let words = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    Ok(Report::new(words, status.into(), inbox.read()?))
}

fn standard_error() -> Result<Stdio> {
    let copy = io::stderr().as_fd().try_clone_to_owned();
    copy.map(Stdio::from).map_err(|cause| Error::new(format!("standard error cannot be copied: {cause}")))
}

/// Waits for the program, which stays in the foreground. A SIGINT comes from the terminal to both; the others are meant
/// for the program if this process gets them.
fn accompany(command: &mut Command, interrupt: &Interrupt) -> io::Result<ExitStatus> {
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
