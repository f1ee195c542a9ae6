//! The result for people: what was run, a table a scenario, the crash sites, the verdict.

use super::report::{Report, Row};
use super::verdict::{Reason, Standing};
use agx_fix_workload::Scenario;
use comfy_table::{CellAlignment, Table, presets};
use std::fmt::Write as _;

/// The whole text.
pub(super) fn render(report: &Report) -> String {
    let mut text = heading(report);
    for scenario in Scenario::ALL {
        let rows: Vec<&Row> = report.rows.iter().filter(|row| row.tally.scenario == scenario).collect();
        if !rows.is_empty() {
            write!(text, "\n{scenario}: {}\n\n{}\n", description(scenario), table(&rows)).expect(TAKES_ALL);
            text.push_str(&crash_sites(&rows));
            text.push_str(&repeats(&rows));
        }
    }
    text.push_str(
        "\nassociated-object is the report's design, measured for comparison; it decides nothing.\n\n",
    );
    text + &verdict(report)
}

const TAKES_ALL: &str = "a string takes everything";

fn heading(report: &Report) -> String {
    let settings = &report.settings;
    let model = settings.model;
    format!(
        "agx-fix stress on {}\n\
         machine: {}\n\
         build:   agx-fix {}, commit {}\n\
         command: {}\n\
         runs:    {} of each row, {} threads x {} operations, perceptron {} -> {} -> ReLU -> {} with batch {},\n         \
         seed {}, at most {} s each, {:.1} s in all\n",
        report.driver,
        report.machine,
        report.version,
        report.commit,
        report.command.join(" "),
        settings.iterations,
        settings.threads,
        settings.ops,
        model.input,
        model.hidden,
        model.input,
        model.batch,
        settings.seed,
        settings.limit_seconds,
        report.seconds,
    )
}

fn description(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::OwnEncoder => "the report's workload, two encoders an operation that nobody else uses",
        Scenario::SharedEncoder => {
            "threads encode into one encoder while another ends it (meant to break the driver)"
        }
        Scenario::TornEncoder => {
            "the same without the application's lock (meant to break the driver, and results under a lock for each call)"
        }
    }
}

/// A line of the table: its label, and the cell of a row.
type Line = (&'static str, fn(&Row) -> String);

const NO_COUNT: &str = "-";

const LINES: [Line; 15] = [
    ("bad runs", |row| format!("{} of {}", row.tally.bad_runs, row.tally.runs)),
    ("rate, 95 % bounds", |row| row.bad_rate.to_string()),
    ("crashes", |row| row.tally.crashes.to_string()),
    ("hangs", |row| row.tally.hangs.to_string()),
    ("ops checked", |row| row.tally.operations.to_string()),
    ("ops lost", |row| checked(row, row.tally.lost)),
    ("... not reported", |row| checked(row, row.tally.lost_unreported)),
    ("ops wrong", |row| checked(row, row.tally.wrong)),
    ("encoders", |row| checked(row, row.tally.encoders)),
    ("acquisitions", |row| counted(row, row.tally.acquisitions)),
    ("contentions", |row| counted(row, row.tally.contentions)),
    ("contention rate", contention_rate),
    ("mutexes created", |row| counted(row, row.tally.mutex_creations)),
    ("late calls", |row| counted(row, row.tally.late_calls)),
    ("... rescued ops", |row| counted(row, row.tally.rescued_dispatches)),
];

/// A run that does not come to its end tells nothing; no count is not zero.
fn checked(row: &Row, count: u64) -> String {
    if row.tally.operations > 0 { count.to_string() } else { NO_COUNT.to_owned() }
}

/// Without the library nobody counts.
fn counted(row: &Row, count: u64) -> String {
    if has_statistics(row) { count.to_string() } else { NO_COUNT.to_owned() }
}

fn contention_rate(row: &Row) -> String {
    if has_statistics(row) { format!("{:.2} %", 100.0 * row.contention_rate) } else { NO_COUNT.to_owned() }
}

fn has_statistics(row: &Row) -> bool {
    row.tally.operations > 0 && row.tally.strategy.strategy().is_some()
}

/// Strategies side by side: a table for a terminal of 150 columns, and Markdown as it stands.
fn table(rows: &[&Row]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let names = rows.iter().map(|row| row.tally.strategy.to_string());
    table.set_header(std::iter::once(String::new()).chain(names));
    for (label, cell) in LINES {
        table.add_row(std::iter::once(label.to_owned()).chain(rows.iter().map(|row| cell(row))));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn crash_sites(rows: &[&Row]) -> String {
    let mut text = String::new();
    for row in rows {
        for site in &row.tally.crash_sites {
            writeln!(text, "  {:<17} {:>4} x {}", row.tally.strategy, site.count, site.crash)
                .expect(TAKES_ALL);
        }
    }
    if text.is_empty() { text } else { format!("\ncrashes by site\n{text}") }
}

fn repeats(rows: &[&Row]) -> String {
    let commands: Vec<String> =
        rows.iter().filter_map(|row| Some(format!("  {}\n", row.repeat.as_ref()?))).collect();
    if commands.is_empty() {
        String::new()
    } else {
        format!("\nto repeat a row with bad runs\n{}", commands.concat())
    }
}

fn verdict(report: &Report) -> String {
    let verdict = &report.verdict;
    let mut text = format!("verdict: {}\n", if verdict.passed { "PASSED" } else { "FAILED" });
    for reason in &verdict.reasons {
        let Reason { scenario, strategy, condition, standing, text: why } = reason;
        writeln!(text, "  {standing:<10}  {scenario:<14}  {strategy:<18}  {condition:<16}  {why}")
            .expect(TAKES_ALL);
    }
    let broken = verdict.reasons.iter().any(|reason| reason.standing == Standing::Broken);
    if !verdict.passed && !broken {
        text.push_str(
            "  a pass takes a baseline that failed and a guarded row that was clean, in the same run\n",
        );
    }
    text
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
