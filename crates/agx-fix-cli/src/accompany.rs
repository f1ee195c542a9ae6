//! The user's program as a child that shares the user's terminal, and the temporary file that the library in it and in other
//! processes appends lines to.

use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::supervise::Interrupt;
use agx_fix_interface::Document;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

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

/// The file, in a folder of its own. Gone when dropped.
pub(crate) struct Inbox {
    folder: TempDir,
    /// What is written there, for messages.
    what: &'static str,
}

impl Inbox {
    pub(crate) fn new(what: &'static str) -> Result<Self> {
        let folder = tempfile::tempdir().map_err(|cause| {
            Error::new(format!(
                "no temporary folder can be made for the {what} ({cause}); nothing was run; set TMPDIR to a folder that \
                 can be written"
            ))
        })?;
        Ok(Self { folder, what })
    }

    /// The file to be written to.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("inbox")
    }

    /// What has come, line by line.
    pub(crate) fn read<T: Document>(&self) -> Result<Vec<T>> {
        let unreadable = |cause: String| {
            let what = self.what;
            Error::new(format!(
                "the {what} that the program left cannot be read ({cause}), so it is not shown"
            ))
        };
        match fs::read_to_string(self.file()) {
            Ok(text) => text
                .lines()
                .map(|line| T::from_json(line).map_err(|flaw| unreadable(flaw.to_string())))
                .collect(),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(cause) => Err(unreadable(cause.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_interface::notice::Notice;

    #[test]
    fn every_line_is_one() {
        let inbox = Inbox::new("notices").unwrap();
        assert_eq!(inbox.read::<Notice>(), Ok(Vec::new()));
        let notice = Notice { schema: Notice::SCHEMA.into(), classes: 3, ..Notice::default() };
        let line = notice.to_json();
        fs::write(inbox.file(), format!("{line}\n{line}\n")).unwrap();
        assert_eq!(inbox.read(), Ok(vec![notice.clone(), notice]));
        fs::write(inbox.file(), format!("{line}\nx\n")).unwrap();
        let said = inbox.read::<Notice>().unwrap_err().to_string();
        assert!(said.contains("the notices that the program left cannot be read"), "{said}");
    }
}
