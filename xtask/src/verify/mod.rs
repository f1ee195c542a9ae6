//! `cargo xtask verify`: what checks guard and hooks by machine, with how much each check went through.
//!
//! A check says what it did in lines of its output, `verify | KIND | WHAT | HOW MUCH | HOW`. They are gathered here and printed
//! as the table of docs/verification.md, which `--markdown FILE` writes. Model checkers build the guard with their own atomics, in
//! target folders of their own.
//!
//! - `check`: the checks, and running one; `table`: their lines;
//! - `libfuzzer`: the targets of `fuzz/`; `tsan`: ThreadSanitizer; `mutation`: cargo-mutants; `protections`: guard and hooks
//!   with one protection taken out.

mod check;
mod libfuzzer;
mod mutation;
mod protections;
mod table;
mod tsan;

use crate::Error;
use agx_fix_docs::Document;
use check::Check;
use clap::ValueEnum as _;
use std::path::{Path, PathBuf};

/// What the user asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only these checks; without, the quick ones: three minutes
    #[arg(value_name = "CHECK")]
    checks: Vec<Check>,
    /// All checks, each with more rounds: hours
    #[arg(long)]
    long: bool,
    /// Writes the table into this document: docs/verification.md
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

/// Runs the checks. One that fails has said why by then.
pub(crate) fn run(arguments: &Arguments, root: &Path, target: &Path) -> Result<(), Error> {
    let open = |file| Document::open(file, "cargo xtask verify --markdown");
    let document = arguments.markdown.as_deref().map(open).transpose()?;
    let mut rows = Vec::new();
    for check in Check::value_variants().iter().filter(|check| arguments.wants(**check)) {
        rows.extend(check.run(root, target, arguments.long)?);
    }
    let table = table::markdown(&rows);
    print!("{table}");
    document.map_or(Ok(()), |document| document.write(&table))
}

impl Arguments {
    fn wants(&self, check: Check) -> bool {
        if self.checks.is_empty() { self.long || check.is_quick() } else { self.checks.contains(&check) }
    }
}
