//! The result for people: what was run, a table a scenario, the crash sites, the verdict.

use super::report::Report;
use super::tally::Tally;
use agx_fix_engine::grid::Grid;
use agx_fix_engine::provenance::heading;
use agx_fix_engine::verdict::{Reason, Verdict};
use agx_fix_workload::Scenario;
use std::fmt::Write as _;

/// The whole text.
pub(super) fn render(report: &Report) -> String {
    let mut text = heading("agx-fix stress", &report.provenance, &[("runs", what_was_run(report))]);
    for part in parts(report) {
        write!(text, "\n{}: {}\n\n{}\n", part.scenario, part.description, part.counts).expect(TAKES_ALL);
        text.push_str(&crash_sites(&part.crashes));
        text.push_str(&repeats(&part.repeats));
    }
    write!(text, "\n{ASSOCIATED}\n\n").expect(TAKES_ALL);
    text + &conclusion(&report.verdict)
}

/// Why the paper's design has a row.
pub(crate) const ASSOCIATED: &str =
    "associated-object is the paper's design, measured for comparison; it decides nothing.";

/// What one scenario came to.
pub(crate) struct Part {
    pub(crate) scenario: Scenario,
    /// What happens in it.
    pub(crate) description: &'static str,
    /// How many runs went bad, by contender.
    pub(crate) rates: Vec<BadRuns>,
    /// All counts, contenders side by side.
    pub(crate) counts: Grid,
    /// How runs crashed.
    pub(crate) crashes: Vec<Crashes>,
    /// The commands that repeat the rows with bad runs.
    pub(crate) repeats: Vec<String>,
}

/// The bad runs of one contender.
#[derive(Clone, Debug)]
pub(crate) struct BadRuns {
    pub(crate) contender: &'static str,
    pub(crate) bad: u32,
    pub(crate) runs: u32,
    /// As a share of all, 0 to 1, with its 95 % bounds.
    pub(crate) rate: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The same in words.
    pub(crate) said: String,
}

/// So many crashes of one kind.
pub(crate) struct Crashes {
    pub(crate) contender: &'static str,
    pub(crate) count: u32,
    pub(crate) crash: String,
}

/// The scenarios that were run, in the order of tables.
pub(crate) fn parts(report: &Report) -> Vec<Part> {
    let of = |scenario: Scenario| -> Vec<&Tally> {
        report.rows.iter().filter(|row| row.scenario == scenario).collect()
    };
    let all = Scenario::ALL.into_iter().map(|scenario| (scenario, of(scenario)));
    all.filter(|(_, rows)| !rows.is_empty()).map(|(scenario, rows)| part(scenario, &rows)).collect()
}

fn part(scenario: Scenario, rows: &[&Tally]) -> Part {
    let crashes = |row: &&Tally| -> Vec<Crashes> {
        let contender = row.strategy.name();
        let sites = row.crash_sites.iter();
        sites.map(|site| Crashes { contender, count: site.count, crash: site.crash.to_string() }).collect()
    };
    Part {
        scenario,
        description: description(scenario),
        rates: rows.iter().map(|row| bad_runs(row)).collect(),
        counts: counts(rows),
        crashes: rows.iter().flat_map(crashes).collect(),
        repeats: rows.iter().filter_map(|row| row.repeat.clone()).collect(),
    }
}

fn bad_runs(row: &Tally) -> BadRuns {
    let rate = row.bad_rate;
    BadRuns {
        contender: row.strategy.name(),
        bad: row.bad_runs,
        runs: row.runs,
        rate: rate.rate,
        low: rate.low,
        high: rate.high,
        said: rate.to_string(),
    }
}

const TAKES_ALL: &str = "a string takes everything";

/// How much was run, in one sentence.
pub(crate) fn what_was_run(report: &Report) -> String {
    let settings = &report.settings;
    let model = settings.model;
    format!(
        "{} of each row, {} threads x {} operations, perceptron {} -> {} -> ReLU -> {} with batch {},\n         \
         seed {}, at most {} s each, {:.1} s in all",
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
        Scenario::OwnEncoder => "the paper's workload, two encoders an operation that nobody else uses",
        Scenario::SharedEncoder => {
            "threads encode into one encoder while another ends it (meant to break the driver)"
        }
        Scenario::TornEncoder => {
            "the same without the application's lock (meant to break the driver, and results under a lock for each call)"
        }
    }
}

