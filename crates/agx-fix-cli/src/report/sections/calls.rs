//! What a guarded call costs, where a measurement has it.

use crate::report::chart::{Chart, Intervals, Mark, Scale, Unit};
use crate::report::page::{Figure, Section};
use crate::report::runs::{Run, Runs, having, label, legend, rows};
use agx_fix_engine::bench::file::Bench;
use agx_fix_engine::call_cost::{CallCost, Subject};
use agx_fix_engine::grid::{Grid, distinct};
use agx_fix_engine::numbers::{NONE, decimal};

pub(super) fn section(runs: &Runs) -> Option<Section> {
    let runs = having(&runs.bench, |bench| bench.calls.is_some());
    if runs.is_empty() {
        return None;
    }
    let mut section = Section::new("calls", "Cost of one call");
    section.figure(figure(&runs));
    for run in &runs {
        let (hooks, locks): (Vec<&CallCost>, Vec<&CallCost>) =
            of_run(run).iter().partition(|cost| matches!(cost.subject, Subject::Hook(_)));
        for (kind, costs) in [("through the hooks", hooks), ("under a lock alone", locks)] {
            for (what, cell) in CELLS.iter().filter(|(_, cell)| costs.iter().any(|cost| cell(cost).is_some()))
            {
                let title = format!("{what} of a call {kind}{}{}", label(&[run]), run.of());
                section.table(title, grid(&costs, *cell));
            }
        }
    }
    Some(section)
}

fn of_run(run: &Run<Bench>) -> &[CallCost] {
    run.result.calls.as_deref().unwrap_or_default()
}

/// Charts and columns, from one thread on: through the hooks, then locks alone.
fn subjects<'a>(costs: impl Iterator<Item = &'a CallCost>) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = costs.map(|cost| cost.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

fn title(subject: Subject) -> String {
    if matches!(subject, Subject::Lock(_)) { format!("lock alone, {subject}") } else { subject.to_string() }
}

fn figure(runs: &[&Run<Bench>]) -> Figure {
    let costs = || runs.iter().copied().flat_map(of_run);
    let scale =
        Scale::logarithmic(costs().flat_map(|cost| cost.nanoseconds.iter().copied()), Unit::Nanoseconds);
    let chart = |subject: Subject| {
        let names = distinct(costs().filter(|it| it.subject == subject).map(|it| it.contender.as_str()));
        let mark = |name: &str, run: &Run<Bench>| {
            let cost = of_run(run).iter().find(|it| it.subject == subject && it.contender == name)?;
            let spread = cost.spread()?;
            let short = format!("{} ns", decimal(spread.median));
            let said = format!("{short} ({}-{})", decimal(spread.min), decimal(spread.max));
            Some(Mark { short, ..Mark::between(run.series, spread.median, [spread.min, spread.max], said) })
        };
        let axis = "time of a call (logarithmic)";
        Chart::Intervals(Intervals::new(title(subject), axis, scale, rows(&names, runs, mark)))
    };
    Figure {
        title: format!("Time of one call{}", label(runs)),
        note: "The median of the rounds, with the shortest and the longest. The processor's time is real; the method that is called \
               is the simulated driver's where the title says simulated."
            .to_owned(),
        legend: legend(runs),
        charts: subjects(costs()).into_iter().map(chart).collect(),
        grid: None,
    }
}

/// What a table shows of a cost.
type Cell = fn(&CallCost) -> Option<String>;

const CELLS: [(&str, Cell); 2] = [
    ("Nanoseconds (median and range)", |cost| {
        let spread = cost.spread()?;
        Some(format!("{} ({}-{})", decimal(spread.median), decimal(spread.min), decimal(spread.max)))
    }),
    ("Instructions", |cost| cost.instructions.map(decimal)),
];

/// Contenders down, subjects that have anything across.
fn grid(costs: &[&CallCost], cell: Cell) -> Grid {
    let subjects = subjects(costs.iter().copied().filter(|cost| cell(cost).is_some()));
    let mut grid = Grid::labelled(subjects.iter().map(Subject::to_string));
    for name in distinct(costs.iter().map(|cost| cost.contender.as_str())) {
        let cost = |at: &Subject| costs.iter().find(|it| it.contender == name && it.subject == *at);
        grid.add(name, subjects.iter().map(|at| cost(at).and_then(|it| cell(it)).unwrap_or(NONE.to_owned())));
    }
    grid
}
