//! cargo-mutants on the guard: every small change to its code that compiles, and whether its tests notice.

use super::table::Row;
use crate::Error;
use std::path::Path;
use std::process::Command;

/// Other versions make other mutants.
const VERSION: &str = "27.1.0";
/// The mutants that are known to survive, each with the reason.
const EXPLAINED: &str = "crates/agx-fix-guard/mutants.md";

/// Runs all mutants. An error if one survives that is not explained.
pub(super) fn run(root: &Path, target: &Path) -> Result<Vec<Row>, Error> {
    let tools = target.join("tools");
    install(&tools)?;
    let place = target.join("verify/mutants");
    std::fs::create_dir_all(&place).map_err(|cause| format!("{}: {cause}", place.display()))?;
    let mut mutants = Command::new(tools.join("bin/cargo-mutants"));
    mutants.args(["mutants", "--package", "agx-fix-guard", "--output"]).arg(&place).current_dir(root);
    mutants.env_remove("CARGO_TARGET_DIR");
    eprintln!("cargo mutants --package agx-fix-guard ... (an hour and more)");
    // It fails where mutants survive: the lists say which.
    mutants.status().map_err(|cause| format!("cargo-mutants cannot be started: {cause}"))?;
    let list = |name: &str| lines(&place.join("mutants.out").join(name));
    let (caught, missed) = (list("caught.txt")?, list("missed.txt")?);
    let (timed_out, unviable) = (list("timeout.txt")?, list("unviable.txt")?);
    let explained = std::fs::read_to_string(root.join(EXPLAINED)).unwrap_or_default();
    let open: Vec<&String> = missed.iter().filter(|mutant| !is_explained(mutant, &explained)).collect();
    for mutant in &open {
        println!("survived: {mutant}");
    }
    if !open.is_empty() {
        return Err(format!("{} mutants survive that {EXPLAINED} does not explain", open.len()));
    }
    let tested = caught.len() + missed.len() + timed_out.len();
    let how = format!(
        "{} noticed, {} of them by hanging; {} survive, explained in {EXPLAINED}; {} do not compile",
        caught.len() + timed_out.len(),
        timed_out.len(),
        missed.len(),
        unviable.len()
    );
    let row = ["mutation", "agx-fix-guard, by its tests", &format!("{tested} mutants"), &how];
    Ok(vec![Row(row.map(str::to_owned))])
}

fn install(tools: &Path) -> Result<(), Error> {
    let crate_name = format!("cargo-mutants@{VERSION}");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["install", "--locked", "--quiet", &crate_name, "--root"]).arg(tools);
    let status = cargo.status().map_err(|cause| format!("cargo cannot be started: {cause}"))?;
    if status.success() { Ok(()) } else { Err(format!("{crate_name} cannot be installed")) }
}

fn lines(file: &Path) -> Result<Vec<String>, Error> {
    let text = std::fs::read_to_string(file).map_err(|cause| format!("{}: {cause}", file.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// The list names mutants without their places, which move with each change of a file: `lock.rs: replace ...`.
fn is_explained(mutant: &str, explained: &str) -> bool {
    let Some((place, change)) = mutant.split_once(": ") else { return false };
    let file = place.split(':').next().unwrap_or(place).rsplit('/').next().unwrap_or(place);
    explained.contains(&format!("`{file}: {change}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutant_is_explained_wherever_it_stands() {
        let list = "| `lock.rs: replace != with == in Lock::is_waited_for` | because |";
        let mutant = "crates/agx-fix-guard/src/lock.rs:71:53: replace != with == in Lock::is_waited_for";
        assert!(is_explained(mutant, list));
        assert!(!is_explained(&mutant.replace("lock.rs", "slot.rs"), list));
        assert!(!is_explained(&mutant.replace("!=", "<"), list));
    }
}
