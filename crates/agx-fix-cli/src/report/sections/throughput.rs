//! Throughput by threads, and as ratio to no guard.

use crate::report::chart::{Chart, Intervals, Line, Lines, Mark, Scale, Unit};
use crate::report::page::{Figure, Part, Section};
use crate::report::runs::{Run, Runs, having, label, legend, rows};
use agx_fix_engine::bench::file::{Bench, Throughput};
use agx_fix_engine::bench::interval::{Ratio, Spread, Verdict};
use agx_fix_engine::bench::{paper_side, render};
use agx_fix_engine::grid::{self, Grid, distinct};
use agx_fix_engine::numbers::{NONE, mean_deviation, ratio, thousands};

/// What the others are compared with.
const BASELINE: &str = "unguarded";

pub(super) fn section(runs: &Runs) -> Option<Section> {
    let runs = having(&runs.bench, |bench| !bench.throughput.is_empty());
    if runs.is_empty() {
        return None;
    }
    let mut section = Section::new("throughput", "Throughput");
    let tables = |which: usize| {
        runs.iter().map(move |run| {
            let [means, ratios] = render::throughput(&run.result);
            run.table(if which == 0 { means } else { ratios })
        })
    };
    section.figure(by_threads(&runs));
    section.parts.extend(tables(0));
    section.figure(ratios(&runs));
    section.parts.extend(tables(1));
    section.parts.extend(side_by_side(&runs).map(Part::Table));
    section.heading("Beside the paper's own figures");
    for run in &runs {
        section.parts.extend(paper_side::sections(&run.result).into_iter().map(|it| run.table(it)));
    }
    Some(section)
}

fn contenders<'a>(runs: &[&'a Run<Bench>]) -> Vec<&'a str> {
    distinct(runs.iter().flat_map(|run| run.result.throughput.iter().map(|row| row.contender.as_str())))
}

/// All numbers of threads, ascending.
fn threads(runs: &[&Run<Bench>]) -> Vec<usize> {
    let mut threads: Vec<usize> =
        runs.iter().flat_map(|run| run.result.options.threads.iter().copied()).collect();
    threads.sort_unstable();
    threads.dedup();
    threads
}

fn find<'a>(run: &'a Run<Bench>, contender: &str, threads: usize) -> Option<&'a Throughput> {
    run.result.throughput.iter().find(|row| row.contender == contender && row.threads == threads)
}

/// A chart for each contender.
fn by_threads(runs: &[&Run<Bench>]) -> Figure {
    let steps = threads(runs);
    let all = runs.iter().flat_map(|run| &run.result.throughput).map(|row| error_bar(&row.ops_per_second)[1]);
    let scale = Scale::from_zero(all, Unit::Count);
    let alone = runs[0].alone;
    let chart = |contender: &str| {
        let mark = |run: &Run<Bench>, threads: usize| {
            let spread = &find(run, contender, threads)?.ops_per_second;
            Some(Mark::between(run.series, spread.mean, error_bar(spread), mean_deviation(spread)))
        };
        let line = |run: &&Run<Bench>| Line {
            series: run.series,
            marks: steps.iter().map(|&threads| mark(run, threads)).collect(),
        };
        let baseline = |&threads: &usize| Some(find(runs[0], BASELINE, threads)?.ops_per_second.mean);
        let compared = alone && contender != BASELINE;
        Chart::Lines(Lines {
            title: contender.to_owned(),
            axis: "threads".to_owned(),
            steps: steps.iter().map(usize::to_string).collect(),
            scale,
            reference: if compared { steps.iter().map(baseline).collect() } else { Vec::new() },
            lines: runs.iter().map(line).collect(),
        })
    };
    let against = if alone { " The grey line, with dashes, is `unguarded`." } else { "" };
    Figure {
        title: format!("Operations a second by threads{}", label(runs)),
        note: format!("Mean ± standard deviation of the rounds, all charts to one scale.{against}"),
        legend: legend(runs),
        charts: contenders(runs).into_iter().map(chart).collect(),
        grid: None,
    }
}

/// The ends of an error bar.
pub(super) fn error_bar(spread: &Spread) -> [f64; 2] {
    let deviation = spread.deviation.unwrap_or(0.0);
    [spread.mean - deviation, spread.mean + deviation]
}

/// A chart for each number of threads.
fn ratios(runs: &[&Run<Bench>]) -> Figure {
    let ends = |it: Ratio| it.interval.unwrap_or([it.ratio; 2]);
    let all = runs.iter().flat_map(|run| &run.result.throughput).filter_map(|row| row.ratio);
    let scale = Scale::around(all.flat_map(ends).chain([1.0]), Unit::Ratio);
    let names: Vec<&str> = contenders(runs).into_iter().filter(|name| *name != BASELINE).collect();
    let chart = |threads: usize| {
        let title = format!("{threads} thread{}", if threads == 1 { "" } else { "s" });
        let rows = rows(&names, runs, |name, run| {
            let it = find(run, name, threads)?.ratio?;
            let mark = Mark::between(run.series, it.ratio, ends(it), ratio(&it));
            let hollow = matches!(it.verdict, Verdict::NoDifference | Verdict::Unknown);
            Some(Mark { hollow, short: format!("{:.2}", it.ratio), ..mark })
        });
        let chart = Intervals::new(title, "ratio to no guard", scale, rows);
        Chart::Intervals(Intervals { reference: Some(1.0), ..chart })
    };
    Figure {
        title: format!("Throughput as ratio to no guard{}", label(runs)),
        note: "Ratio of means with its bootstrap interval, paired by rounds. An outline: the interval holds 1, no difference."
            .to_owned(),
        legend: legend(runs),
        charts: threads(runs).into_iter().map(chart).collect(),
        grid: None,
    }
}

/// At the largest number of threads that all runs have; none of one run.
fn side_by_side(runs: &[&Run<Bench>]) -> Option<grid::Section> {
    if runs.len() < 2 {
        return None;
    }
    let common = |threads: &usize| runs.iter().all(|run| run.result.options.threads.contains(threads));
    let at = threads(runs).into_iter().rfind(common)?;
    let mut grid = Grid::labelled(runs.iter().flat_map(|run| [run.name(), format!("{}: ratio", run.name())]));
    for name in contenders(runs) {
        let cells = runs.iter().flat_map(|run| {
            let row = find(run, name, at);
            let mean = row.map_or(NONE.to_owned(), |row| thousands(row.ops_per_second.mean));
            [mean, row.and_then(|row| row.ratio).map_or(NONE.to_owned(), |it| ratio(&it))]
        });
        grid.add(name, cells);
    }
    let title = format!(
        "Runs side by side at {at} threads, operations a second and ratio to no guard{}",
        label(runs)
    );
    Some(grid::Section { title, grid, note: String::new() })
}
