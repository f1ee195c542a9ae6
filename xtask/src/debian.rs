//! Debian packages, fetched and unpacked into a folder: no root, nothing installed.

use crate::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Downloads `packages` and unpacks them to `folder`, which is there afterwards with all of them, or not at all.
pub(crate) fn fetch(packages: &[&str], folder: &Path) -> Result<(), Error> {
    let workplace = folder.with_extension(format!("part-{}", std::process::id()));
    let result = fetch_at(packages, &workplace, folder);
    // Half of it, or nothing any more; it is in no one's way.
    let _ = fs::remove_dir_all(&workplace);
    result
}

fn fetch_at(packages: &[&str], workplace: &Path, folder: &Path) -> Result<(), Error> {
    let root = workplace.join("root");
    fs::create_dir_all(&root).map_err(cannot_write(&root))?;
    download(packages, workplace)?;
    for package in downloaded(workplace).map_err(cannot_write(workplace))? {
        succeed(Command::new("dpkg").arg("-x").arg(package).arg(&root))?;
    }
    match fs::rename(&root, folder) {
        // Somebody else was faster, or an older compiler's packages are there: ours are complete.
        Err(_) if folder.is_dir() => {
            fs::remove_dir_all(folder).and_then(|()| fs::rename(&root, folder)).map_err(cannot_write(folder))
        }
        result => result.map_err(cannot_write(folder)),
    }
}

/// With the system's package lists; where those are missing or old, with lists of our own.
fn download(packages: &[&str], workplace: &Path) -> Result<(), Error> {
    // Where there is no apt-get, the error is that of starting it.
    succeed(apt_get(workplace).arg("--version"))?;
    if succeed(apt_get(workplace).arg("download").args(packages)).is_ok() {
        return Ok(());
    }
    let lists = format!("Dir::State::Lists={}", workplace.join("lists").display());
    let cache = format!("Dir::Cache={}", workplace.join("cache").display());
    for folder in ["lists/partial", "cache/archives/partial"].map(|name| workplace.join(name)) {
        fs::create_dir_all(&folder).map_err(cannot_write(&folder))?;
    }
    let own_lists = ["-o", &lists, "-o", &cache];
    succeed(apt_get(workplace).args(own_lists).arg("update"))
        .and_then(|()| succeed(apt_get(workplace).args(own_lists).arg("download").args(packages)))
        .map_err(|cause| {
            format!("{cause}\nIf the package lists are missing or old, run `apt-get update` as root.")
        })
}

/// apt as root warns that its unprivileged user cannot write here; there is nothing to protect.
fn apt_get(workplace: &Path) -> Command {
    let mut command = Command::new("apt-get");
    command.current_dir(workplace).args(["-q", "-o", "APT::Sandbox::User=root"]);
    command
}

fn downloaded(workplace: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = workplace.read_dir()?.collect::<io::Result<Vec<_>>>()?;
    Ok(entries
        .into_iter()
        .map(|it| it.path())
        .filter(|path| path.extension().is_some_and(|it| it == "deb"))
        .collect())
}

fn succeed(command: &mut Command) -> Result<(), Error> {
    let program = command.get_program().display().to_string();
    let output = command.output().map_err(|cause| format!("{program} cannot be started: {cause}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
}

fn cannot_write(path: &Path) -> impl Fn(io::Error) -> Error {
    move |cause| format!("{} cannot be written: {cause}", path.display())
}
