//! Runs a child process that may crash, hang, flood its output or start other processes. None of them is left at the end.
//!
//! The child leads a process group. However it ends, the whole group is killed before the child is reaped: until then
//! the system cannot give its number to another process, so the signal cannot hit a stranger.

use crate::error::{Error, Result};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How many bytes of each output are kept. The end is kept, where the reason for a crash stands.
const KEPT: usize = 256 * 1024;
/// How soon the child's end, or a signal to this process, is noticed.
const CHECK: Duration = Duration::from_millis(5);

/// The signals that ask this process to stop. They are held back until it has cleaned up.
pub struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Holds back SIGINT, SIGTERM and SIGHUP from now on.
    ///
    /// # Errors
    /// One line: the system refuses.
    pub fn install() -> Result<Self> {
        let flag = Arc::new(AtomicUsize::new(0));
        for signal in [Signal::INT, Signal::TERM, Signal::HUP].map(Signal::as_raw) {
            let value = usize::try_from(signal).expect("signals are positive");
            signal_hook::flag::register_usize(signal, Arc::clone(&flag), value).map_err(|cause| {
                Error::new(format!("signals cannot be handled ({cause}), so nothing was started"))
            })?;
        }
        Ok(Self(flag))
    }

    /// The signal that came, if one did.
    pub fn signal(&self) -> Option<i32> {
        i32::try_from(self.0.load(Ordering::Relaxed)).ok().filter(|signal| *signal != 0)
    }
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself.
    Exited(ExitStatus),
    /// It was cut off at the time limit.
    TimedOut,
    /// It was cut off because this process was asked to stop, by this signal.
    Interrupted(i32),
}

/// What is left of a child.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub ending: Ending,
    /// The end of what it wrote to standard output.
    pub stdout: String,
    /// The end of what it wrote to standard error.
    pub stderr: String,
}

/// Runs `command` for at most `limit`.
pub fn supervise(command: &mut Command, limit: Duration, interrupt: &Interrupt) -> io::Result<Finished> {
    let deadline = Instant::now() + limit;
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let group = Pid::from_child(&child);
    // Drained while the child runs: a full pipe would stop it.
    let stdout = drain(child.stdout.take().expect("it is piped"));
    let stderr = drain(child.stderr.take().expect("it is piped"));

    let cut = wait(group, deadline, interrupt);
    let status = end_group(&mut child, group)?;
    Ok(Finished { ending: cut.unwrap_or(Ending::Exited(status)), stdout: text(stdout), stderr: text(stderr) })
}

/// Waits until the child ends, and does not reap it, or returns why it has to be cut off.
fn wait(child: Pid, deadline: Instant, interrupt: &Interrupt) -> Option<Ending> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    // It fails only for a child that is gone.
    while let Ok(None) = waitid(WaitId::Pid(child), options) {
        if let Some(signal) = interrupt.signal() {
            return Some(Ending::Interrupted(signal));
        }
        if Instant::now() >= deadline {
            return Some(Ending::TimedOut);
        }
        thread::sleep(CHECK);
    }
    None
}

fn end_group(child: &mut Child, group: Pid) -> io::Result<ExitStatus> {
    match kill_process_group(group, Signal::KILL) {
        // macOS says PERM for a group in which only a zombie is left.
        Ok(()) | Err(Errno::SRCH | Errno::PERM) => {}
        Err(cause) => return Err(cause.into()),
    }
    child.wait()
}

fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let (mut kept, mut chunk) = (Vec::new(), [0; 8192]);
        while let Ok(length @ 1..) = pipe.read(&mut chunk) {
            kept.extend_from_slice(&chunk[..length]);
            if kept.len() > 2 * KEPT {
                kept.drain(..kept.len() - KEPT);
            }
        }
        kept
    })
}

fn text(reader: JoinHandle<Vec<u8>>) -> String {
    String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
}

#[cfg(test)]
#[path = "supervise_tests.rs"]
mod tests;
