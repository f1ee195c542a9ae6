//! cargo-mutants on the guard: every small change to its code that compiles, and whether its tests notice.
//!
//! A run takes half an hour and more. What is known of each mutant is kept, so that the command goes on where it was interrupted.
//!
//! - `outcomes`: what came of which mutant, over all runs.

mod outcomes;

use super::table::Row;
use crate::Error;
use outcomes::{Outcome, Outcomes};
use std::num::NonZero;
use std::path::Path;
use std::process::Command;

/// Other versions make other mutants.
const VERSION: &str = "27.1.0";
/// The mutants that are known to survive, each with the reason.
const EXPLAINED: &str = "crates/agx-fix-guard/mutants.md";

/// Runs all mutants that have not been run on this state of the guard. An error if one of all survives that is not explained,
/// or if some are left.
pub(super) fn run(root: &Path, target: &Path) -> Result<Vec<Row>, Error> {
    let tools = target.join("tools");
    install(&tools)?;
    let place = target.join("verify/mutants");
    let mut outcomes = Outcomes::open(&place, &outcomes::sources(root)?)?;
    let all = list(root, &tools)?;
    let left = all.iter().filter(|mutant| outcomes.of(mutant).is_none()).count();
    eprintln!("cargo mutants --package agx-fix-guard ... ({left} of {} mutants are to be run)", all.len());
    if left > 0 {
        let mut mutants = mutants(root, &tools);
        mutants.args(["--iterate", "--jobs", &jobs().to_string(), "--output"]).arg(&place);
        // Nobody looks at backtraces, and most of the time goes into building.
        mutants.env("CARGO_PROFILE_DEV_DEBUG", "0");
        // It fails where mutants survive: the lists say which.
        mutants.status().map_err(cannot_start)?;
        outcomes.gather()?;
    }
    let explained = std::fs::read_to_string(root.join(EXPLAINED)).unwrap_or_default();
    verdict(&all, &outcomes, &explained).map(|row| vec![row])
}

fn install(tools: &Path) -> Result<(), Error> {
    let crate_name = format!("cargo-mutants@{VERSION}");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["install", "--locked", "--quiet", &crate_name, "--root"]).arg(tools);
    let status = cargo.status().map_err(|cause| format!("cargo cannot be started: {cause}"))?;
    if status.success() { Ok(()) } else { Err(format!("{crate_name} cannot be installed")) }
}

fn mutants(root: &Path, tools: &Path) -> Command {
    let mut mutants = Command::new(tools.join("bin/cargo-mutants"));
    mutants.args(["mutants", "--package", "agx-fix-guard"]).current_dir(root);
    mutants.env_remove("CARGO_TARGET_DIR");
    mutants
}

fn cannot_start(cause: std::io::Error) -> Error {
    format!("cargo-mutants cannot be started: {cause}")
}

/// The mutants that there are.
fn list(root: &Path, tools: &Path) -> Result<Vec<String>, Error> {
    let output = mutants(root, tools).arg("--list").output().map_err(cannot_start)?;
    if !output.status.success() {
        let cause = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo-mutants names no mutants: {}", cause.trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

/// How many mutants are built and tested at once. Each is a build of one crate and tests that mostly wait for each other, so that
/// two do not hinder each other even on two cores; the limit is memory and disk.
fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).div_ceil(2).clamp(2, 8)
}

/// The line for the table, which is of `all` mutants, whatever run they were run in.
fn verdict(all: &[String], outcomes: &Outcomes, explained: &str) -> Result<Row, Error> {
    let count = |wanted| all.iter().filter(|mutant| outcomes.of(mutant) == wanted).count();
    let (caught, timed_out) = (count(Some(Outcome::Caught)), count(Some(Outcome::Timeout)));
    let missed: Vec<&String> =
        all.iter().filter(|mutant| outcomes.of(mutant) == Some(Outcome::Missed)).collect();
    let of_name = |name: &str| missed.iter().filter(|mutant| name_of(mutant) == name).count();
    let is_open = |mutant: &&&String| {
        let name = name_of(mutant);
        of_name(&name) > explained_number(&name, explained)
    };
    let open: Vec<_> = missed.iter().filter(is_open).collect();
    for mutant in &open {
        println!("survived: {mutant}");
    }
    if !open.is_empty() {
        return Err(format!("{} mutants survive that {EXPLAINED} does not explain", open.len()));
    }
    let left = count(None);
    if left > 0 || all.is_empty() {
        return Err(format!(
            "{left} of {} mutants have not been run; what cargo-mutants said stands above; `cargo xtask verify \
             mutants` goes on with them",
            all.len()
        ));
    }
    let tested = caught + timed_out + missed.len();
    let how = format!(
        "{} noticed, {timed_out} of them by hanging; {} survive, explained in {EXPLAINED}; {} do not compile",
        caught + timed_out,
        missed.len(),
        count(Some(Outcome::Unviable))
    );
    let row = ["mutation", "agx-fix-guard, by its tests", &format!("{tested} mutants"), &how];
    Ok(Row(row.map(str::to_owned)))
}

