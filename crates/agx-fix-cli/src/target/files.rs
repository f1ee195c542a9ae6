//! The file system as the target sees it, from a root: the real one, or a folder in tests.

use rustix::fs::{Access, access};
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The files below a root.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    root: PathBuf,
}

impl Files {
    /// All files of this system.
    pub(crate) fn all() -> Self {
        Self::below("/")
    }

    /// Those in a folder without links above it, which all absolute paths begin at.
    pub(crate) fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where a path leads, through all links: absolute, without `.` and `..`.
    pub(crate) fn real(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(self.from_disk(fs::canonicalize(self.on_disk(path))?))
    }

    pub(crate) fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        fs::metadata(self.on_disk(path))
    }

    pub(crate) fn is_file(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|it| it.is_file())
    }

    pub(crate) fn is_folder(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|it| it.is_dir())
    }

    /// Whether this user may execute the file.
    pub(crate) fn is_executable(&self, path: &Path) -> bool {
        access(self.on_disk(path), Access::EXEC_OK).is_ok()
    }

    pub(crate) fn open(&self, path: &Path) -> io::Result<File> {
        File::open(self.on_disk(path))
    }

    /// The first bytes of a file.
    pub(crate) fn head(&self, path: &Path, length: u64) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.open(path)?.take(length).read_to_end(&mut head)?;
        Ok(head)
    }

    pub(crate) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(self.on_disk(path))
    }

    /// The names in a folder, in order; none where it cannot be read.
    pub(crate) fn names(&self, folder: &Path) -> Vec<OsString> {
        let entries = fs::read_dir(self.on_disk(folder)).into_iter().flatten().flatten();
        let mut names: Vec<OsString> = entries.map(|entry| entry.file_name()).collect();
        names.sort();
        names
    }

    /// What a link says, without following it.
    pub(crate) fn link(&self, path: &Path) -> Option<PathBuf> {
        fs::read_link(self.on_disk(path)).ok().map(|goal| self.from_disk(goal))
    }

    fn on_disk(&self, path: &Path) -> PathBuf {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.root.join(path.strip_prefix("/").unwrap_or(&path))
    }

    fn from_disk(&self, path: PathBuf) -> PathBuf {
        path.strip_prefix(&self.root).map(|it| Path::new("/").join(it)).unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Tree;
    use super::*;

    #[test]
    fn links_are_followed_from_the_root() {
        let tree = Tree::new();
        tree.file("/opt/real/bin/tool", b"tool", 0o755);
        tree.link("/opt/real", "/usr/alias");
        tree.link("../alias/bin/tool", "/usr/bin/tool");
        let files = tree.files();
        let real = files.real(Path::new("/usr/bin/./tool")).unwrap();
        assert_eq!(real, Path::new("/opt/real/bin/tool"));
        assert_eq!(files.head(Path::new("/usr/bin/tool"), 3).unwrap(), b"too");
        assert_eq!(files.link(Path::new("/usr/bin/tool")), Some("../alias/bin/tool".into()));
        assert!(files.is_executable(Path::new("/usr/bin/tool")) && files.is_folder(Path::new("/usr/alias")));
        assert_eq!(files.names(Path::new("/usr")), ["alias", "bin"]);
    }
}
