//! Folders that tests fill like those of a system.

use super::{Files, Machine, Surroundings, System};
use agx_fix_macho::Architecture;
use agx_fix_macho::fixture::Fixture;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that stands for the root of a system. Gone when dropped.
pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn files(&self) -> Files {
        Files::below(self.root())
    }

    pub(crate) fn file(&self, path: &str, content: &[u8], mode: u32) {
        let path = self.place(path);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }

    /// A program of this content.
    pub(crate) fn program(&self, path: &str, program: &Fixture) {
        self.file(path, &program.write(), 0o755);
    }

    pub(crate) fn script(&self, path: &str, text: &str) {
        self.file(path, text.as_bytes(), 0o755);
    }

    /// A symbolic link at `path` that leads to `goal`.
    pub(crate) fn link(&self, goal: &str, path: &str) {
        let goal = goal.strip_prefix('/').map_or(PathBuf::from(goal), |goal| self.root().join(goal));
        symlink(goal, self.place(path)).unwrap();
    }

    fn root(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    /// A system of these files, with this `PATH`.
    pub(crate) fn surroundings(&self, system: System, search: &str) -> Surroundings {
        Surroundings {
            system,
            files: self.files(),
            search: Some(search.into()),
            machine: Machine {
                architecture: Architecture::Arm64,
                library: vec![Architecture::X86_64, Architecture::Arm64],
            },
        }
    }

    fn place(&self, path: &str) -> PathBuf {
        let path = self.root().join(path.strip_prefix('/').expect("absolute"));
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        path
    }
}

pub(crate) fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(Into::into).collect()
}
