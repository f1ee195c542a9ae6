//! Tells whether a file was opened. That shows that a dynamic linker loaded a library, and the program need not take part.

use std::os::fd::OwnedFd;
use std::path::Path;

/// A watched file. Every opening counts, by any process.
pub(crate) struct Watch(OwnedFd);

#[cfg(target_os = "linux")]
impl Watch {
    /// `None` where the system has no such watch to give.
    pub(crate) fn over(file: &Path) -> Option<Self> {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
        let notices = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        add_watch(&notices, file, WatchFlags::OPEN).ok()?;
        Some(Self(notices))
    }

    /// Whether the file was opened since.
    pub(crate) fn was_opened(&self) -> Option<bool> {
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
impl Watch {
    pub(crate) fn over(_: &Path) -> Option<Self> {
        None
    }

    pub(crate) fn was_opened(&self) -> Option<bool> {
        let Self(_) = self;
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn an_opening_is_noticed_and_no_opening_is_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let watch = Watch::over(file.path()).unwrap();
        assert_eq!(watch.was_opened(), Some(false));
        fs::metadata(file.path()).unwrap();
        assert_eq!(watch.was_opened(), Some(false));
        fs::read(file.path()).unwrap();
        assert_eq!(watch.was_opened(), Some(true));
        assert!(Watch::over(&file.path().join("nothing")).is_none());
    }
}
