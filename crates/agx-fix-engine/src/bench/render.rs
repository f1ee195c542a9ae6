//! The result for people: what was run, the tables, and what they say in words. Tables are Markdown as they stand.

use super::{chart, paper_side, sweep};
use crate::grid::Grid;
use crate::numbers::{NONE, count, mean_deviation, ratio, wait, words};
use crate::provenance::{heading, origin};
use agx_fix_interface::bench::{Bench, Contention, GpuModel, Throughput};
use agx_fix_interface::provenance::Driver;
use std::fmt::{self, Write as _};

pub(super) const TAKES_ALL: &str = "a string takes everything";

/// The whole text for a terminal.
pub fn render(bench: &Bench) -> String {
    let mut text = heading("agx-fix-lab bench", &bench.provenance, &lines(bench));
    for section in sections(bench) {
        write!(text, "\n{}\n\n{section}", section.title).expect(TAKES_ALL);
    }
    if !bench.throughput.is_empty() {
        let bars = chart::chart(&bench.throughput, &bench.options.threads);
        write!(text, "\nOperations a second{}\n\n{bars}", label(bench.provenance.driver)).expect(TAKES_ALL);
    }
    text
}

/// The part of docs/results.md that is generated.
pub fn markdown(bench: &Bench) -> String {
    let Bench { provenance, .. } = bench;
    let mut text =
        format!("Measured on {}.\n\n```text\n{}```\n", provenance.driver, origin(provenance, &lines(bench)));
    for section in sections(bench) {
        write!(text, "\n## {}\n\n{section}", section.title).expect(TAKES_ALL);
    }
    text
}

/// A part of the result: a table, and what it says.
pub struct Section {
    /// What it is about, and whether it is simulated.
    pub title: String,
    /// The table.
    pub grid: Grid,
    /// How the table is to be read.
    pub note: String,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n{}", self.grid, self.note.trim_end())
    }
}

/// What every title of figures carries.
pub fn label(driver: Driver) -> &'static str {
    match driver {
        Driver::Simulated => " (simulated)",
        Driver::Metal => "",
    }
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
fn lines(bench: &Bench) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("time", format!("{}, {:.1} s in all", bench.time, bench.seconds)),
        ("runs", what_was_run(bench)),
        ("work", work(bench)),
    ];
    lines.extend(load(bench).map(|load| ("load", load)));
    lines.extend(bench.gpu.as_ref().map(|gpu| ("GPU", model(gpu))));
    lines
}

/// How much was run, in one sentence.
pub fn what_was_run(bench: &Bench) -> String {
    let options = &bench.options;
    format!(
        "{} rounds, each contender once in each; {} operations a thread, every output checked; seed {}",
        options.iterations, options.ops, options.seed,
    )
}

/// What else the machine did, in one sentence; `None` where the system does not tell.
pub fn load(bench: &Bench) -> Option<String> {
    let load = bench.load?;
    Some(format!("{load:.2} in the minute before; what else the machine does widens every interval"))
}

/// What an operation was, in one sentence.
pub fn work(bench: &Bench) -> String {
    let shape = &bench.options.shape;
    format!(
        "an operation is a perceptron {} -> {} -> ReLU -> {} with batch {}, {} encoders of {} dispatch each in a\n         \
         command buffer of its own",
        shape.input, shape.hidden, shape.input, shape.batch, shape.encoders, shape.dispatches,
    )
}

/// The modelled GPU, and where its constants come from.
pub fn model(gpu: &GpuModel) -> String {
    let GpuModel { latency_us, buffer_us, encoder_us, dispatch_us, flop_ps } = gpu;
    format!(
        "modelled: {latency_us:.1} us latency; a queue's {buffer_us:.1} us a command buffer, {encoder_us:.1} us an \
         encoder, {dispatch_us:.1} us\n         a dispatch; the device's {flop_ps:.0} ps a floating-point operation. Unless \
         given, these are fitted to the\n         report's throughput table and to nothing else; it does not tell how the \
         GPU's time divides among the\n         last four, which get the same share"
    )
}

/// Means, ratios to no guard, and these in words.
pub fn throughput(bench: &Bench) -> [Section; 3] {
    let label = label(bench.provenance.driver);
    let method = &bench.method;
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
                "Ratio of means with {percent:.0} % interval: {}, n = {} rounds, {} resamples, seed {}.",
                method.name, bench.options.iterations, method.resamples, method.seed,
            ),
        },
        Section {
            title: format!("The same in words{label}"),
            grid: by_threads(bench, |row| row.ratio.map_or(NONE.to_owned(), |it| words(&it))),
            note: format!(
                "No difference: the interval holds 1. Of {intervals} intervals at {percent:.0} %, {chance:.1} miss the \
                 truth by chance."
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
        grid.add_row(std::iter::once(rows[0].contender.clone()).chain(rows.iter().map(cell)));
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
    let mut grid =
        Grid::new(std::iter::once(String::new()).chain(COUNTED.iter().map(|(name, _)| (*name).to_owned())));
    for row in rows {
        let cells = COUNTED.iter().map(|(_, cell)| cell(row));
        grid.add_row(std::iter::once(row.contender.clone()).chain(cells));
    }
    let size = rows.first().map_or(0, |row| row.operations);
    Section {
        title: format!("Contention in one iteration of {size} operations{}", label(bench.provenance.driver)),
        grid,
        note: format!(
            "{} threads; the mean of {} runs, and the least and the most where they differ; waits of all runs. \
             `report-global` and\n`associated-object` have the report's four hooks. The other strategies lock every call that \
             opens, encodes, ends, frees or\ncommits, so they count more acquisitions of the same work; a free on the GPU's \
             thread may come after the count. There is no\nratio to no guard: without a guard nothing is acquired.",
            bench.options.counted_threads, bench.options.iterations
        ),
    }
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
