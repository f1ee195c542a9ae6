//! The result for people: a row for each program, for a terminal and for docs/crash-classes.md.

use super::tally::ClassTally;
use super::{Report, Settings};
use agx_fix_engine::contender::Contender;
use agx_fix_engine::grid::Grid;
use agx_fix_engine::provenance::{Driver, Provenance};
use agx_fix_engine::verdict::{Reason, Standing};
use agx_fix_workload::Program;
use std::fmt::Write as _;

const TAKES_ALL: &str = "a string takes everything";

/// The crash classes that happen outside Metal.
const OUT_OF_REACH: [(u8, &str); 2] =
    [(6, "unlocked maps in a framework above Metal"), (8, "teardown of the interpreter or process")];

/// The whole text.
pub(super) fn render(report: &Report) -> String {
    let Settings { iterations, seed } = report.settings;
    let rows = format!("{}\n\n{}", table(report), failures(report));
    report.text(&format!("{iterations} of each row, seed {seed}"), &rows)
}

/// The part of docs/crash-classes.md that is generated.
pub(super) fn markdown(report: &Report) -> String {
    let Provenance { version, commit, driver, machine, command } = report.provenance();
    let on = match driver {
        Driver::Simulated => "on the SIMULATED driver",
        Driver::Metal => "on a Mac's Metal",
    };
    format!(
        "`{}`, {on}, {} runs of each row, {machine}, agx-fix {version}, commit {commit}:\n\n{}\n\n{}",
        command.join(" "),
        report.settings.iterations,
        table(report),
        failures(report)
    )
}

/// A row for each program and guarded contender, the unguarded runs beside it.
fn table(report: &Report) -> Grid {
    let mut grid =
        Grid::new(["class", "program", "what it does", "unguarded", "guarded", "made of it", "verdict"])
            .with_words(7);
    let mut beyond = OUT_OF_REACH.iter().peekable();
    let out_of_reach = |(number, what): &(u8, &str)| {
        [&number.to_string(), "-", what, "-", "-", "out of reach", "-"].map(str::to_owned)
    };
    for program in Program::ALL {
        while let Some(class) = beyond.next_if(|(number, _)| *number < program.class()) {
            grid.add_row(out_of_reach(class));
        }
        let rows = report.rows.iter().zip(&report.verdict.reasons);
        let rows = rows.filter(|(tally, _)| tally.program == program);
        let (bare, guarded): (Vec<Row<'_>>, Vec<Row<'_>>) =
            rows.partition(|(tally, _)| tally.strategy == Contender::Unguarded);
        let bare = bare.first().copied();
        match guarded.as_slice() {
            [] => bare.into_iter().for_each(|bare| grid.add_row(line(program, Some(bare), None))),
            some => some.iter().for_each(|&row| grid.add_row(line(program, bare, Some(row)))),
        }
    }
    beyond.for_each(|class| grid.add_row(out_of_reach(class)));
    grid
}

/// A row, and what was asked of it.
type Row<'a> = (&'a ClassTally, &'a Reason);

fn line(program: Program, bare: Option<Row<'_>>, guarded: Option<Row<'_>>) -> [String; 7] {
    let dash = || "-".to_owned();
    let with_name = |(tally, _): Row<'_>| format!("{}: {}", tally.strategy, bad_runs(tally));
    [
        program.class().to_string(),
        program.name().to_owned(),
        program.misuse().to_owned(),
        bare.map_or_else(dash, |(tally, _)| bad_runs(tally)),
        guarded.map_or_else(dash, with_name),
        guarded.map_or_else(dash, made_of_it),
        worse(bare.into_iter().chain(guarded).map(|(_, reason)| reason.standing)),
    ]
}

/// The worse standing of the two sides.
fn worse(standings: impl Iterator<Item = Standing> + Clone) -> String {
    let worst = [Standing::Broken, Standing::NotJudged, Standing::Held]
        .into_iter()
        .find(|wanted| standings.clone().any(|it| it == *wanted));
    worst.map(|it| it.to_string()).unwrap_or_default()
}

fn bad_runs(tally: &ClassTally) -> String {
    match &tally.unsupported {
        Some(_) => "not run".to_owned(),
        None => format!("{} of {} bad", tally.bad_runs, tally.runs),
    }
}

/// Prevented, converted or reported only, in how many runs.
fn made_of_it((tally, reason): Row<'_>) -> String {
    let found = tally.found.iter();
    let outcomes: Vec<String> =
        found.map(|it| format!("{} {} ({} of {})", it.class, it.outcome, it.runs, tally.runs)).collect();
    match (outcomes.is_empty(), tally.unsupported.is_some(), reason.held()) {
        (_, true, _) => "-".to_owned(),
        (false, ..) => outcomes.join(", "),
        (true, false, true) => reason.text.clone(),
        (true, ..) => "nothing".to_owned(),
    }
}

/// Assertions and faults, as users see them.
fn failures(report: &Report) -> String {
    let mut text = "what failed, and in how many runs\n\n".to_owned();
    for tally in &report.rows {
        for fault in &tally.faults {
            writeln!(
                text,
                "    {:<21} {:<18} {:>4} x {}",
                tally.program, tally.strategy, fault.runs, fault.text
            )
            .expect(TAKES_ALL);
        }
    }
    text
}
