//! Finds the commit that is built, for reports of measurements to name.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let commit = in_this_repository().then(|| git(&["rev-parse", "--short=12", "HEAD"])).flatten();
    println!("cargo::rustc-env=AGX_FIX_COMMIT={}", commit.as_deref().unwrap_or("unknown"));
    if commit.is_some() {
        // `HEAD` changes with a checkout, its log with a commit.
        for file in ["HEAD", "logs/HEAD"] {
            let path = git(&["rev-parse", "--git-path", file]).filter(|path| Path::new(path).exists());
            path.inspect(|path| println!("cargo::rerun-if-changed={path}"));
        }
    }
}

/// A source tree without `.git` may lie inside somebody else's repository, whose commit would be a wrong answer.
fn in_this_repository() -> bool {
    let root = Path::new("../..").canonicalize().ok();
    root.is_some()
        && git(&["rev-parse", "--show-toplevel"]).and_then(|it| Path::new(&it).canonicalize().ok()) == root
}

fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
