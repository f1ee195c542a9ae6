//! The file system as the target sees it, from a root: the real one, or a folder in tests. Symbolic links are followed here, so
//! that they stay below the root.

use rustix::fs::{Access, access};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

/// As many links as the systems follow, or more.
const MOST_LINKS: usize = 40;

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

    /// Those in a folder, which all absolute paths begin at.
    pub(crate) fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where a path leads, through all links: absolute, without `.` and `..`.
    pub(crate) fn real(&self, path: &Path) -> io::Result<PathBuf> {
        let mut left = parts(&std::path::absolute(path)?);
        let mut real = PathBuf::from("/");
        let mut links = 0;
        while let Some(part) = left.pop_front() {
            if part == ".." {
                real.pop();
                continue;
            }
            real.push(&part);
            if !fs::symlink_metadata(self.on_disk(&real))?.is_symlink() {
                continue;
            }
            links += 1;
            if links > MOST_LINKS {
                return Err(io::Error::other("too many symbolic links"));
            }
            let goal = fs::read_link(self.on_disk(&real))?;
            if goal.is_absolute() {
                real = PathBuf::from("/");
            } else {
                real.pop();
            }
            for part in parts(&goal).into_iter().rev() {
                left.push_front(part);
            }
        }
        Ok(real)
    }

    pub(crate) fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        fs::metadata(self.on_disk(&self.real(path)?))
    }

    pub(crate) fn is_file(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|it| it.is_file())
    }

    pub(crate) fn is_folder(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|it| it.is_dir())
    }

    /// Whether this user may execute the file.
    pub(crate) fn is_executable(&self, path: &Path) -> bool {
        self.real(path).is_ok_and(|real| access(self.on_disk(&real), Access::EXEC_OK).is_ok())
    }

    pub(crate) fn open(&self, path: &Path) -> io::Result<File> {
        File::open(self.on_disk(&self.real(path)?))
    }

    /// The first bytes of a file.
    pub(crate) fn head(&self, path: &Path, length: u64) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.open(path)?.take(length).read_to_end(&mut head)?;
        Ok(head)
    }

    pub(crate) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(self.on_disk(&self.real(path)?))
    }

    /// The names in a folder, in order; none where it cannot be read.
    pub(crate) fn names(&self, folder: &Path) -> Vec<OsString> {
        let entries = self.real(folder).and_then(|real| fs::read_dir(self.on_disk(&real)));
        let mut names: Vec<OsString> =
            entries.into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        names
    }

    /// What a link says, without following it.
    pub(crate) fn link(&self, path: &Path) -> Option<PathBuf> {
        let folder = self.real(path.parent()?).ok()?;
        fs::read_link(self.on_disk(&folder.join(path.file_name()?))).ok()
    }

    fn on_disk(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let part = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(part).collect()
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

    #[test]
    fn loops_and_missing_files_are_errors() {
        let tree = Tree::new();
        tree.link("b", "/a");
        tree.link("a", "/b");
        assert!(tree.files().real(Path::new("/a")).is_err());
        assert!(
            !tree.files().is_file(Path::new("/a")) && tree.files().names(Path::new("/nowhere")).is_empty()
        );
    }
}
