//! Throughput by threads, and as ratio to no guard.

use crate::report::chart::{Chart, Intervals, Line, Lines, Mark, Row, Scale, Unit};
use crate::report::page::{Figure, Part, Section, Table};
use crate::report::runs::{Run, Runs, having, label, legend, union};
use agx_fix_engine::bench;
use agx_fix_engine::grid::Grid;
use agx_fix_engine::numbers::{NONE, mean_deviation, ratio, thousands, words};
use agx_fix_engine::bench::{Bench, Ratio, Spread, Throughput, Verdict};

/// What the others are compared with.
const BASELINE: &str = "unguarded";

pub(super) fn section(runs: &Runs) -> Option<Section> {
    let runs = having(&runs.bench, |bench| !bench.throughput.is_empty());
    if runs.is_empty() {
        return None;
    }
    let mut section = Section::new("throughput", "Throughput");
    let mut tables = [const { Vec::new() }; 3];
    for run in &runs {
        for (tables, part) in tables.iter_mut().zip(bench::throughput(&run.result)) {
            tables.push(table(part, run));
        }
    }
    let [means, compared, words] = tables;
    section.figure(by_threads(&runs));
    section.parts.extend(means);
    section.figure(ratios(&runs));
    section.parts.extend(compared.into_iter().chain(words));
    section.parts.extend(side_by_side(&runs).map(Part::Table));
    section.heading("Beside the report's own figures");
    for run in &runs {
        section.parts.extend(bench::paper_side::sections(&run.result).into_iter().map(|it| table(it, run)));
    }
    Some(section)
}

/// A table as the terminal has it.
pub(super) fn table(part: bench::Section, run: &Run<Bench>) -> Part {
    let bench::Section { title, grid, note } = part;
    Part::Table(Table { title: format!("{title}{}", run.of()), grid, note })
}

fn contenders<'a>(runs: &[&'a Run<Bench>]) -> Vec<&'a str> {
    union(runs.iter().flat_map(|run| run.result.throughput.iter().map(|row| row.contender.as_str())))
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
    let all = runs.iter().flat_map(|run| &run.result.throughput).map(|row| bar(&row.ops_per_second)[1]);
    let scale = Scale::from_zero(all, Unit::Count);
    let alone = runs[0].alone;
    let chart = |contender: &str| {
        let line = |run: &&Run<Bench>| Line {
            series: run.series,
            marks: steps
                .iter()
                .map(|&it| Some(throughput(run.series, &find(run, contender, it)?.ops_per_second)))
                .collect(),
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

fn throughput(series: usize, spread: &Spread) -> Mark {
    let [low, high] = bar(spread);
    let said = mean_deviation(spread);
    Mark { series, value: spread.mean, low, high, stroke: None, hollow: false, said, short: String::new() }
}

/// The ends of an error bar.
pub(super) fn bar(spread: &Spread) -> [f64; 2] {
    let deviation = spread.deviation.unwrap_or(0.0);
    [spread.mean - deviation, spread.mean + deviation]
}

/// A chart for each number of threads.
fn ratios(runs: &[&Run<Bench>]) -> Figure {
    let all = runs.iter().flat_map(|run| &run.result.throughput).filter_map(|row| row.ratio);
    let scale = Scale::around(all.flat_map(ends).chain([1.0]), Unit::Ratio);
    let names: Vec<&str> = contenders(runs).into_iter().filter(|name| *name != BASELINE).collect();
    let chart = |threads: usize| {
        let mark = |name: &str, run: &Run<Bench>| -> Option<Mark> {
            Some(compared(run.series, &find(run, name, threads)?.ratio?))
        };
        let row = |name: &&str| Row {
            label: (*name).to_owned(),
            strong: false,
            marks: runs.iter().filter_map(|run| mark(name, run)).collect(),
        };
        Chart::Intervals(Intervals {
            title: format!("{threads} thread{}", if threads == 1 { "" } else { "s" }),
            axis: "ratio to no guard".to_owned(),
            scale,
            reference: Some(1.0),
            stems: false,
            rows: names.iter().map(row).collect(),
        })
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

fn ends(ratio: Ratio) -> [f64; 2] {
    ratio.interval.unwrap_or([ratio.ratio, ratio.ratio])
}

fn compared(series: usize, it: &Ratio) -> Mark {
    let [low, high] = ends(*it);
    Mark {
        series,
        value: it.ratio,
        low,
        high,
        stroke: None,
        hollow: matches!(it.verdict, Verdict::NoDifference | Verdict::Unknown),
        said: format!("{}, {}", ratio(it), words(it)),
        short: format!("{:.2}", it.ratio),
    }
}

/// At the largest number of threads that all runs have; none of one run.
fn side_by_side(runs: &[&Run<Bench>]) -> Option<Table> {
    if runs.len() < 2 {
        return None;
    }
    let common = |threads: &usize| runs.iter().all(|run| run.result.options.threads.contains(threads));
    let at = threads(runs).into_iter().rfind(common)?;
    let columns = runs.iter().flat_map(|run| [run.name(), format!("{}: ratio", run.name())]);
    let mut grid = Grid::new(std::iter::once(String::new()).chain(columns));
    for name in contenders(runs) {
        let cells = runs.iter().flat_map(|run| {
            let row = find(run, name, at);
            let mean = row.map_or(NONE.to_owned(), |row| thousands(row.ops_per_second.mean));
            [mean, row.and_then(|row| row.ratio).map_or(NONE.to_owned(), |it| ratio(&it))]
        });
        grid.add_row(std::iter::once(name.to_owned()).chain(cells));
    }
    let title = format!(
        "Runs side by side at {at} threads, operations a second and ratio to no guard{}",
        label(runs)
    );
    Some(Table { title, grid, note: String::new() })
}
