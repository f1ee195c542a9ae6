//! Where the libraries are unpacked.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fmt};

/// The environment names no folder for caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCacheFolder;

impl fmt::Display for NoCacheFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "neither HOME nor XDG_CACHE_HOME is set, so there is no folder to unpack the library to; set \
             AGX_FIX_CACHE to a folder that you can write to",
        )
    }
}

impl std::error::Error for NoCacheFolder {}

/// The cache folder, absolute: `AGX_FIX_CACHE`, else `agx-fix` in the user's folder for caches.
///
/// # Errors
/// The environment names no such folder.
pub fn cache_dir() -> Result<PathBuf, NoCacheFolder> {
    let folder = locate(|name| env::var_os(name), cfg!(target_vendor = "apple"))?;
    // The program may change its folder before it starts another, which inherits the path.
    Ok(std::path::absolute(&folder).unwrap_or(folder))
}

fn locate(get: impl Fn(&str) -> Option<OsString>, apple: bool) -> Result<PathBuf, NoCacheFolder> {
    let path = |name: &str| get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = path("AGX_FIX_CACHE") {
        return Ok(folder);
    }
    let home = || path("HOME").map(|home| home.join(if apple { "Library/Caches" } else { ".cache" }));
    // The XDG specification: a relative path is to be ignored.
    let xdg = path("XDG_CACHE_HOME").filter(|folder| !apple && folder.is_absolute());
    xdg.or_else(home).map(|folder| folder.join(Path::new("agx-fix"))).ok_or(NoCacheFolder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(set: &[(&str, &str)], apple: bool) -> Result<PathBuf, NoCacheFolder> {
        locate(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()), apple)
    }

    #[test]
    fn its_own_variable_comes_first_then_xdg_then_home() {
        let all = [("AGX_FIX_CACHE", "/a"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(at(&all, false), Ok("/a".into()));
        assert_eq!(at(&all[1..], false), Ok("/x/agx-fix".into()));
        assert_eq!(at(&all[2..], false), Ok("/h/.cache/agx-fix".into()));
        assert_eq!(at(&[], false), Err(NoCacheFolder));
    }

    #[test]
    fn a_mac_has_its_own_folder_for_caches() {
        let all = [("XDG_CACHE_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(at(&all, true), Ok("/h/Library/Caches/agx-fix".into()));
    }

    #[test]
    fn empty_and_relative_values_are_passed_over() {
        let all = [("AGX_FIX_CACHE", ""), ("XDG_CACHE_HOME", "x"), ("HOME", "/h")];
        assert_eq!(at(&all, false), Ok("/h/.cache/agx-fix".into()));
    }
}
