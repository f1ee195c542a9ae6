//! What the library counted: contention, and how long calls waited.

use crate::report::chart::{Chart, Intervals, Mark, Scale, Unit};
use crate::report::page::{Figure, Section};
use crate::report::runs::{Run, Runs, having, label, legend, rows};
use agx_fix_engine::bench::file::{Bench, Contention};
use agx_fix_engine::bench::render;
use agx_fix_engine::grid::distinct;
use agx_fix_engine::numbers::{count, wait};

pub(super) fn section(runs: &Runs) -> Option<Section> {
    let runs = having(&runs.bench, |bench| !bench.contention.is_empty());
    if runs.is_empty() {
        return None;
    }
    let mut section = Section::new("contention", "Contention");
    section.figure(Figure {
        title: format!("Contention{}", label(&runs)),
        note: "The first chart: contentions as a share of acquisitions. The second: how long contended calls waited; the mark is the \
               median, the stroke the 99th percentile, the line's end the longest wait. Who never waited has no mark."
            .to_owned(),
        legend: legend(&runs),
        charts: vec![rates(&runs), waits(&runs)],
        grid: None,
    });
    section.parts.extend(runs.iter().map(|run| run.table(render::contention(&run.result))));
    Some(section)
}

fn all<'a>(runs: &[&'a Run<Bench>]) -> impl Iterator<Item = &'a Contention> {
    runs.iter().flat_map(|run| &run.result.contention)
}

/// A row for each contender.
fn chart(
    runs: &[&Run<Bench>],
    [title, axis]: [&str; 2],
    scale: Scale,
    mark: impl Fn(usize, &Contention) -> Option<Mark>,
) -> Intervals {
    let names = distinct(all(runs).map(|row| row.contender.as_str()));
    let rows = rows(&names, runs, |name, run| {
        mark(run.series, run.result.contention.iter().find(|row| row.contender == name)?)
    });
    Intervals::new(title, axis, scale, rows)
}

fn rates(runs: &[&Run<Bench>]) -> Chart {
    let scale = Scale::from_zero(all(runs).map(|row| row.rate), Unit::Share);
    let mark = |series: usize, row: &Contention| {
        let short = format!("{:.2} %", 100.0 * row.rate);
        let (contentions, acquisitions) = (count(&row.contentions), count(&row.acquisitions));
        let said = format!("{short}, {contentions} of {acquisitions} acquisitions");
        Some(Mark { hollow: row.rate == 0.0, short, ..Mark::between(series, row.rate, [row.rate; 2], said) })
    };
    let chart = chart(runs, ["Contention rate", "contended acquisitions"], scale, mark);
    Chart::Intervals(Intervals { stems: true, ..chart })
}

fn waits(runs: &[&Run<Bench>]) -> Chart {
    let waited = all(runs).filter(|row| row.waits.count > 0);
    let ends = waited.flat_map(|row| [row.waits.median_ns as f64, row.waits.longest_ns as f64]);
    let mark = |series: usize, row: &Contention| {
        let waits = &row.waits;
        let (median, longest) = (waits.median_ns as f64, waits.longest_ns as f64);
        (waits.count > 0).then(|| Mark {
            stroke: Some(waits.p99_ns as f64),
            short: wait(waits, waits.median_ns),
            ..Mark::between(series, median, [median, longest], waits.to_string())
        })
    };
    let scale = Scale::logarithmic(ends, Unit::Nanoseconds);
    Chart::Intervals(chart(runs, ["Waits", "time waited (logarithmic)"], scale, mark))
}
