//! What the page says of measurements: throughput, contention, the cost of one call, the sweep.

use super::chart::{Chart, Mark, Row, Scale};
use super::page::Page;
use super::runs::{Run, label, rows};
use agx_fix_engine::bench::file::{Bench, Throughput};
use agx_fix_engine::bench::interval::{Ratio, Spread, Verdict};
use agx_fix_engine::bench::{paper_side, render, sweep};
use agx_fix_engine::call_cost::{CallCost, Subject};
use agx_fix_engine::grid::{Grid, Section, distinct};
use agx_fix_engine::numbers::{NONE, decimal, ratio, thousands};

/// What the others are compared with.
const BASELINE: &str = "unguarded";

/// A title, which runs have something of it, and what is shown of them.
type Part = (&'static str, fn(&Bench) -> bool, fn(&mut Page, &[&Run<Bench>]));

/// Those that any of the runs has.
pub(super) fn sections(page: &mut Page, runs: &[&Run<Bench>]) {
    let parts: [Part; 4] = [
        ("Throughput", |bench| !bench.throughput.is_empty(), throughput),
        ("Contention", |bench| !bench.contention.is_empty(), contention),
        ("Cost of one call", |bench| bench.calls.is_some(), calls),
        ("Sweep over shapes of work", |bench| bench.sweep.is_some(), sweeps),
    ];
    for (title, has, part) in parts {
        let runs: Vec<&Run<Bench>> = runs.iter().copied().filter(|run| has(&run.result)).collect();
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
    by_threads(page, runs);
    for run in runs {
        table(page, run, &render::throughput(&run.result)[0]);
    }
    ratios(page, runs);
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

/// The ends of an error bar.
fn error_bar(spread: &Spread) -> [f64; 2] {
    let deviation = spread.deviation.unwrap_or(0.0);
    [spread.mean - deviation, spread.mean + deviation]
}

fn title_of(threads: usize) -> String {
    format!("{threads} thread{}", if threads == 1 { "" } else { "s" })
}

/// A chart for each contender.
fn by_threads(page: &mut Page, runs: &[&Run<Bench>]) {
    let tops =
        runs.iter().flat_map(|run| &run.result.throughput).map(|row| error_bar(&row.ops_per_second)[1]);
    let scale = Scale::new(tops.chain([0.0]));
    let mark = |contender: &str, threads: usize, run: &Run<Bench>| {
        let spread = &find(run, contender, threads)?.ops_per_second;
        let baseline = find(run, BASELINE, threads).filter(|row| row.contender != contender);
        let mark = Mark::new(run.series, spread.mean, error_bar(spread), thousands(spread.mean));
        Some(Mark { stroke: baseline.map(|row| row.ops_per_second.mean), ..mark })
    };
    let row = |contender: &str, threads: usize| Row {
        label: title_of(threads),
        marks: runs.iter().filter_map(|run| mark(contender, threads, run)).collect(),
    };
    let chart = |contender: &str| {
        let rows = threads(runs).into_iter().map(|threads| row(contender, threads)).collect();
        Chart::new(contender, "operations a second", scale, rows)
    };
    let charts = contenders(runs).into_iter().map(chart).collect();
    let note = "Mean ± standard deviation of the rounds, all charts to one scale. The stroke is the mean without a guard.";
    page.figure(runs, "Operations a second by threads", note, charts);
}

/// A chart for each number of threads.
fn ratios(page: &mut Page, runs: &[&Run<Bench>]) {
    let ends = |it: Ratio| it.interval.unwrap_or([it.ratio; 2]);
    let all = runs.iter().flat_map(|run| &run.result.throughput).filter_map(|row| row.ratio);
    let scale = Scale::new(all.flat_map(ends).chain([1.0]));
    let chart = |threads: usize| {
        let names = contenders(runs).into_iter().filter(|name| *name != BASELINE);
        let rows = rows(names, runs, |name, run| {
            let it = find(run, name, threads)?.ratio?;
            let hollow = matches!(it.verdict, Verdict::NoDifference | Verdict::Unknown);
            Some(Mark { hollow, ..Mark::new(run.series, it.ratio, ends(it), format!("{:.2}", it.ratio)) })
        });
        Chart { reference: Some(1.0), ..Chart::new(&title_of(threads), "ratio to no guard", scale, rows) }
    };
    let charts = threads(runs).into_iter().map(chart).collect();
    let note = "Ratio of means with its bootstrap interval, paired by rounds. An outline: the interval holds 1, no difference.";
    page.figure(runs, "Throughput as ratio to no guard", note, charts);
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
    let counted = || runs.iter().flat_map(|run| &run.result.contention);
    let rows = rows(distinct(counted().map(|row| row.contender.as_str())), runs, |name, run| {
        let row = run.result.contention.iter().find(|row| row.contender == name)?;
        let percent = 100.0 * row.rate;
        let text = format!("{percent:.2} %");
        Some(Mark { hollow: percent == 0.0, ..Mark::new(run.series, percent, [percent; 2], text) })
    });
    let scale = Scale::new(counted().map(|row| 100.0 * row.rate).chain([0.0]));
    let chart = Chart::new("contentions", "percent of acquisitions", scale, rows);
    page.figure(runs, "Contention", "An outline: nobody waited.", vec![chart]);
    for run in runs {
        table(page, run, &render::contention(&run.result));
    }
}

/// What a guarded call costs.
fn calls(page: &mut Page, runs: &[&Run<Bench>]) {
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

/// Columns, from one thread on.
fn subjects<'a>(costs: impl Iterator<Item = &'a CallCost>) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = costs.map(|cost| cost.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
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
    for name in distinct(costs.iter().map(|cost| cost.contender.as_str())) {
        let cost = |at: &Subject| costs.iter().find(|it| it.contender == name && it.subject == *at);
        grid.add(name, subjects.iter().map(|at| cost(at).and_then(|it| cell(it)).unwrap_or(NONE.to_owned())));
    }
    grid
}

/// What more work in an encoder or command buffer, larger tensors and more queues are worth.
fn sweeps(page: &mut Page, runs: &[&Run<Bench>]) {
    for run in runs {
        let Some(it) = &run.result.sweep else { continue };
        table(page, run, &sweep::section(&run.result, it));
    }
}
