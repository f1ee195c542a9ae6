//! What the page says of measurements: throughput, contention, the cost of one call, the sweep.

use super::chart::{Chart, Mark, Row, Scale, Unit};
use super::page::{Figure, Page};
use super::runs::{Run, label, legend, rows, union};
use agx_fix_engine::bench::file::{Bench, Contention, Shape, Step, Sweep, Throughput};
use agx_fix_engine::bench::interval::{Ratio, Spread, Verdict};
use agx_fix_engine::bench::{paper_side, render, sweep};
use agx_fix_engine::call_cost::{CallCost, Subject};
use agx_fix_engine::grid::{Grid, Section};
use agx_fix_engine::numbers::{NONE, decimal, ratio, thousands, wait};

/// What the others are compared with.
const BASELINE: &str = "unguarded";

/// Those that any of the runs has.
pub(super) fn sections(page: &mut Page, runs: &[&Run<Bench>]) {
    let having = |has: fn(&Bench) -> bool| -> Vec<&Run<Bench>> {
        runs.iter().copied().filter(|run| has(&run.result)).collect()
    };
    let parts: [(&str, fn(&Bench) -> bool, fn(&mut Page, &[&Run<Bench>])); 4] = [
        ("Throughput", |bench| !bench.throughput.is_empty(), throughput),
        ("Contention", |bench| !bench.contention.is_empty(), contention),
        ("Cost of one call", |bench| bench.calls.is_some(), calls),
        ("Sweep over shapes of work", |bench| bench.sweep.is_some(), sweeps),
    ];
    for (title, has, part) in parts {
        let runs = having(has);
        if !runs.is_empty() {
            page.section(title);
            part(page, &runs);
        }
    }
}

/// In a few sentences.
pub(super) fn in_short(bench: &Bench) -> Vec<String> {
    let contended =
        bench.contention.iter().map(|row| format!("`{}` {:.2} %", row.contender, 100.0 * row.rate));
    let contended = contended.collect::<Vec<_>>().join(", ");
    let contention = (!contended.is_empty())
        .then(|| format!("Contention at {} threads: {contended}", bench.options.counted_threads));
    let sweep = bench.sweep.as_ref().and_then(|sweep| {
        let best = ratio(&sweep.steps.get(sweep.best)?.factor);
        Some(format!("Best of {} shapes of work: {best} of the first shape's", sweep.steps.len()))
    });
    [compared(&bench.throughput), contention, sweep].into_iter().flatten().collect()
}

/// How many comparisons came out how.
fn compared(rows: &[Throughput]) -> Option<String> {
    let verdicts: Vec<Verdict> = rows.iter().filter_map(|row| Some(row.ratio?.verdict)).collect();
    let said = [
        (Verdict::NoDifference, "show no difference"),
        (Verdict::Less, "show less"),
        (Verdict::More, "show more"),
        (Verdict::Unknown, "are of one round and show nothing"),
    ];
    let said = said.map(|(wanted, what)| (verdicts.iter().filter(|it| **it == wanted).count(), what));
    let said: Vec<String> =
        said.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    (!said.is_empty()).then(|| {
        format!("Of {} comparisons of throughput with no guard, {}", verdicts.len(), said.join(", "))
    })
}

/// A table as the terminal has it.
fn table(page: &mut Page, run: &Run<Bench>, section: &Section) {
    page.table(&format!("{}{}", section.title, run.of()), &section.grid);
    if !section.note.is_empty() {
        page.text(&section.note);
    }
}

