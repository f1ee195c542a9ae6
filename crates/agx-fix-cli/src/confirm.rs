//! `agx-fix run --confirm`: stays the program's parent, and says at the end whether the library worked in it.
//!
//! The library has no initialiser. Without a Metal device none of its code runs, so it cannot say that it is loaded. On Linux
//! this process therefore watches the library's file, which the dynamic linker opens to load it. (Another `agx-fix` that runs at
//! the same time opens it too, and is then mistaken for the linker.) macOS has no such watch, so there it stays unknown.

use crate::accompany::{Inbox, accompany};
use crate::target::System;
use agx_fix_engine::error::Result;
use agx_fix_engine::supervise::Interrupt;
use agx_fix_interface::notice::Notice;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};

/// Runs the program to its end, says one line on standard error, and answers the program's exit code.
pub(crate) fn run(mut command: Command, library: &Path) -> Result<ExitCode> {
    let interrupt = Interrupt::install()?;
    let inbox = Inbox::new("notices")?;
    command.env("AGX_FIX_NOTICE", inbox.file());
    let watch = Watch::over(library);
    let status = accompany(&mut command, &interrupt)?;
    let loaded = watch.and_then(|watch| watch.was_opened());
    let program = command.get_program().to_string_lossy();
    let said = match inbox.read::<Notice>() {
        Ok(notices) => conclusion(&program, &notices, loaded, System::THIS),
        Err(cause) => cause.to_string(),
    };
    // The exit code is passed on, also if standard error is closed.
    let _ = writeln!(io::stderr(), "agx-fix: {said}");
    Ok(ExitCode::from(code(status)))
}

/// The exit code, or 128 and the signal, as shells have it.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// What is to be said, in one line.
fn conclusion(program: &str, notices: &[Notice], loaded: Option<bool>, system: System) -> String {
    // The number of classes only grows, but threads may write their lines in another order.
    let mut processes: BTreeMap<u32, u32> = BTreeMap::new();
    for notice in notices {
        let classes = processes.entry(notice.pid).or_default();
        *classes = notice.classes.max(*classes);
    }
    let hooked: Vec<u32> = processes.values().copied().filter(|classes| *classes > 0).collect();
    if let Some(most) = hooked.iter().max() {
        let processes =
            if hooked.len() == 1 { "1 process".to_owned() } else { format!("{} processes", hooked.len()) };
        return format!("the library was loaded, and hooked Metal in {processes} ({most} classes)");
    }
    if !notices.is_empty() {
        return "the library was loaded, but hooked nothing; AGX_FIX_DISABLE may be set, AGX_FIX_VERBOSE=1 says more".into();
    }
    match (loaded, system) {
        (Some(true), _) => format!(
            "{program} ended without a Metal device, so the library, which was loaded, had nothing to do; if it does use \
             Metal, it has to call agx_fix_install (agx_fix.h)"
        ),
        (Some(false), _) => format!(
            "the library was not loaded into {program} or what it started, so nothing was guarded; `agx-fix doctor -- \
             {program}` says more"
        ),
        (None, System::Linux) => format!(
            "the library wrote nothing in {program}: it made no Metal device, or the library was not loaded, which cannot be \
             told here (no inotify)"
        ),
        (None, System::Macos) => format!(
            "the library wrote nothing in {program}: most likely it made no Metal device; whether dyld loaded the library cannot \
             be told afterwards (`DYLD_PRINT_LIBRARIES=1 agx-fix run ...` has dyld list what it loads)"
        ),
    }
}

/// A watched file. Every opening counts, by any process.
#[cfg(target_os = "linux")]
struct Watch(std::os::fd::OwnedFd);

#[cfg(target_os = "linux")]
impl Watch {
    /// `None` where the system has no such watch to give.
    fn over(file: &Path) -> Option<Self> {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
        let notices = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        add_watch(&notices, file, WatchFlags::OPEN).ok()?;
        Some(Self(notices))
    }

    /// Whether the file was opened since.
    fn was_opened(&self) -> Option<bool> {
        let mut room = [std::mem::MaybeUninit::uninit(); 512];
        match rustix::fs::inotify::Reader::new(&self.0, &mut room).next() {
            Ok(_) => Some(true),
            Err(rustix::io::Errno::AGAIN) => Some(false),
            Err(_) => None,
        }
    }
}

/// No watch: this system has none that is used here.
#[cfg(not(target_os = "linux"))]
struct Watch;

#[cfg(not(target_os = "linux"))]
impl Watch {
    fn over(_: &Path) -> Option<Self> {
        None
    }

    fn was_opened(&self) -> Option<bool> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(pid: u32, classes: u32) -> Notice {
        Notice { pid, classes, enabled: classes > 0, ..Notice::default() }
    }

    fn said(notices: &[Notice], loaded: Option<bool>, system: System) -> String {
        let line = conclusion("tool", notices, loaded, system);
        assert!(!line.contains('\n'));
        line
    }

    #[test]
    fn processes_with_hooks_are_counted_once() {
        let notices = [notice(1, 0), notice(1, 3), notice(1, 2), notice(2, 0)];
        assert!(said(&notices, None, System::Linux).ends_with("hooked Metal in 1 process (3 classes)"));
        let notices = [notice(1, 1), notice(2, 5)];
        assert!(said(&notices, None, System::Macos).ends_with("in 2 processes (5 classes)"));
        assert!(said(&[notice(1, 0)], Some(true), System::Linux).contains("hooked nothing"));
    }

    #[test]
    fn silence_is_told_by_what_is_known() {
        assert!(said(&[], Some(true), System::Linux).contains("without a Metal device"));
        assert!(said(&[], Some(false), System::Linux).contains("was not loaded into tool"));
        assert!(said(&[], None, System::Linux).contains("no inotify"));
        assert!(said(&[], None, System::Macos).contains("cannot be told afterwards"));
    }

    #[test]
    fn codes_are_the_programs_and_signals_as_in_a_shell() {
        let code = |raw| code(ExitStatus::from_raw(raw));
        assert_eq!((code(0), code(7 << 8), code(9)), (0, 7, 137));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_opening_is_noticed_and_no_opening_is_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let watch = Watch::over(file.path()).unwrap();
        assert_eq!(watch.was_opened(), Some(false));
        std::fs::metadata(file.path()).unwrap();
        assert_eq!(watch.was_opened(), Some(false));
        std::fs::read(file.path()).unwrap();
        assert_eq!(watch.was_opened(), Some(true));
        assert!(Watch::over(&file.path().join("nothing")).is_none());
    }
}
