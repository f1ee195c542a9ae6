//! Tells whether a file was opened. That shows that a dynamic linker loaded a library, and the program need not take part.

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::Watch;
#[cfg(target_os = "linux")]
pub(crate) use linux::Watch;

#[cfg(target_os = "linux")]
mod linux {
    use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
    use rustix::io::Errno;
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    /// A watched file. Every opening counts, by any process.
    pub(crate) struct Watch(OwnedFd);

    impl Watch {
        /// `None` where the system has no such watch to give.
        pub(crate) fn over(file: &Path) -> Option<Self> {
            let notices = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
            add_watch(&notices, file, WatchFlags::OPEN).ok()?;
            Some(Self(notices))
        }

        /// Whether the file was opened since.
        pub(crate) fn was_opened(&self) -> Option<bool> {
            let mut room = [MaybeUninit::uninit(); 512];
            match Reader::new(&self.0, &mut room).next() {
                Ok(_) => Some(true),
                Err(Errno::AGAIN) => Some(false),
                Err(_) => None,
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::path::Path;

    /// No watch: this system has none that is used here.
    pub(crate) struct Watch;

    impl Watch {
        /// Always `None`.
        pub(crate) fn over(_: &Path) -> Option<Self> {
            None
        }

        /// Always `None`.
        pub(crate) fn was_opened(&self) -> Option<bool> {
            None
        }
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
