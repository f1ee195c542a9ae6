//! The built libraries, carried as bytes in the tool and unpacked to a cache folder.
//!
//! A dynamic linker loads files, not bytes, so the libraries have to be files. A file's name has the hash of its content, so that
//! versions lie side by side, and a program that still runs with an older one is not disturbed.

#![forbid(unsafe_code)]

use etcetera::base_strategy::{BaseStrategy as _, choose_native_strategy};
use sha2::{Digest, Sha256};
use std::env;
use std::fmt;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/bundle.rs"));

/// One library.
pub struct Artifact {
    /// `lib<name>-<the first 16 digits of the hash>.so`.
    pub file_name: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
    pub(crate) hash: [u8; 32],
}

/// There is no library to load: one line with the cause and the remedy.
#[derive(Debug, PartialEq, Eq)]
pub struct UnpackError(String);

impl fmt::Display for UnpackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnpackError {}

impl UnpackError {
    fn new(cause: impl fmt::Display) -> Self {
        const REMEDY: &str = "set AGX_FIX_CACHE to a folder that you can write to";
        Self(format!("{cause}, so there is no library to load; {REMEDY}"))
    }

    /// The kind of the cause alone: its text may name a temporary file, of which the user knows nothing.
    fn of(path: &Path, cause: &io::Error) -> Self {
        Self::new(format_args!("{} cannot be written ({})", path.display(), cause.kind()))
    }
}

/// The folder that libraries are unpacked to, absolute: `AGX_FIX_CACHE`, else `agx-fix` in the user's folder for caches.
///
/// # Errors
/// The user has no such folder.
pub fn cache_dir() -> Result<PathBuf, UnpackError> {
    let folder = match env::var_os("AGX_FIX_CACHE").filter(|value| !value.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => choose_native_strategy().map_err(UnpackError::new)?.cache_dir().join("agx-fix"),
    };
    // The program may change its folder before it starts another, which inherits the path.
    Ok(std::path::absolute(&folder).unwrap_or(folder))
}

impl Artifact {
    /// The file in the folder `cache` that holds this library; written unless it is there and whole.
    ///
    /// # Errors
    /// The folder cannot be made or the file cannot be written.
    pub fn unpack(&self, cache: &Path) -> Result<PathBuf, UnpackError> {
        let path = cache.join(self.file_name);
        if self.is_whole(&path) {
            return Ok(path);
        }
        // Other programs load code from this folder, so no other user may write to it.
        let folder = DirBuilder::new().recursive(true).mode(0o700).create(cache);
        folder.map_err(|cause| UnpackError::of(cache, &cause))?;
        self.write(cache, &path).map_err(|cause| UnpackError::of(&path, &cause))?;
        Ok(path)
    }

    fn is_whole(&self, path: &Path) -> bool {
        let length = self.bytes.len() as u64;
        let same_length = fs::symlink_metadata(path).is_ok_and(|it| it.is_file() && it.len() == length);
        same_length && fs::read(path).is_ok_and(|bytes| <[u8; 32]>::from(Sha256::digest(bytes)) == self.hash)
    }

    /// Whole or not at all: a second process that starts at the same time must not load half a library.
    fn write(&self, cache: &Path, path: &Path) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".unpack-").tempfile_in(cache)?;
        file.write_all(self.bytes)?;
        file.as_file().set_permissions(Permissions::from_mode(0o755))?;
        file.persist(path).map(|_: File| ()).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Artifact {
        let bytes = b"not really a library";
        Artifact { file_name: "libsample.so", bytes, hash: Sha256::digest(bytes).into() }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_fresh_folder_is_private_and_the_file_can_be_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("a/b");
        let path = sample().unpack(&cache).unwrap();
        assert_eq!(fs::read(&path).unwrap(), sample().bytes);
        assert_eq!((mode(&cache), mode(&path)), (0o700, 0o755));
        assert_eq!(fs::read_dir(&cache).unwrap().count(), 1, "nothing else is left there");
    }

    #[test]
    fn a_whole_file_is_left_alone() {
        let cache = tempfile::tempdir().unwrap();
        let path = sample().unpack(cache.path()).unwrap();
        let written = || fs::metadata(&path).unwrap().modified().unwrap();
        let before = written();
        sample().unpack(cache.path()).unwrap();
        assert_eq!(written(), before);
    }

    #[test]
    fn a_cut_or_changed_file_is_replaced() {
        let cache = tempfile::tempdir().unwrap();
        let path = sample().unpack(cache.path()).unwrap();
        let changed = sample().bytes.to_ascii_uppercase();
        for bad in [&sample().bytes[..5], &changed] {
            fs::write(&path, bad).unwrap();
            sample().unpack(cache.path()).unwrap();
            assert_eq!(fs::read(&path).unwrap(), sample().bytes);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_one_line_with_the_remedy() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let said = sample().unpack(&file.path().join("below")).unwrap_err().to_string();
        assert!(said.contains("AGX_FIX_CACHE") && said.contains("below") && !said.contains('\n'), "{said}");
    }

    #[test]
    fn the_carried_libraries_unpack() {
        let cache = tempfile::tempdir().unwrap();
        let library = LIBRARY.unpack(cache.path()).unwrap();
        assert!(library.file_name().unwrap().to_str().unwrap().starts_with("libagx_fix-"));
        assert_eq!(SIMULATOR.is_some(), cfg!(target_os = "linux"));
    }
}
