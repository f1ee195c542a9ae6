//! On a Mac: the user's cargo, whose compiler calls Xcode's tools.

use crate::Error;
use crate::command::printed;
use std::env;
use std::path::Path;
use std::process::Command;

/// Makes sure that the compiler has the standard library of each target.
pub(super) fn check(targets: &[&str]) -> Result<(), Error> {
    let mut missing = Vec::new();
    for &target in targets {
        if !has_standard_library(target)? {
            missing.push(target);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let added = Command::new("rustup").args(["target", "add"]).args(&missing).status();
    if added.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(format!(
        "Rust's standard library for {} is missing, so nothing can be built for it; install it with \
         `rustup target add {}`",
        missing.join(" and "),
        missing.join(" ")
    ))
}

fn has_standard_library(target: &str) -> Result<bool, Error> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut question = Command::new(rustc);
    question.args(["--print", "target-libdir", "--target", target]);
    Ok(Path::new(printed(&mut question)?.trim()).is_dir())
}
