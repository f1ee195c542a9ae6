//! What a guarded call costs, where a measurement has it.

use crate::report::chart::{Chart, Intervals, Mark, Row, Scale, Unit};
use crate::report::page::{Figure, Section};
use crate::report::runs::{Run, Runs, having, label, legend, union};
use agx_fix_engine::grid::Grid;
use agx_fix_engine::numbers::{NONE, decimal};
use agx_fix_engine::bench::{Bench, CallCost, CallScenario, Calls};

/// One chart: who calls what on how many threads.
type Place = (CallScenario, usize);

pub(super) fn section(runs: &Runs) -> Option<Section> {
    let runs = having(&runs.bench, |bench| bench.calls.is_some());
    if runs.is_empty() {
        return None;
    }
    let mut section = Section::new("calls", "Cost of one call");
    section.figure(figure(&runs));
    for run in &runs {
        let (rows, title) = (of_run(run), format!("{}{}", label(&[run]), run.of()));
        section.table(format!("Nanoseconds of a call, median and range{title}"), grid(rows, nanoseconds));
        if rows.iter().any(|row| row.instructions_per_call.is_some()) {
            section.table(format!("Instructions of a call{title}"), grid(rows, instructions));
        }
    }
    Some(section)
}

fn of_run(run: &Run<Bench>) -> &[CallCost] {
    run.result.calls.as_ref().map_or(&[], |Calls { rows }| rows)
}

fn place(row: &CallCost) -> Place {
    (row.scenario, row.threads)
}

/// All places, from one thread on one encoder on.
fn places<'a>(rows: impl Iterator<Item = &'a CallCost>) -> Vec<Place> {
    let mut places: Vec<Place> = rows.map(place).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn figure(runs: &[&Run<Bench>]) -> Figure {
    let rows = || runs.iter().copied().flat_map(of_run);
    let scale = Scale::logarithmic(rows().flat_map(|row| row.ns_per_call.iter().copied()), Unit::Nanoseconds);
    let (names, places) = (union(rows().map(|row| row.contender.as_str())), places(rows()));
    let chart = |at: Place| {
        let marks = |name: &str| -> Vec<Mark> {
            let cost = |row: &&CallCost| row.contender == name && place(row) == at;
            runs.iter().filter_map(|run| mark(run.series, of_run(run).iter().find(cost)?)).collect()
        };
        let row = |name: &&str| Row { label: (*name).to_owned(), strong: false, marks: marks(name) };
        Chart::Intervals(Intervals {
            title: title(at),
            axis: "time of a call (logarithmic)".to_owned(),
            scale,
            reference: None,
            stems: false,
            rows: names.iter().map(row).filter(|row| !row.marks.is_empty()).collect(),
        })
    };
    Figure {
        title: format!("Time of one call{}", label(runs)),
        note: "The median of the rounds, with the shortest and the longest. The processor's time is real; the method that is called \
               is the simulated driver's where the title says simulated."
            .to_owned(),
        legend: legend(runs),
        charts: places.into_iter().map(chart).collect(),
        grid: None,
    }
}

fn title((scenario, threads): Place) -> String {
    match scenario {
        CallScenario::OneThread => "one thread, one encoder".to_owned(),
        CallScenario::OwnEncoders => format!("{threads} threads, each on its own encoder"),
        CallScenario::OneEncoder => format!("{threads} threads on one encoder"),
    }
}

/// The median, the shortest and the longest, if there are any.
fn times(row: &CallCost) -> Option<[f64; 3]> {
    let mut times = row.ns_per_call.clone();
    times.sort_by(f64::total_cmp);
    let middle = [times.get(times.len().checked_sub(1)? / 2)?, times.get(times.len() / 2)?];
    Some([f64::midpoint(*middle[0], *middle[1]), *times.first()?, *times.last()?])
}

fn mark(series: usize, row: &CallCost) -> Option<Mark> {
    let [median, low, high] = times(row)?;
    let short = format!("{} ns", decimal(median));
    let said = format!("{short} ({}-{})", decimal(low), decimal(high));
    Some(Mark { series, value: median, low, high, stroke: None, hollow: false, said, short })
}

fn nanoseconds(row: &CallCost) -> Option<String> {
    let [median, low, high] = times(row)?;
    Some(format!("{} ({}-{})", decimal(median), decimal(low), decimal(high)))
}

fn instructions(row: &CallCost) -> Option<String> {
    row.instructions_per_call.map(decimal)
}

/// Contenders down, places that have anything across.
fn grid(rows: &[CallCost], cell: fn(&CallCost) -> Option<String>) -> Grid {
    let places = places(rows.iter().filter(|row| cell(row).is_some()));
    let mut grid = Grid::new(std::iter::once(String::new()).chain(places.iter().map(|&place| title(place))));
    for name in union(rows.iter().map(|row| row.contender.as_str())) {
        let row = |at: &Place| rows.iter().find(|row| row.contender == name && place(row) == *at);
        let cells = places.iter().map(|at| row(at).and_then(cell).unwrap_or(NONE.to_owned()));
        grid.add_row(std::iter::once(name.to_owned()).chain(cells));
    }
    grid
}
