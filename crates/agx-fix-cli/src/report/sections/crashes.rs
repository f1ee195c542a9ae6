//! The stress tests: how many runs went bad, how they crashed, and the verdict.

use super::origin::capital;
use crate::report::chart::{Chart, Intervals, Mark, Scale};
use crate::report::page::{Figure, Part, Section};
use crate::report::runs::{Run, Runs, having, label, legend, rows};
use crate::stress::{self, BadRuns, StressReport};
use agx_fix_engine::grid::{Grid, distinct};
use agx_fix_engine::numbers::NONE;
use agx_fix_workload::Scenario;

/// One run with its parts.
type Parted<'a> = (&'a Run<StressReport>, Vec<stress::Part>);

pub(super) fn section(runs: &Runs) -> Option<Section> {
    let runs = having(&runs.stress, |_| true);
    if runs.is_empty() {
        return None;
    }
    let parted: Vec<Parted<'_>> = runs.iter().map(|&run| (run, stress::parts(&run.result))).collect();
    let mut section = Section::new("crashes", "Crashes, hangs and wrong work");
    section.text(
        "A run is bad if it crashes, hangs, computes a wrong number, or loses work that no late call explains. Each run is a \
         process of its own, and every number that the GPU computes is checked.",
    );
    section.text(
        "The rate of bad runs has its 95 % bounds beside it: where none of n went bad it is below 3/n, where all did above \
         1 - 3/n (rule of three); between, Wilson's score interval.",
    );
    for scenario in Scenario::ALL {
        let of_it = |part: &&stress::Part| part.scenario == scenario;
        let parts: Vec<Option<&stress::Part>> =
            parted.iter().map(|(_, parts)| parts.iter().find(of_it)).collect();
        if let Some(first) = parts.iter().flatten().next() {
            section.heading(scenario.name());
            section.text(format!("{}.", capital(first.description)));
            section.figure(figure(scenario, &parts, &runs));
        }
    }
    section.text(stress::ASSOCIATED);
    for (run, parts) in &parted {
        details(&mut section, run, parts);
    }
    Some(section)
}

fn figure(scenario: Scenario, parts: &[Option<&stress::Part>], runs: &[&Run<StressReport>]) -> Figure {
    // Of each run, by its series.
    let rates: Vec<&[BadRuns]> =
        parts.iter().map(|part| part.map(|part| part.rates.as_slice()).unwrap_or_default()).collect();
    let names = distinct(rates.iter().copied().flatten().map(|rate| rate.contender));
    let title = format!("Bad runs, {scenario}{}", label(runs));
    let rows = rows(&names, runs, |name, run| {
        let rate = rates[run.series].iter().find(|rate| rate.contender == name)?;
        let counted = format!("{} of {}", rate.bad, rate.runs);
        let said = format!("{counted} runs bad, {}", rate.said);
        let mark = Mark::between(run.series, rate.rate, [rate.low, rate.high], said);
        Some(Mark { hollow: rate.bad == 0, short: counted, ..mark })
    });
    let chart = Intervals::new(title.clone(), "bad runs", Scale::shares(), rows);
    Figure {
        note: "The line is the interval of the rate. An outline: no run was bad.".to_owned(),
        legend: legend(runs),
        charts: vec![Chart::Intervals(chart)],
        grid: Some(grid(&names, &rates, runs)),
        title,
    }
}

/// Two columns for each run.
fn grid(names: &[&str], rates: &[&[BadRuns]], runs: &[&Run<StressReport>]) -> Grid {
    let columns = runs.iter().flat_map(|run| {
        let prefix = if run.alone { String::new() } else { format!("{}: ", run.name()) };
        [format!("{prefix}bad runs"), format!("{prefix}rate, 95 % bounds")]
    });
    let mut grid = Grid::labelled(columns);
    for &name in names {
        let cells = rates.iter().flat_map(|rates| match rates.iter().find(|rate| rate.contender == name) {
            Some(rate) => [format!("{} of {}", rate.bad, rate.runs), rate.said.clone()],
            None => [NONE.to_owned(), NONE.to_owned()],
        });
        grid.add(name, cells);
    }
    grid
}

/// Everything that one run counted, and its verdict.
fn details(section: &mut Section, run: &Run<StressReport>, parts: &[stress::Part]) {
    let of = run.of();
    let label = label(&[run]);
    section.heading(format!("All counts{of}"));
    for part in parts {
        section.table(format!("{}{label}", part.scenario), part.counts.clone());
        if !part.crashes.is_empty() {
            section.table(format!("Crashes by site, {}{label}", part.scenario), sites(part));
        }
        if !part.repeats.is_empty() {
            section.text("To repeat a row with bad runs:");
            section.parts.push(Part::Commands(part.repeats.clone()));
        }
    }
    let verdict = if run.result.verdict.passed { "PASSED" } else { "FAILED" };
    let why =
        if run.result.verdict.shows_nothing() { format!(": {}", stress::NO_PASS) } else { String::new() };
    section.heading(format!("Verdict{of}"));
    section.text(format!("{verdict}{why}."));
    section.table(format!("What was asked of each row{label}"), stress::conditions(&run.result));
}

fn sites(part: &stress::Part) -> Grid {
    let mut grid = Grid::new(["preset", "crash", "runs"]).with_words(2);
    for crash in &part.crashes {
        grid.add_row([crash.contender.to_owned(), crash.crash.clone(), crash.count.to_string()]);
    }
    grid
}
