//! `cargo xtask verify`: what checks the guard by machine, with how much each check went through.
//!
//! A check says what it did in lines of its output, `verify | KIND | WHAT | HOW MUCH | HOW`. They are gathered here, and printed
//! as the table of docs/verification.md, which `--markdown FILE` writes. Model checkers build the guard with their own atomics, in
//! target folders of their own.
//!
//! - `check`: the checks, and running one; `table`: their lines;
//! - `libfuzzer`: the targets of `fuzz/`; `tsan`: ThreadSanitizer; `mutation`: cargo-mutants.

mod check;
mod libfuzzer;
mod mutation;
mod table;
mod tsan;

use crate::Error;
use check::CHECKS;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the user asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Arguments {
    long: bool,
    markdown: Option<PathBuf>,
    /// Only the checks of these names; all if there are none.
    names: Vec<String>,
}

/// Runs the checks. Any that fails has said so by then.
pub(crate) fn run(arguments: &[OsString], root: &Path, target: &Path) -> Result<(), Error> {
    let arguments = parse(arguments)?;
    let mut rows = Vec::new();
    for check in CHECKS.iter().filter(|check| arguments.wants(check)) {
        rows.extend(check.run(root, target, arguments.long)?);
    }
    let table = table::markdown(&rows);
    print!("{table}");
    match arguments.markdown {
        Some(file) => table::write(&file, &table),
        None => Ok(()),
    }
}

impl Arguments {
    fn wants(&self, check: &check::Check) -> bool {
        let is_named = self.names.iter().any(|name| name == check.name);
        if self.names.is_empty() { self.long || !check.only_long } else { is_named }
    }
}

fn parse(arguments: &[OsString]) -> Result<Arguments, Error> {
    let mut parsed = Arguments::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.to_str() {
            Some("--long") => parsed.long = true,
            Some("--markdown") => {
                let file = rest.next().ok_or("--markdown needs the file to write: docs/verification.md")?;
                parsed.markdown = Some(file.into());
            }
            Some(name) if CHECKS.iter().any(|check| check.name == name) => parsed.names.push(name.to_owned()),
            _ => {
                let names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
                return Err(format!(
                    "{} is no check; there are --long, --markdown FILE, {}",
                    argument.display(),
                    names.join(", ")
                ));
            }
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Arguments, Error> {
        parse(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn only_what_is_quick_runs_unasked() {
        let wanted = |words: &[&str]| {
            let arguments = parsed(words).unwrap();
            CHECKS.iter().filter(|check| arguments.wants(check)).map(|check| check.name).collect::<Vec<_>>()
        };
        assert_eq!(wanted(&[]), ["loom", "shuttle", "fuzz"]);
        assert_eq!(wanted(&["--long"]), ["loom", "shuttle", "fuzz", "tsan", "faults", "mutants"]);
        assert_eq!(wanted(&["mutants"]), ["mutants"]);
    }

    #[test]
    fn what_is_no_check_is_said() {
        assert!(parsed(&["miri"]).unwrap_err().contains("miri is no check"));
        assert!(parsed(&["--markdown"]).is_err());
    }
}