/// A mutant without its place, which moves with each change of a file: `lock.rs: replace ...`. Several may have one name.
fn name_of(mutant: &str) -> String {
    let (place, change) = mutant.split_once(": ").unwrap_or((mutant, ""));
    let file = place.split(':').next().unwrap_or(place).rsplit('/').next().unwrap_or(place);
    format!("{file}: {change}")
}

/// How many mutants of that name the list explains: one, or as many as a number in brackets behind the name says.
fn explained_number(name: &str, explained: &str) -> usize {
    let Some((_, behind)) = explained.split_once(&format!("`{name}`")) else { return 0 };
    let number = behind.strip_prefix(" (").and_then(|behind| behind.split_once(')')?.0.parse().ok());
    number.unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_mutant_is_explained_wherever_it_stands() {
        let list =
            "- `lock.rs: replace != with == in Lock::is_waited_for`: because\n- `slot.rs: x` (3): because";
        let mutant = "crates/agx-fix-guard/src/lock.rs:71:53: replace != with == in Lock::is_waited_for";
        assert_eq!(explained_number(&name_of(mutant), list), 1);
        assert_eq!(explained_number(&name_of(&mutant.replace("lock.rs", "slot.rs")), list), 0);
        assert_eq!(explained_number(&name_of(&mutant.replace("!=", "<")), list), 0);
        assert_eq!(explained_number(&name_of("src/slot.rs:1:2: x"), list), 3);
    }

    /// A function has several places for one change, and a reason that is for one of them.
    #[test]
    fn one_explanation_is_for_one_mutant() {
        let all = ["src/d.rs:1:2: e", "src/d.rs:1:9: e"].map(str::to_owned);
        let place = tempfile::tempdir().unwrap();
        let mut outcomes = Outcomes::open(place.path(), "sources").unwrap();
        fs::write(place.path().join("mutants.out/missed.txt"), all.join("\n")).unwrap();
        outcomes.gather().unwrap();
        assert!(verdict(&all, &outcomes, "`d.rs: e`: why").unwrap_err().starts_with("2 mutants survive"));
        assert!(verdict(&all, &outcomes, "`d.rs: e` (2): why").is_ok());
    }

    /// The outcomes after runs that left these lists.
    fn verdict_of(lists: &[(&str, &str)], explained: &str) -> Result<Row, Error> {
        let all = ["a", "b", "c", "src/d.rs:1:2: e", "f"].map(str::to_owned);
        let place = tempfile::tempdir().unwrap();
        let mut outcomes = Outcomes::open(place.path(), "sources").unwrap();
        for (name, mutants) in lists {
            fs::write(place.path().join("mutants.out").join(name), mutants).unwrap();
            outcomes.gather().unwrap();
            fs::write(place.path().join("mutants.out").join(name), "").unwrap();
        }
        verdict(&all, &outcomes, explained)
    }

    #[test]
    fn the_row_is_of_all_mutants_whatever_run_they_were_in() {
        let lists = [
            ("caught.txt", "a\nof a file that is gone\n"),
            ("missed.txt", "src/d.rs:1:2: e\n"),
            ("timeout.txt", "b\n"),
            ("unviable.txt", "f\n"),
            ("caught.txt", "c\n"),
        ];
        let Row(row) = verdict_of(&lists, "`d.rs: e`").unwrap();
        assert_eq!(row[2], "4 mutants");
        assert!(row[3].starts_with("3 noticed, 1 of them by hanging; 1 survive"), "{}", row[3]);
        assert!(row[3].ends_with("1 do not compile"), "{}", row[3]);
        assert!(verdict_of(&lists, "").unwrap_err().starts_with("1 mutants survive"));
        assert!(verdict_of(&lists[..4], "`d.rs: e`").unwrap_err().starts_with("1 of 5 mutants have not"));
        assert!(verdict_of(&[], "").unwrap_err().starts_with("5 of 5 mutants have not"));
    }
}