/// By threads, and as ratio to no guard.
fn throughput(page: &mut Page, runs: &[&Run<Bench>]) {
    page.figure(by_threads(runs));
    for run in runs {
        table(page, run, &render::throughput(&run.result)[0]);
    }
    page.figure(ratios(runs));
    for run in runs {
        table(page, run, &render::throughput(&run.result)[1]);
    }
    side_by_side(page, runs);
    page.heading("Beside the paper's own figures");
    for run in runs {
        paper_side::sections(&run.result).iter().for_each(|it| table(page, run, it));
    }
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

/// The ends of an error bar.
fn error_bar(spread: &Spread) -> [f64; 2] {
    let deviation = spread.deviation.unwrap_or(0.0);
    [spread.mean - deviation, spread.mean + deviation]
}

fn title_of(threads: usize) -> String {
    format!("{threads} thread{}", if threads == 1 { "" } else { "s" })
}

/// A chart for each contender.
fn by_threads(runs: &[&Run<Bench>]) -> Figure {
    let tops =
        runs.iter().flat_map(|run| &run.result.throughput).map(|row| error_bar(&row.ops_per_second)[1]);
    let scale = Scale::new(tops.chain([0.0]), Unit::Count);
    let mark = |contender: &str, threads: usize, run: &Run<Bench>| {
        let spread = &find(run, contender, threads)?.ops_per_second;
        let baseline = find(run, BASELINE, threads).filter(|row| row.contender != contender);
        Some(Mark {
            series: run.series,
            value: spread.mean,
            ends: error_bar(spread),
            stroke: baseline.map(|row| row.ops_per_second.mean),
            hollow: false,
            text: thousands(spread.mean),
        })
    };
    let row = |contender: &str, threads: usize| Row {
        label: title_of(threads),
        marks: runs.iter().filter_map(|run| mark(contender, threads, run)).collect(),
    };
    let chart = |contender: &str| Chart {
        title: contender.to_owned(),
        axis: "operations a second",
        scale,
        reference: None,
        rows: threads(runs).into_iter().map(|threads| row(contender, threads)).collect(),
    };
    Figure {
        title: format!("Operations a second by threads{}", label(runs)),
        note: "Mean ± standard deviation of the rounds, all charts to one scale. The stroke is the mean without a guard.",
        legend: legend(runs),
        charts: contenders(runs).into_iter().map(chart).collect(),
    }
}

/// A chart for each number of threads.
fn ratios(runs: &[&Run<Bench>]) -> Figure {
    let ends = |it: Ratio| it.interval.unwrap_or([it.ratio; 2]);
    let all = runs.iter().flat_map(|run| &run.result.throughput).filter_map(|row| row.ratio);
    let scale = Scale::new(all.flat_map(ends).chain([1.0]), Unit::Ratio);
    let chart = |threads: usize| {
        let names = contenders(runs).into_iter().filter(|name| *name != BASELINE);
        let rows = rows(names, runs, |name, run| {
            let it = find(run, name, threads)?.ratio?;
            let hollow = matches!(it.verdict, Verdict::NoDifference | Verdict::Unknown);
            let text = format!("{:.2}", it.ratio);
            Some(Mark { series: run.series, value: it.ratio, ends: ends(it), stroke: None, hollow, text })
        });
        Chart { title: title_of(threads), axis: "ratio to no guard", scale, reference: Some(1.0), rows }
    };
    Figure {
        title: format!("Throughput as ratio to no guard{}", label(runs)),
        note: "Ratio of means with its bootstrap interval, paired by rounds. An outline: the interval holds 1, no difference.",
        legend: legend(runs),
        charts: threads(runs).into_iter().map(chart).collect(),
    }
}

/// At the largest number of threads that all runs have; none of one run.
fn side_by_side(page: &mut Page, runs: &[&Run<Bench>]) {
    let common = |threads: &usize| runs.iter().all(|run| run.result.options.threads.contains(threads));
    let Some(at) = threads(runs).into_iter().rfind(common).filter(|_| runs.len() > 1) else { return };
    let names = runs.iter().map(|run| &run.origin.name);
    let mut grid = Grid::labelled(names.flat_map(|name| [name.clone(), format!("{name}: ratio")]));
    for name in contenders(runs) {
        let cells = runs.iter().flat_map(|run| {
            let row = find(run, name, at);
            let mean = row.map(|row| thousands(row.ops_per_second.mean));
            [mean, row.and_then(|row| Some(ratio(&row.ratio?)))]
        });
        grid.add(name, cells.map(|cell| cell.unwrap_or(NONE.to_owned())));
    }
    let title = format!(
        "Runs side by side at {at} threads, operations a second and ratio to no guard{}",
        label(runs)
    );
    page.table(&title, &grid);
}

/// What the library counted: contention, and how long calls waited.
fn contention(page: &mut Page, runs: &[&Run<Bench>]) {
    page.figure(Figure {
        title: format!("Contention{}", label(runs)),
        note: "The first chart: contentions as a share of acquisitions. The second: how long contended calls waited; the mark is the \
               median, the stroke the 99th percentile, the line's end the longest wait. Who never waited has no mark.",
        legend: legend(runs),
        charts: vec![rates(runs), waits(runs)],
    });
    for run in runs {
        table(page, run, &render::contention(&run.result));
    }
}

fn counted<'a>(runs: &[&'a Run<Bench>]) -> impl Iterator<Item = &'a Contention> {
    runs.iter().flat_map(|run| &run.result.contention)
}

