//! What the library counted: contention, and how long calls waited.

use super::throughput::table;
use crate::report::chart::{Chart, Intervals, Mark, Row, Scale, Unit};
use crate::report::page::{Figure, Section};
use crate::report::runs::{Run, Runs, having, label, legend, union};
use agx_fix_engine::bench;
use agx_fix_engine::numbers::{count, wait};
use agx_fix_engine::bench::{Bench, Contention};

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
    section.parts.extend(runs.iter().map(|run| table(bench::contention(&run.result), run)));
    Some(section)
}

/// A row for each contender, with a mark for each run that has one.
fn rows(runs: &[&Run<Bench>], mark: impl Fn(usize, &Contention) -> Option<Mark>) -> Vec<Row> {
    let names =
        union(runs.iter().flat_map(|run| run.result.contention.iter().map(|row| row.contender.as_str())));
    let marks = |name: &str| -> Vec<Mark> {
        let own = |row: &&Contention| row.contender == name;
        runs.iter().filter_map(|run| mark(run.series, run.result.contention.iter().find(own)?)).collect()
    };
    let row = |name: &str| Row { label: name.to_owned(), strong: false, marks: marks(name) };
    names.into_iter().map(row).collect()
}

fn rates(runs: &[&Run<Bench>]) -> Chart {
    let all = runs.iter().flat_map(|run| run.result.contention.iter().map(|row| row.rate));
    let mark = |series: usize, row: &Contention| {
        let short = format!("{:.2} %", 100.0 * row.rate);
        let (contentions, acquisitions) = (count(&row.contentions), count(&row.acquisitions));
        let said = format!("{short}, {contentions} of {acquisitions} acquisitions");
        let value = row.rate;
        Some(Mark { series, value, low: value, high: value, stroke: None, hollow: value == 0.0, said, short })
    };
    Chart::Intervals(Intervals {
        title: "Contention rate".to_owned(),
        axis: "contended acquisitions".to_owned(),
        scale: Scale::from_zero(all, Unit::Share),
        reference: None,
        stems: true,
        rows: rows(runs, mark),
    })
}

fn waits(runs: &[&Run<Bench>]) -> Chart {
    let all = runs.iter().flat_map(|run| &run.result.contention).filter(|row| row.waits.count > 0);
    let ends = all.flat_map(|row| [row.waits.median_ns as f64, row.waits.longest_ns as f64]);
    let mark = |series: usize, row: &Contention| {
        let waits = &row.waits;
        (waits.count > 0).then(|| Mark {
            series,
            value: waits.median_ns as f64,
            low: waits.median_ns as f64,
            high: waits.longest_ns as f64,
            stroke: Some(waits.p99_ns as f64),
            hollow: false,
            said: waits.to_string(),
            short: wait(waits, waits.median_ns),
        })
    };
    Chart::Intervals(Intervals {
        title: "Waits".to_owned(),
        axis: "time waited (logarithmic)".to_owned(),
        scale: Scale::logarithmic(ends, Unit::Nanoseconds),
        reference: None,
        stems: false,
        rows: rows(runs, mark),
    })
}
