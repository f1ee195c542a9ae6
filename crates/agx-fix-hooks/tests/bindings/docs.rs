//! `docs/coverage.md` says what the table and the bindings are. `cargo xtask docs` writes it anew.

use super::compare::{Entry, compare, is_not_metals, leads_to, table};
use super::{PINNED, source};
use agx_fix_hooks::table::{Action, NOT_METALS, Role};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

const TAKES_ALL: &str = "a string takes everything";

/// The protocols in the order of the table: the ones that encoders share come before the first that inherits from them.
fn protocols() -> Vec<&'static str> {
    let mut all = Vec::new();
    for role in Role::ALL {
        match role {
            Role::Compute => all.push("MTLCommandEncoder"),
            Role::Compute4 => all.push("MTL4CommandEncoder"),
            _ => {}
        }
        all.push(role.protocol());
    }
    all
}

/// One line of the table.
struct Line {
    protocol: &'static str,
    /// Of a device, the factories that lead to what is hooked.
    selectors: usize,
    guarded: usize,
    left: Vec<(String, &'static str)>,
    missing: usize,
}

impl Line {
    /// The protocol's own methods. A row belongs to it where it is for a role that inherits from it.
    fn of(protocol: &'static str, table: &[Entry], findings: &BTreeSet<String>) -> Self {
        let methods = &PINNED.protocol(protocol).expect("a protocol of the bindings").methods;
        let roles: Vec<Role> =
            Role::ALL.into_iter().filter(|role| PINNED.line(role.protocol()).contains(&protocol)).collect();
        let mut line = Self { protocol, selectors: 0, guarded: 0, left: Vec::new(), missing: 0 };
        for (selector, method) in methods {
            if protocol == "MTLDevice" && leads_to(method).is_none() {
                continue;
            }
            line.selectors += 1;
            let mut rows = table
                .iter()
                .filter(|row| row.selector == *selector && roles.iter().any(|role| row.roles.contains(role)));
            match rows.next().map(|row| row.action) {
                Some(Action::Leave(reason)) => line.left.push((selector.clone(), reason)),
                Some(_) => line.guarded += 1,
                None => {}
            }
        }
        let mark = format!("missing: -[{protocol} ");
        line.missing = findings.iter().filter(|finding| finding.starts_with(&mark)).count();
        line
    }
}

fn coverage() -> String {
    let table = table();
    let findings = compare(&table, &PINNED, &Role::ALL);
    let lines: Vec<Line> =
        protocols().into_iter().map(|protocol| Line::of(protocol, &table, &findings)).collect();
    let version = source::version();
    format!(
        "Compared with objc2-metal {version}. {} rows in the table.\n\n{}\n\
         ## Deliberately not hooked\n\n{}\n\
         ## Rows that no protocol of Metal has\n\n{}",
        table.len(),
        counts(&lines),
        left(&lines),
        not_metals(&table),
    )
}

fn counts(lines: &[Line]) -> String {
    let mut text = "| protocol | selectors | in the table | guarded | deliberately not | missing |\n\
                    |---|--:|--:|--:|--:|--:|\n"
        .to_owned();
    let mut row = |name: &str, [selectors, guarded, left, missing]: [usize; 4]| {
        writeln!(text, "| {name} | {selectors} | {} | {guarded} | {left} | {missing} |", guarded + left)
            .expect(TAKES_ALL);
    };
    let mut sum = [0; 4];
    for line in lines {
        let numbers = [line.selectors, line.guarded, line.left.len(), line.missing];
        for (all, one) in sum.iter_mut().zip(numbers) {
            *all += one;
        }
        let note =
            if line.protocol == "MTLDevice" { " (its factories of queues, buffers, allocators)" } else { "" };
        row(&format!("{}{note}", line.protocol), numbers);
    }
    row("all", sum);
    text
}

fn left(lines: &[Line]) -> String {
    let mut text = "| protocol | selector | reason |\n|---|---|---|\n".to_owned();
    for line in lines {
        for (selector, reason) in &line.left {
            writeln!(text, "| {} | `{selector}` | {reason} |", line.protocol).expect(TAKES_ALL);
        }
    }
    text
}

fn not_metals(table: &[Entry]) -> String {
    let mut text = "| selector | for | whose |\n|---|---|---|\n".to_owned();
    for row in table.iter().filter(|row| is_not_metals(&row.selector)) {
        let whose = NOT_METALS.iter().find(|(it, _)| it.to_bytes() == row.selector.as_bytes());
        let roles: Vec<&str> = row.roles.iter().map(|role| role.protocol()).collect();
        let (_, whose) = whose.expect("it was just looked up");
        writeln!(text, "| `{}` | {} | {whose} |", row.selector, roles.join(", ")).expect(TAKES_ALL);
    }
    text
}

#[test]
fn the_coverage_in_the_docs_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coverage.md");
    agx_fix_docs::assert_part(&path, "hooks", &coverage());
}