/// A row for each contender.
fn contention_rows(runs: &[&Run<Bench>], mark: impl Fn(usize, &Contention) -> Option<Mark>) -> Vec<Row> {
    rows(union(counted(runs).map(|row| row.contender.as_str())), runs, |name, run| {
        mark(run.series, run.result.contention.iter().find(|row| row.contender == name)?)
    })
}

fn rates(runs: &[&Run<Bench>]) -> Chart {
    let rows = contention_rows(runs, |series, row| {
        let text = format!("{:.2} %", 100.0 * row.rate);
        Some(Mark {
            series,
            value: row.rate,
            ends: [row.rate; 2],
            stroke: None,
            hollow: row.rate == 0.0,
            text,
        })
    });
    let scale = Scale::new(counted(runs).map(|row| row.rate).chain([0.0]), Unit::Share);
    Chart {
        title: "Contention rate".to_owned(),
        axis: "contended acquisitions",
        scale,
        reference: None,
        rows,
    }
}

fn waits(runs: &[&Run<Bench>]) -> Chart {
    let waited = counted(runs).filter(|row| row.waits.count > 0);
    let ends = waited.flat_map(|row| [row.waits.median_ns as f64, row.waits.longest_ns as f64]);
    let rows = contention_rows(runs, |series, row| {
        let waits = &row.waits;
        let (median, longest) = (waits.median_ns as f64, waits.longest_ns as f64);
        let text = wait(waits, waits.median_ns);
        let stroke = Some(waits.p99_ns as f64);
        (waits.count > 0).then_some(Mark {
            series,
            value: median,
            ends: [median, longest],
            stroke,
            hollow: false,
            text,
        })
    });
    let scale = Scale::new(ends, Unit::Nanoseconds);
    Chart { title: "Waits".to_owned(), axis: "time waited (logarithmic)", scale, reference: None, rows }
}

/// What a guarded call costs.
fn calls(page: &mut Page, runs: &[&Run<Bench>]) {
    page.figure(call_times(runs));
    for run in runs {
        let (hooks, locks): (Vec<&CallCost>, Vec<&CallCost>) =
            costs(run).iter().partition(|cost| matches!(cost.subject, Subject::Hook(_)));
        for (kind, costs) in [("through the hooks", hooks), ("under a lock alone", locks)] {
            for (what, cell) in CELLS {
                let costs: Vec<&CallCost> =
                    costs.iter().copied().filter(|cost| cell(cost).is_some()).collect();
                if !costs.is_empty() {
                    let title = format!("{what} of a call {kind}{}{}", label(&[run]), run.of());
                    page.table(&title, &call_grid(&costs, cell));
                }
            }
        }
    }
}

