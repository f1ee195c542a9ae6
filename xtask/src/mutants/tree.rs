//! The copy of the repository that is mutated.

use crate::Error;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The copy.
pub(super) struct Tree {
    folder: PathBuf,
    /// Where cargo builds it.
    target: PathBuf,
}

/// A file that is not as it was, until this is dropped.
pub(super) struct Mutated {
    path: PathBuf,
    before: String,
}

impl Tree {
    /// Copies all files that git knows or would take; files that are the same already keep their dates, so that nothing is
    /// built for them again.
    pub(super) fn copy(root: &Path, place: &Path) -> Result<Self, Error> {
        let folder = place.join("tree");
        let files = files(root)?;
        remove_others(&folder, &files)?;
        for file in &files {
            let (from, to) = (root.join(file), folder.join(file));
            // A file that was removed but not committed is listed as well.
            let Ok(bytes) = fs::read(&from) else { continue };
            if fs::read(&to).is_ok_and(|there| there == bytes) {
                continue;
            }
            let parent = to.parent().expect("it is in the folder");
            fs::create_dir_all(parent).and_then(|()| fs::copy(&from, &to)).map_err(cannot_write(&to))?;
        }
        Ok(Self { folder, target: place.join("target") })
    }

    /// Cargo, for the copy.
    pub(super) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(arguments).current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target);
        cargo.env("AGX_FIX_CACHE", self.target.join("cache"));
        cargo
    }

    /// Where cargo builds.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Replaces the one place of `text` in a file. `None` if there is none, or more than one.
    pub(super) fn mutate(&self, file: &str, text: &str, replacement: &str) -> Result<Option<Mutated>, Error> {
        let path = self.folder.join(file);
        let Ok(before) = fs::read_to_string(&path) else { return Ok(None) };
        if before.matches(text).count() != 1 {
            return Ok(None);
        }
        fs::write(&path, before.replacen(text, replacement, 1)).map_err(cannot_write(&path))?;
        Ok(Some(Mutated { path, before }))
    }
}

impl Drop for Mutated {
    fn drop(&mut self) {
        if let Err(cause) = fs::write(&self.path, &self.before) {
            eprintln!("xtask: {} stays mutated ({cause}); the next run copies it anew", self.path.display());
        }
    }
}

fn files(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|cause| format!("git cannot be started, so nobody knows what to copy: {cause}"))?;
    if !output.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let names = output.stdout.split(|&byte| byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| PathBuf::from(OsStr::from_bytes(name))).collect())
}

/// A source file that is gone from the repository would still be built in the copy.
fn remove_others(folder: &Path, files: &[PathBuf]) -> Result<(), Error> {
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = next.read_dir() else { continue };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let name = path.strip_prefix(folder).expect("it is below").to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if files.binary_search(&name).is_err() && !files.contains(&name) {
                fs::remove_file(&path).map_err(cannot_write(&path))?;
            }
        }
    }
    Ok(())
}

fn cannot_write(path: &Path) -> impl Fn(std::io::Error) -> Error {
    move |cause| format!("{} cannot be written: {cause}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutation_is_undone_and_must_be_at_one_place() {
        let folder = std::env::temp_dir().join(format!("agx-fix-mutants-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("f.rs"), "one two two").unwrap();
        let tree = Tree { folder: folder.clone(), target: folder.clone() };
        let text = || fs::read_to_string(folder.join("f.rs")).unwrap();
        assert!(tree.mutate("f.rs", "two", "x").unwrap().is_none());
        assert!(tree.mutate("f.rs", "three", "x").unwrap().is_none());
        let mutated = tree.mutate("f.rs", "one", "1").unwrap();
        assert_eq!(text(), "1 two two");
        drop(mutated);
        assert_eq!(text(), "one two two");
        fs::remove_dir_all(&folder).unwrap();
    }
}
