//! Gets the library into a process: unpacks it to a file, and tells the dynamic linker to load that file first. A process may be
//! this program as its own child, with the simulator where there is one.

use crate::error::{Error, Result};
use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whose rules of loading hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// The dynamic linker of Linux.
    Linux,
    /// dyld.
    Macos,
}

impl System {
    /// This system.
    pub const THIS: Self = if cfg!(target_os = "linux") { Self::Linux } else { Self::Macos };
}

/// The dynamic linker's list of libraries to load first.
pub const PRELOAD: &str = lists(System::THIS)[0];

/// All such lists. The second of a Mac is what launchd gives to the XPC services that a program starts.
const fn lists(system: System) -> &'static [&'static str] {
    match system {
        System::Linux => &["LD_PRELOAD"],
        System::Macos => &["DYLD_INSERT_LIBRARIES", "__XPC_DYLD_INSERT_LIBRARIES"],
    }
}

/// The bytes that separate the entries of the list. An entry cannot contain them: the linkers know no escapes.
const SEPARATORS: &[u8] = if cfg!(target_vendor = "apple") { b":" } else { b": " };

/// The library, unpacked.
pub struct Injection {
    /// Its file.
    pub library: PathBuf,
}

impl Injection {
    /// Unpacks it to the cache folder.
    ///
    /// # Errors
    /// One line: why there is no place for it.
    pub fn unpack() -> Result<Self> {
        let cache = agx_fix_bundle::cache_dir()?;
        check_list_entry(&cache)?;
        Ok(Self { library: agx_fix_bundle::LIBRARY.unpack(&cache)? })
    }

    /// Has `command` load the library before those that are in the list already.
    pub fn add(&self, command: &mut Command) {
        for list in lists(System::THIS) {
            command.env(list, prepend(&self.library, env::var_os(list)));
        }
    }

    /// Has `command` load the library and no other.
    pub fn set(&self, command: &mut Command) {
        for list in lists(System::THIS) {
            command.env(list, &self.library);
        }
    }
}

fn check_list_entry(folder: &Path) -> Result<()> {
    if folder.as_os_str().as_bytes().iter().any(|byte| SEPARATORS.contains(byte)) {
        return Err(Error::new(format!(
            "the cache folder {} has a space or a colon in its path, which {PRELOAD} takes for the end of the path, \
             so the library cannot be loaded from there; set AGX_FIX_CACHE to another folder",
            folder.display()
        )));
    }
    Ok(())
}

fn prepend(library: &Path, list: Option<OsString>) -> OsString {
    let mut all = library.as_os_str().to_owned();
    if let Some(list) = list.filter(|list| !list.is_empty()) {
        all.push(OsStr::new(":"));
        all.push(list);
    }
    all
}

/// What a child is made of.
pub struct Tool {
    program: PathBuf,
    injection: Injection,
    simulator: Option<PathBuf>,
}

impl Tool {
    /// Unpacks the library and, where there is one, the simulator.
    ///
    /// # Errors
    /// One line: what cannot be unpacked, or that this program cannot be found.
    pub fn set_up() -> Result<Self> {
        let program = env::current_exe().map_err(|cause| {
            Error::new(format!("agx-fix cannot find itself to start its children: {cause}"))
        })?;
        let injection = Injection::unpack()?;
        let cache = agx_fix_bundle::cache_dir()?;
        let simulator = agx_fix_bundle::SIMULATOR.as_ref().map(|it| it.unpack(&cache)).transpose()?;
        Ok(Self { program, injection, simulator })
    }

    /// Has another program load the library and no other.
    pub fn inject(&self, command: &mut Command) {
        self.injection.set(command);
    }

    /// A child that inherits neither preloaded libraries nor options of agx-fix from this process.
    pub fn command(&self, injected: bool) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os().filter(|(name, _)| is_option(name)) {
            command.env_remove(name);
        }
        for list in lists(System::THIS) {
            command.env_remove(list);
        }
        if let Some(simulator) = &self.simulator {
            command.env("AGX_SIM_LIBRARY", simulator).env("AGX_SIM_CRASH_REPORT", "1");
        }
        if injected {
            self.injection.set(&mut command);
        }
        command
    }
}

fn is_option(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("AGX_FIX_") && name != "AGX_FIX_CACHE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_of_others_stay_behind_ours() {
        assert_eq!(prepend(Path::new("/a.so"), None), "/a.so");
        assert_eq!(prepend(Path::new("/a.so"), Some("".into())), "/a.so");
        assert_eq!(prepend(Path::new("/a.so"), Some("/b.so /c.so".into())), "/a.so:/b.so /c.so");
    }

    #[test]
    fn a_mac_has_a_second_list_for_services() {
        let all = ["DYLD_INSERT_LIBRARIES", "__XPC_DYLD_INSERT_LIBRARIES"];
        assert_eq!((lists(System::Macos), lists(System::Linux)), (&all[..], &["LD_PRELOAD"][..]));
    }

    #[test]
    fn a_colon_in_the_path_is_refused() {
        assert!(check_list_entry(Path::new("/a/b")).is_ok());
        assert!(check_list_entry(Path::new("/a:b")).unwrap_err().to_string().contains("AGX_FIX_CACHE"));
    }

    #[test]
    fn options_of_the_surroundings_do_not_reach_a_run() {
        assert!(is_option(OsStr::new("AGX_FIX_DISABLE")));
        assert!(!is_option(OsStr::new("AGX_FIX_CACHE")));
        assert!(!is_option(OsStr::new("AGX_SIM_WIDEN")));
    }
}