fn costs(run: &Run<Bench>) -> &[CallCost] {
    run.result.calls.as_deref().unwrap_or_default()
}

/// Charts and columns, from one thread on: through the hooks, then locks alone.
fn subjects<'a>(costs: impl Iterator<Item = &'a CallCost>) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = costs.map(|cost| cost.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

fn call_times(runs: &[&Run<Bench>]) -> Figure {
    let all = || runs.iter().copied().flat_map(costs);
    let scale = Scale::new(all().flat_map(|cost| cost.nanoseconds.iter().copied()), Unit::Nanoseconds);
    let chart = |subject: Subject| {
        let names = union(all().filter(|it| it.subject == subject).map(|it| it.contender.as_str()));
        let rows = rows(names, runs, |name, run| {
            let cost = costs(run).iter().find(|it| it.subject == subject && it.contender == name)?;
            let Spread { median: value, min, max, .. } = cost.spread()?;
            let text = format!("{} ns", decimal(value));
            Some(Mark { series: run.series, value, ends: [min, max], stroke: None, hollow: false, text })
        });
        let kind = if matches!(subject, Subject::Lock(_)) { "lock alone, " } else { "" };
        let axis = "time of a call (logarithmic)";
        Chart { title: format!("{kind}{subject}"), axis, scale, reference: None, rows }
    };
    Figure {
        title: format!("Time of one call{}", label(runs)),
        note: "The median of the rounds, with the shortest and the longest. The processor's time is real; the method that is called \
               is the simulated driver's where the title says simulated.",
        legend: legend(runs),
        charts: subjects(all()).into_iter().map(chart).collect(),
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

/// Contenders down, subjects across.
fn call_grid(costs: &[&CallCost], cell: Cell) -> Grid {
    let subjects = subjects(costs.iter().copied());
    let mut grid = Grid::labelled(subjects.iter().map(Subject::to_string));
    for name in union(costs.iter().map(|cost| cost.contender.as_str())) {
        let cost = |at: &Subject| costs.iter().find(|it| it.contender == name && it.subject == *at);
        grid.add(name, subjects.iter().map(|at| cost(at).and_then(|it| cell(it)).unwrap_or(NONE.to_owned())));
    }
    grid
}

/// What more work in an encoder or command buffer, larger tensors and more queues are worth.
fn sweeps(page: &mut Page, runs: &[&Run<Bench>]) {
    for run in runs {
        let Some(it) = &run.result.sweep else { continue };
        let part = sweep::section(&run.result, it);
        page.figure(shapes(format!("{}{}", part.title, run.of()), run.series, it));
        table(page, run, &part);
    }
}

fn shapes(title: String, series: usize, sweep: &Sweep) -> Figure {
    let ends = |step: &Step| [error_bar(&step.work)[1], step.predicted.unwrap_or(0.0)];
    let scale = Scale::new(sweep.steps.iter().flat_map(ends).chain([0.0]), Unit::Count);
    let row = |(number, step): (usize, &Step)| {
        let Shape { input, dispatches, encoders, queues, .. } = step.shape;
        let mark = Mark {
            series,
            value: step.work.mean,
            ends: error_bar(&step.work),
            stroke: step.predicted,
            hollow: number != sweep.best,
            text: format!("{:.2}", step.factor.ratio),
        };
        Row { label: format!("d{dispatches} e{encoders} w{input} q{queues}"), marks: vec![mark] }
    };
    let rows = sweep.steps.iter().enumerate().map(row).collect();
    Figure {
        note: "Work a second, mean ± standard deviation of the rounds, with the factor to the first shape; the stroke is the most \
               that the modelled GPU allows. Shapes are named by d dispatches in an encoder, e encoders in a command buffer, w \
               inputs of the tensors, q queues. An outline: not the best one.",
        legend: Vec::new(),
        charts: vec![Chart { title: title.clone(), axis: "work a second", scale, reference: None, rows }],
        title,
    }
}
