//! `cargo xtask mutants`: takes one protection after the other out of the guard and demands that a named check fails.
//!
//! It works on a copy of the repository's files in `<target>/mutants/tree`, with a target folder beside it, so that the
//! repository is never changed and a second run builds little. Every check is run on the unchanged copy first: one that
//! fails anyway would kill every mutant.
//!
//! - `list`: the mutants; `tree`: the copy; `check`: running one check, with a time limit.

mod check;
mod list;
mod tree;

use crate::Error;
use check::{Check, Verdict};
use list::{MUTANTS, Mutant};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use tree::Tree;

/// How a mutant came out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// Its check failed.
    Killed(&'static str),
    /// Its check passed: nothing shows that the protection is needed.
    Survived,
    /// The mutant shows nothing: its text is not in the file, or the copy does not compile.
    Invalid(String),
}

/// Runs the mutants whose names contain one of `arguments`, or all.
pub(crate) fn run(arguments: &[OsString], root: &Path, target: &Path) -> Result<ExitCode, Error> {
    let chosen: Vec<&Mutant> = MUTANTS.iter().filter(|it| is_chosen(it, arguments)).collect();
    if chosen.is_empty() {
        return Err("no mutant has such a name; `cargo xtask mutants` runs all".to_owned());
    }
    let tree = Tree::copy(root, &target.join("mutants"))?;
    baseline(&chosen, &tree)?;
    let mut fates = Vec::new();
    for mutant in chosen {
        eprintln!("{} ...", mutant.name);
        fates.push((mutant, fate_of(mutant, &tree)?));
    }
    Ok(report(&fates))
}

fn is_chosen(mutant: &Mutant, arguments: &[OsString]) -> bool {
    arguments.is_empty() || arguments.iter().any(|word| mutant.name.contains(&*word.to_string_lossy()))
}

/// All checks pass on the unchanged copy.
fn baseline(chosen: &[&Mutant], tree: &Tree) -> Result<(), Error> {
    let mut checks: Vec<Check> = chosen.iter().map(|mutant| mutant.check).collect();
    checks.sort_unstable();
    checks.dedup();
    for check in checks {
        eprintln!("without a mutation: {check} ...");
        match check.run(tree)? {
            Verdict::Passed => {}
            other => return Err(format!("{check} {other} without any mutation, so it can show nothing")),
        }
    }
    Ok(())
}

fn fate_of(mutant: &Mutant, tree: &Tree) -> Result<Fate, Error> {
    let Some(_mutated) = tree.mutate(mutant.file, mutant.text, mutant.replacement)? else {
        return Ok(Fate::Invalid(format!("its text is not once in {}", mutant.file)));
    };
    Ok(match mutant.check.run(tree)? {
        Verdict::Passed => Fate::Survived,
        Verdict::Failed => Fate::Killed("failed"),
        Verdict::TimedOut => Fate::Killed("took too long"),
        Verdict::NotBuilt => Fate::Invalid("it does not compile".to_owned()),
    })
}

fn report(fates: &[(&Mutant, Fate)]) -> ExitCode {
    let width = fates.iter().map(|(mutant, _)| mutant.name.len()).max().unwrap_or_default();
    let mut bad = 0;
    for (Mutant { name, check, .. }, fate) in fates {
        let line = match fate {
            Fate::Killed(how) => format!("killed    {name:<width$}  {check} {how}"),
            Fate::Survived => format!("SURVIVED  {name:<width$}  {check} passed"),
            Fate::Invalid(why) => format!("INVALID   {name:<width$}  {why}"),
        };
        bad += usize::from(!matches!(fate, Fate::Killed(_)));
        println!("{line}");
    }
    println!("{} of {} mutants killed", fates.len() - bad, fates.len());
    if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
