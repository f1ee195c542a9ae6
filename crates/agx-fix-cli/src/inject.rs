//! How the library gets into a process: unpacked to a file, which the dynamic linker is told to load first.

use crate::error::{Error, Result};
use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The dynamic linker's list of libraries to load first.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const PRELOAD: &str = "LD_PRELOAD";
/// The dynamic linker's list of libraries to load first.
#[cfg(target_vendor = "apple")]
pub(crate) const PRELOAD: &str = "DYLD_INSERT_LIBRARIES";

/// What launchd gives to the XPC services that a program starts, as [`PRELOAD`].
#[cfg(target_vendor = "apple")]
const TWIN: Option<&str> = Some("__XPC_DYLD_INSERT_LIBRARIES");
#[cfg(not(target_vendor = "apple"))]
const TWIN: Option<&str> = None;

/// All such lists of this system.
pub(crate) fn preload_variables() -> impl Iterator<Item = &'static str> {
    [PRELOAD].into_iter().chain(TWIN)
}

/// The bytes that part the entries of the list. The linkers know no way to write them in an entry.
const SEPARATORS: &[u8] = if cfg!(target_vendor = "apple") { b":" } else { b": " };

/// The library, unpacked.
pub(crate) struct Injection {
    library: PathBuf,
}

impl Injection {
    pub(crate) fn unpack() -> Result<Self> {
        let cache = agx_fix_bundle::cache_dir()?;
        check_list_entry(&cache)?;
        Ok(Self { library: agx_fix_bundle::LIBRARY.unpack(&cache)? })
    }

    /// Has `command` load the library before those that are in the list already.
    pub(crate) fn add(&self, command: &mut Command) {
        for list in preload_variables() {
            command.env(list, prepend(&self.library, env::var_os(list)));
        }
    }

    /// Has `command` load the library and no other.
    pub(crate) fn set(&self, command: &mut Command) {
        for list in preload_variables() {
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
    fn a_colon_in_the_path_is_refused() {
        assert!(check_list_entry(Path::new("/a/b")).is_ok());
        assert!(check_list_entry(Path::new("/a:b")).unwrap_err().to_string().contains("AGX_FIX_CACHE"));
    }
}
