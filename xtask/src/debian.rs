//! Debian packages, fetched and unpacked into a folder: no root, nothing installed.

use crate::command::printed;
use crate::{Error, cannot_write};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Downloads `packages` and unpacks them to `folder`, which is there afterwards with all of them, or not at all.
pub(crate) fn fetch(packages: &[&str], folder: &Path) -> Result<(), Error> {
    fetch_by(|workplace| download(packages, workplace), folder)
}

/// The same, of the packages that `download` puts into the folder that it is given.
pub(crate) fn fetch_by(
    download: impl FnOnce(&Path) -> Result<(), Error>,
    folder: &Path,
) -> Result<(), Error> {
    let workplace = folder.with_extension(format!("part-{}", std::process::id()));
    let result = fetch_at(download, &workplace, folder);
    // Half of it, or nothing any more; it is in no one's way.
    let _ = fs::remove_dir_all(&workplace);
    result
}

fn fetch_at(
    download: impl FnOnce(&Path) -> Result<(), Error>,
    workplace: &Path,
    folder: &Path,
) -> Result<(), Error> {
    let root = workplace.join("root");
    fs::create_dir_all(&root).map_err(cannot_write(&root))?;
    download(workplace)?;
    for package in downloaded(workplace).map_err(cannot_write(workplace))? {
        printed(Command::new("dpkg").arg("-x").arg(package).arg(&root))?;
    }
    match fs::rename(&root, folder) {
        // Somebody else was faster, or an older compiler's packages are there: ours are complete.
        Err(_) if folder.is_dir() => {
            fs::remove_dir_all(folder).and_then(|()| fs::rename(&root, folder)).map_err(cannot_write(folder))
        }
        result => result.map_err(cannot_write(folder)),
    }
}

/// The same of a package with all it depends on, as far as that is not installed.
pub(crate) fn fetch_with_dependencies(package: &str, folder: &Path) -> Result<(), Error> {
    let download = |workplace: &Path| {
        with_lists(workplace, |lists| {
            let apt_get = |action| {
                let mut command = apt_get(workplace);
                command.args(lists).arg(action);
                command
            };
            let absent = installation(&mut apt_get("install"), &[package])?;
            printed(apt_get("download").args(absent))
        })
    };
    fetch_by(download, folder)
}

fn download(packages: &[&str], workplace: &Path) -> Result<(), Error> {
    with_lists(workplace, |lists| printed(apt_get(workplace).args(lists).arg("download").args(packages)))
}

/// Does something with the system's package lists; where those are missing or old, with lists of our own. It gets the
/// arguments for apt-get to use them.
fn with_lists(workplace: &Path, act: impl Fn(&[String]) -> Result<String, Error>) -> Result<(), Error> {
    // Where there is no apt-get, the error is that of starting it.
    printed(apt_get(workplace).arg("--version"))?;
    if act(&[]).is_ok() {
        return Ok(());
    }
    let own_lists = own_lists(workplace)?;
    printed(apt_get(workplace).args(&own_lists).arg("update")).and_then(|_| act(&own_lists)).map_err(
        |cause| format!("{cause}\nIf the package lists are missing or old, run `apt-get update` as root."),
    )?;
    Ok(())
}

/// What `apt-get install` would install: the packages and their dependencies, as far as they are not there.
pub(crate) fn installation(apt_get: &mut Command, packages: &[&str]) -> Result<BTreeSet<String>, Error> {
    let plan = printed(apt_get.args(["--simulate", "--no-install-recommends"]).args(packages))?;
    Ok(planned(&plan).map(Into::into).collect())
}

/// A plan has a line for each package: `Inst NAME (VERSION SOURCE [ARCHITECTURE])`.
fn planned(plan: &str) -> impl Iterator<Item = &str> {
    plan.lines().filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next())
}

/// Arguments for apt-get to keep package lists below `workplace`.
pub(crate) fn own_lists(workplace: &Path) -> Result<Vec<String>, Error> {
    for folder in ["lists/partial", "cache/archives/partial"].map(|name| workplace.join(name)) {
        fs::create_dir_all(&folder).map_err(cannot_write(&folder))?;
    }
    let lists = format!("Dir::State::Lists={}", workplace.join("lists").display());
    let cache = format!("Dir::Cache={}", workplace.join("cache").display());
    Ok(vec!["-o".into(), lists, "-o".into(), cache])
}

/// apt as root warns that its unprivileged user cannot write here; there is nothing to protect.
pub(crate) fn apt_get(workplace: &Path) -> Command {
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

#[cfg(test)]
mod tests {
    use super::planned;

    #[test]
    fn a_plan_names_its_packages_once() {
        let plan =
            "Reading lists...\nInst qemu-user (1:7.2 Debian:12.11/stable [amd64])\nConf qemu-user (1:7.2)\n";
        assert_eq!(planned(plan).collect::<Vec<_>>(), ["qemu-user"]);
    }
}
