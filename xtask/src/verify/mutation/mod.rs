//! cargo-mutants on guard and hooks: every small change to their code that compiles, and whether the tests notice.
//!
//! A run takes hours. What is known of each mutant is kept, so that the command goes on where it was interrupted.
//!
//! - `outcomes`: what came of which mutant, over all runs.

mod outcomes;

use super::table::Row;
use crate::command::{any_cargo, printed, succeed};
use crate::{Error, gobjc, runtime};
use outcomes::{Outcome, Outcomes};
use std::num::NonZero;
use std::path::Path;
use std::process::Command;

/// Other versions make other mutants.
const VERSION: &str = "27.1.0";

/// A crate that is mutated.
struct Subject {
    package: &'static str,
    /// Its files that are mutated, as a pattern.
    files: &'static str,
    /// The packages whose tests are run, round by round: what survives a round is tried in the next, whose tests take longer.
    rounds: &'static [&'static [&'static str]],
    /// The folders whose sources decide on the outcomes.
    sources: &'static [&'static str],
}

const SUBJECTS: [Subject; 3] = [
    Subject {
        package: "agx-fix-guard",
        files: "**",
        rounds: &[&["agx-fix-guard"]],
        sources: &["crates/agx-fix-guard", "crates/agx-fix-terms"],
    },
    Subject {
        package: "agx-fix-hooks",
        files: "**",
        rounds: &[&["agx-fix-hooks"], &["agx-fix-tests", "agx-fix-lab"]],
        sources: &["crates/agx-fix-guard", "crates/agx-fix-hooks", "crates/agx-fix-terms", "tests"],
    },
    Subject {
        package: "agx-fix-platform",
        files: "**/fork.rs",
        rounds: &[&["agx-fix-platform"]],
        sources: &["crates/agx-fix-platform"],
    },
];

/// Runs all mutants that have not been run on this state of the code. An error if one survives that is not explained, or if
/// some are left.
pub(super) fn run(root: &Path, target: &Path) -> Result<Vec<Row>, Error> {
    let tools = target.join("tools");
    let crate_name = format!("cargo-mutants@{VERSION}");
    succeed(any_cargo().args(["install", "--locked", "--quiet", &crate_name, "--root"]).arg(&tools))?;
    SUBJECTS.iter().map(|subject| subject.run(root, target, &tools)).collect()
}

impl Subject {
    fn run(&self, root: &Path, target: &Path, tools: &Path) -> Result<Row, Error> {
        let place = target.join("verify/mutants").join(self.package);
        let mut outcomes = Outcomes::open(&place, &outcomes::digest(root, self.sources)?)?;
        let list = printed(self.mutants(root, tools).arg("--list"))?;
        let all: Vec<String> = list.lines().map(str::to_owned).collect();
        for (round, packages) in self.rounds.iter().enumerate() {
            outcomes.begin(round)?;
            let left = all.iter().filter(|mutant| !outcomes.has_run(mutant)).count();
            eprintln!("{}: {left} of {} mutants are to be run with {packages:?}", self.package, all.len());
            if left == 0 {
                continue;
            }
            let mut mutants = self.mutants(root, tools);
            runtime::provide(&mut mutants, target)?;
            gobjc::provide(&mut mutants, target)?;
            mutants.args(packages.iter().flat_map(|package| ["--test-package", package]));
            mutants.args(["--iterate", "--jobs", &jobs().to_string(), "--output"]).arg(&place);
            // Nobody looks at backtraces, and most of the time goes into building.
            mutants.env("CARGO_PROFILE_DEV_DEBUG", "0");
            // It fails where mutants survive: the lists say which.
            mutants.status().map_err(|cause| format!("cargo-mutants cannot be started: {cause}"))?;
            outcomes.gather()?;
        }
        let explained = std::fs::read_to_string(root.join(self.explained())).unwrap_or_default();
        self.verdict(&all, &outcomes, &explained)
    }

    fn mutants(&self, root: &Path, tools: &Path) -> Command {
        let mut mutants = Command::new(tools.join("bin/cargo-mutants"));
        mutants.args(["mutants", "--package", self.package, "--file", self.files]).current_dir(root);
        mutants.env_remove("CARGO_TARGET_DIR");
        mutants
    }

    /// The mutants that are known to survive, each with the reason.
    fn explained(&self) -> String {
        format!("crates/{}/mutants.md", self.package)
    }

    /// The line for the table, which is of `all` mutants, whatever run they were run in.
    fn verdict(&self, all: &[String], outcomes: &Outcomes, explained: &str) -> Result<Row, Error> {
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
            return Err(format!("{} mutants survive that {} does not explain", open.len(), self.explained()));
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
            "{} noticed, {timed_out} of them by hanging; {} survive, explained in {}; {} do not compile",
            caught + timed_out,
            missed.len(),
            self.explained(),
            count(Some(Outcome::Unviable))
        );
        let what = format!("{}, by its tests", self.package);
        Ok(Row(["mutation", &what, &format!("{tested} mutants"), &how].map(str::to_owned)))
    }
}

/// How many mutants are built and tested at once. Each is a build of one crate and tests that mostly wait for each other, so that
/// two do not hinder each other even on two cores; the limit is memory and disk.
fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).div_ceil(2).clamp(2, 8)
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
        let all = ["src/d.rs:1:2: e", "src/d.rs:1:9: e"];
        let verdict = |explained| verdict_of(&all, &[("missed.txt", &all.join("\n"))], explained);
        assert!(verdict("`d.rs: e`: why").unwrap_err().starts_with("2 mutants survive"));
        assert!(verdict("`d.rs: e` (2): why").is_ok());
    }

    /// The outcomes after runs that left these lists.
    fn verdict_of(all: &[&str], lists: &[(&str, &str)], explained: &str) -> Result<Row, Error> {
        let all: Vec<String> = all.iter().map(|&mutant| mutant.to_owned()).collect();
        let place = tempfile::tempdir().unwrap();
        let mut outcomes = Outcomes::open(place.path(), "sources").unwrap();
        for (name, mutants) in lists {
            fs::write(place.path().join("mutants.out").join(name), mutants).unwrap();
            outcomes.gather().unwrap();
            fs::write(place.path().join("mutants.out").join(name), "").unwrap();
        }
        SUBJECTS[0].verdict(&all, &outcomes, explained)
    }

    #[test]
    fn the_row_is_of_all_mutants_whatever_run_they_were_in() {
        let all = ["a", "b", "c", "src/d.rs:1:2: e", "f"];
        let lists = [
            ("caught.txt", "a\nof a file that is gone\n"),
            ("missed.txt", "src/d.rs:1:2: e\n"),
            ("timeout.txt", "b\n"),
            ("unviable.txt", "f\n"),
            ("caught.txt", "c\n"),
        ];
        let Row(row) = verdict_of(&all, &lists, "`d.rs: e`").unwrap();
        assert_eq!(row[2], "4 mutants");
        assert!(row[3].starts_with("3 noticed, 1 of them by hanging; 1 survive"), "{}", row[3]);
        assert!(row[3].ends_with("1 do not compile"), "{}", row[3]);
        assert!(verdict_of(&all, &lists, "").unwrap_err().starts_with("1 mutants survive"));
        assert!(
            verdict_of(&all, &lists[..4], "`d.rs: e`").unwrap_err().starts_with("1 of 5 mutants have not")
        );
        assert!(verdict_of(&all, &[], "").unwrap_err().starts_with("5 of 5 mutants have not"));
    }
}
