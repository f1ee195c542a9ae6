//! The result for people: a row for each program, for a terminal and for docs/crash-classes.md.

use super::report::{Report, Row};
use crate::contender::Contender;
use crate::stress::verdict::Standing;
use agx_fix_interface::provenance::Driver;
use agx_fix_workload::Program;
use comfy_table::{Table, presets};
use std::fmt::Write as _;

const TAKES_ALL: &str = "a string takes everything";

/// The classes that are not Metal's.
const OUT_OF_REACH: [(u8, &str); 2] =
    [(6, "unlocked maps in a framework above Metal"), (8, "teardown of the interpreter or process")];

/// The whole text.
pub(super) fn render(report: &Report) -> String {
    let mut text = heading(report);
    write!(text, "\n{}\n\n{}", table(report), failures(report)).expect(TAKES_ALL);
    let not_judged = report.rows.iter().filter(|row| row.standing == Standing::NotJudged);
    for row in not_judged {
        writeln!(text, "not judged: {}, {}: {}", row.tally.program, row.tally.strategy, row.reason)
            .expect(TAKES_ALL);
    }
    writeln!(text, "\nverdict: {}", if report.passed { "PASSED" } else { "FAILED" }).expect(TAKES_ALL);
    for row in report.rows.iter().filter(|row| row.standing == Standing::Broken) {
        writeln!(text, "  BROKEN  {:<21}  {:<18}  {}", row.tally.program, row.tally.strategy, row.reason)
            .expect(TAKES_ALL);
    }
    text
}

/// The part of docs/crash-classes.md that is generated.
pub(super) fn markdown(report: &Report) -> String {
    let on = match report.driver {
        Driver::Simulated => "on the SIMULATED driver",
        Driver::Metal => "on a Mac's Metal",
    };
    format!(
        "`{}`, {on}, {} runs of each row, {}, agx-fix {}, commit {}:\n\n{}\n\n{}",
        report.command.join(" "),
        report.iterations,
        report.machine,
        report.version,
        report.commit,
        table(report),
        failures(report)
    )
}

fn heading(report: &Report) -> String {
    format!(
        "agx-fix stress --classes on {}\nmachine: {}\nbuild:   agx-fix {}, commit {}\ncommand: {}\n\
         runs:    {} of each row, seed {}, {:.1} s in all\n",
        report.driver,
        report.machine,
        report.version,
        report.commit,
        report.command.join(" "),
        report.iterations,
        report.seed,
        report.seconds,
    )
}

/// A row for each program and guarded contender, the unguarded runs beside it.
fn table(report: &Report) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["class", "program", "what it does", "unguarded", "guarded", "made of it", "verdict"]);
    let mut beyond = OUT_OF_REACH.iter().peekable();
    for program in Program::ALL {
        let rows: Vec<&Row> = report.rows.iter().filter(|row| row.tally.program == program).collect();
        let class = program.class();
        while let Some((number, what)) = beyond.next_if(|(number, _)| *number < class) {
            table.add_row([&number.to_string(), "-", what, "-", "-", "out of reach", "-"]);
        }
        rows_of(program, &rows).into_iter().for_each(|row| {
            table.add_row(row);
        });
    }
    for (number, what) in beyond {
        table.add_row([&number.to_string(), "-", what, "-", "-", "out of reach", "-"]);
    }
    table
}

fn rows_of(program: Program, rows: &[&Row]) -> Vec<Vec<String>> {
    let bare = rows.iter().find(|row| row.tally.strategy == Contender::Unguarded).copied();
    let guarded: Vec<&Row> =
        rows.iter().filter(|row| row.tally.strategy != Contender::Unguarded).copied().collect();
    let line = |row: Option<&Row>| {
        let [class, name] = [program.class().to_string(), program.name().to_owned()];
        let standings: Vec<String> =
            [bare, row].iter().flatten().map(|row| row.standing.to_string()).collect();
        vec![
            class,
            name,
            program.misuse().to_owned(),
            bare.map_or_else(dash, bad_runs),
            row.map_or_else(dash, |row| format!("{}: {}", row.tally.strategy, bad_runs(row))),
            row.map_or_else(dash, made_of_it),
            verdict(&standings),
        ]
    };
    match guarded.as_slice() {
        [] => bare.map(|_| line(None)).into_iter().collect(),
        some => some.iter().map(|&row| line(Some(row))).collect(),
    }
}

fn dash() -> String {
    "-".to_owned()
}

/// The worse of the two sides; "held" only where all did.
fn verdict(standings: &[String]) -> String {
    let of = |wanted: Standing| standings.iter().find(|it| **it == wanted.to_string()).cloned();
    of(Standing::Broken)
        .or_else(|| of(Standing::NotJudged))
        .or_else(|| of(Standing::Held))
        .unwrap_or_default()
}

fn bad_runs(row: &Row) -> String {
    match &row.tally.unsupported {
        Some(_) => "not run".to_owned(),
        None => format!("{} of {} bad", row.tally.bad_runs, row.tally.runs),
    }
}

/// Prevented, converted or reported only, in how many runs.
fn made_of_it(row: &Row) -> String {
    let found = row.tally.found.iter();
    let outcomes: Vec<String> =
        found.map(|it| format!("{} {} ({} of {})", it.class, it.outcome, it.runs, row.tally.runs)).collect();
    match (outcomes.is_empty(), row.tally.unsupported.is_some(), row.standing) {
        (_, true, _) => dash(),
        (false, ..) => outcomes.join(", "),
        (true, false, Standing::Held) => row.reason.clone(),
        (true, ..) => "nothing".to_owned(),
    }
}

/// Assertions and faults, as users see them.
fn failures(report: &Report) -> String {
    let mut text = "what failed, and in how many runs\n\n".to_owned();
    for row in &report.rows {
        for fault in &row.tally.faults {
            writeln!(
                text,
                "    {:<21} {:<18} {:>4} x {}",
                row.tally.program, row.tally.strategy, fault.runs, fault.text
            )
            .expect(TAKES_ALL);
        }
    }
    text
}
