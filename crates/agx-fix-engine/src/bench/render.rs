//! The result of `bench` for people: what was run, the tables, and how to read them. Tables are Markdown as they stand.

use super::file::{Bench, Contention, GpuModel, Throughput};
use super::{paper_side, sweep};
use crate::grid::{self, Grid, Section};
use crate::numbers::{NONE, count, mean_deviation, ratio, wait};
use crate::provenance::{heading, origin};

/// The whole text for a terminal.
pub fn render(bench: &Bench) -> String {
    let heading = heading("agx-fix-lab bench", &bench.provenance, &lines(bench));
    format!("{heading}{}", grid::text(&sections(bench), ""))
}

/// The part of docs/results.md that is generated.
pub fn markdown(bench: &Bench) -> String {
    let origin = origin(&bench.provenance, &lines(bench));
    let driver = bench.provenance.driver;
    format!("Measured on {driver}.\n\n```text\n{origin}```\n{}", grid::text(&sections(bench), "## "))
}

fn sections(bench: &Bench) -> Vec<Section> {
    let mut sections = Vec::new();
    if !bench.throughput.is_empty() {
        sections.extend(throughput(bench));
        sections.push(contention(bench));
        sections.extend(paper_side::sections(bench));
    }
    sections.extend(bench.sweep.as_ref().map(|it| sweep::section(bench, it)));
    sections
}

/// What is said beside the provenance.
pub fn lines(bench: &Bench) -> Vec<(&'static str, String)> {
    let (options, shape) = (&bench.options, &bench.options.shape);
    let runs = format!(
        "{} rounds, each contender once in each; {} operations a thread, every output checked; seed {}",
        options.iterations, options.ops, options.seed,
    );
    let work = format!(
        "an operation is a perceptron {} -> {} -> ReLU -> {} with batch {}, {} encoders of {} dispatch each in a\n         \
         command buffer of its own",
        shape.input, shape.hidden, shape.input, shape.batch, shape.encoders, shape.dispatches,
    );
    let time = format!("{}, {:.1} s in all", bench.time, bench.seconds);
    let mut lines = vec![("time", time), ("runs", runs), ("work", work)];
    let load =
        |load| format!("{load:.2} in the minute before; what else the machine does widens every interval");
    lines.extend(bench.load.map(|it| ("load", load(it))));
    lines.extend(bench.gpu.as_ref().map(|gpu| ("GPU", model(gpu))));
    lines
}

/// The modelled GPU, and where its constants come from.
fn model(gpu: &GpuModel) -> String {
    let GpuModel { latency_us, buffer_us, encoder_us, dispatch_us, flop_ps } = gpu;
    format!(
        "modelled: {latency_us:.1} us latency; a queue's {buffer_us:.1} us a command buffer, {encoder_us:.1} us an \
         encoder, {dispatch_us:.1} us\n         a dispatch; the device's {flop_ps:.0} ps a floating-point operation. These \
         are fitted to the\n         paper's throughput table and to nothing else; it does not tell how the \
         GPU's time divides among the\n         last four, which get the same share"
    )
}

/// Means, and ratios to no guard.
pub fn throughput(bench: &Bench) -> [Section; 2] {
    let (label, method) = (bench.provenance.driver.label(), &bench.method);
    let intervals = bench.throughput.iter().filter(|row| row.ratio.is_some()).count();
    let chance = (1.0 - method.confidence) * intervals as f64;
    let percent = 100.0 * method.confidence;
    [
        Section {
            title: format!("Throughput by threads, operations a second{label}"),
            grid: by_threads(bench, |row| mean_deviation(&row.ops_per_second)),
            note: format!("Mean ± standard deviation of {} runs.", bench.options.iterations),
        },
        Section {
            title: format!("Throughput as ratio to no guard (`unguarded`){label}"),
            grid: by_threads(bench, |row| row.ratio.map_or(NONE.to_owned(), |it| ratio(&it))),
            note: format!(
                "Ratio of means with {percent:.0} % interval: {},\nn = {} rounds, {} resamples, seed {}. `=`: the interval \
                 holds 1, no difference; `?`: one round, unknown. Of {intervals} intervals,\n{chance:.1} miss the truth by \
                 chance.",
                method.name, bench.options.iterations, method.resamples, method.seed,
            ),
        },
    ]
}

/// Contenders down, threads across.
fn by_threads(bench: &Bench, cell: fn(&Throughput) -> String) -> Grid {
    let threads = &bench.options.threads;
    let mut grid =
        Grid::new(std::iter::once("threads".to_owned()).chain(threads.iter().map(usize::to_string)));
    // The rows of one contender are beside one another.
    for rows in bench.throughput.chunks(threads.len()) {
        grid.add(rows[0].contender.clone(), rows.iter().map(cell));
    }
    grid
}

/// A column of the contention table: its heading, and the cell of a contender.
type Column = (&'static str, fn(&Contention) -> String);

const COUNTED: [Column; 7] = [
    ("acquisitions", |row| count(&row.acquisitions)),
    ("contentions", |row| count(&row.contentions)),
    ("rate", |row| format!("{:.2} %", 100.0 * row.rate)),
    ("mutexes created", |row| count(&row.mutex_creations)),
    ("median wait", |row| wait(&row.waits, row.waits.median_ns)),
    ("99th percentile", |row| wait(&row.waits, row.waits.p99_ns)),
    ("longest", |row| wait(&row.waits, row.waits.longest_ns)),
];

/// What the library counted.
pub fn contention(bench: &Bench) -> Section {
    let rows = &bench.contention;
    let mut grid = Grid::labelled(COUNTED.map(|(name, _)| name));
    for row in rows {
        grid.add(row.contender.clone(), COUNTED.iter().map(|(_, cell)| cell(row)));
    }
    let size = rows.first().map_or(0, |row| row.operations);
    let label = bench.provenance.driver.label();
    Section {
        title: format!("Contention in one iteration of {size} operations{label}"),
        grid,
        note: format!(
            "{} threads; the mean of {} runs, and the least and the most where they differ; waits of all runs. \
             `paper-global` and\n`associated-object` have the paper's four hooks. The other presets lock every call that \
             opens, encodes, ends, frees or\ncommits, so they count more acquisitions of the same work; a free on the GPU's \
             thread may come after the count. There is no\nratio to no guard: without a guard nothing is acquired.",
            bench.options.counted_threads, bench.options.iterations
        ),
    }
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