/// A line of the table: its label, and the cell of a row.
type Line = (&'static str, fn(&Tally) -> String);

const NO_COUNT: &str = "-";

const LINES: [Line; 15] = [
    ("bad runs", |row| format!("{} of {}", row.bad_runs, row.runs)),
    ("rate, 95 % bounds", |row| row.bad_rate.to_string()),
    ("crashes", |row| row.crashes.to_string()),
    ("hangs", |row| row.hangs.to_string()),
    ("ops checked", |row| row.operations.to_string()),
    ("ops lost", |row| checked(row, row.lost)),
    ("... not reported", |row| checked(row, row.lost_unreported)),
    ("ops wrong", |row| checked(row, row.wrong)),
    ("encoders", |row| checked(row, row.encoders)),
    ("acquisitions", |row| counted(row, row.acquisitions)),
    ("contentions", |row| counted(row, row.contentions)),
    ("contention rate", contention_rate),
    ("mutexes created", |row| counted(row, row.mutex_creations)),
    ("late calls", |row| counted(row, row.late_calls)),
    ("... rescued ops", |row| counted(row, row.rescued_dispatches)),
];

/// Runs that did not come to their end count nothing, which is not the same as zero.
fn checked(row: &Tally, count: u64) -> String {
    if row.operations > 0 { count.to_string() } else { NO_COUNT.to_owned() }
}

/// Only the library counts these.
fn counted(row: &Tally, count: u64) -> String {
    if has_statistics(row) { count.to_string() } else { NO_COUNT.to_owned() }
}

fn contention_rate(row: &Tally) -> String {
    if has_statistics(row) { format!("{:.2} %", 100.0 * row.contention_rate) } else { NO_COUNT.to_owned() }
}

fn has_statistics(row: &Tally) -> bool {
    row.operations > 0 && row.strategy.preset().is_some()
}

/// Contenders side by side, for a terminal of 160 columns.
fn counts(rows: &[&Tally]) -> Grid {
    let names = rows.iter().map(|row| row.strategy.to_string());
    let mut grid = Grid::new(std::iter::once(String::new()).chain(names));
    for (label, cell) in LINES {
        grid.add_row(std::iter::once(label.to_owned()).chain(rows.iter().map(|row| cell(row))));
    }
    grid
}

fn crash_sites(crashes: &[Crashes]) -> String {
    let mut text = String::new();
    for Crashes { contender, count, crash } in crashes {
        writeln!(text, "  {contender:<17} {count:>4} x {crash}").expect(TAKES_ALL);
    }
    if text.is_empty() { text } else { format!("\ncrashes by site\n{text}") }
}

fn repeats(commands: &[String]) -> String {
    let lines: String = commands.iter().map(|command| format!("  {command}\n")).collect();
    if lines.is_empty() { lines } else { format!("\nto repeat a row with bad runs\n{lines}") }
}

/// What a pass takes, for a run that is no pass although nothing is broken.
pub(crate) const NO_PASS: &str =
    "a pass takes a baseline that failed and a guarded row that was clean, in the same run";

fn conclusion(verdict: &Verdict) -> String {
    let mut text = verdict.text(|_| true);
    if verdict.shows_nothing() {
        writeln!(text, "  {NO_PASS}").expect(TAKES_ALL);
    }
    text
}

/// The verdict's conditions as a table.
pub(crate) fn conditions(report: &Report) -> Grid {
    let mut grid = Grid::new(["", "scenario", "strategy", "asked", "why"]).with_words(5);
    for Reason { scenario, strategy, condition, standing, text } in &report.verdict.reasons {
        grid.add_row([
            standing.to_string(),
            scenario.clone(),
            strategy.to_string(),
            condition.to_string(),
            text.clone(),
        ]);
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stress::tests::whole;
    use agx_fix_engine::contender::Contender;
    use agx_fix_engine::provenance;

    #[test]
    fn heading_rows_sites_and_verdict_are_there_and_fit_a_terminal() {
        let text = render(&whole(provenance::driver(), "its last words"));
        let driver = if cfg!(target_os = "linux") { "SIMULATED" } else { "this Mac's Metal" };
        for part in
            [driver, "machine: ", "commit ", "command: ", "seed 1", "--seed 1", "20 of 20", "0 % (< 15.0 %)"]
        {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
        for part in ["100 % (> 85.0 %)", "0.30 %", "20 x SIGSEGV: its last words", "verdict: "] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
        let widest = text.lines().filter(|line| line.starts_with('|')).map(str::len).max();
        assert!(widest.is_some_and(|width| width <= 160), "{widest:?}");
    }

    #[test]
    fn what_nobody_counted_is_no_zero_and_what_shows_nothing_says_why() {
        let whole = whole(provenance::driver(), "");
        let mut rows = whole.rows;
        rows.retain(|row| row.scenario == Scenario::SharedEncoder && row.strategy == Contender::Unguarded);
        let text = render(&Report::new(whole.settings, rows, 1.0));
        let line = text.lines().find(|line| line.contains("acquisitions")).unwrap();
        assert_eq!(line.split('|').map(str::trim).collect::<Vec<_>>(), ["", "acquisitions", "-", ""]);
        for part in ["FAILED", "not judged", "a pass takes"] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }
}
