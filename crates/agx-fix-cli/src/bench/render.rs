//! The result for people: what was run, the tables, and what they say in words. Tables are Markdown as they stand.

use super::{chart, report_side, sweep};
use agx_fix_interface::bench::{Bench, Contention, GpuModel, Ratio, Spread, Throughput, Verdict};
use agx_fix_interface::provenance::Driver;
use agx_fix_interface::waits::{self, Waits};
use comfy_table::{CellAlignment, Table, presets};
use std::fmt::Write as _;

pub(super) const TAKES_ALL: &str = "a string takes everything";
const NONE: &str = "-";

/// The whole text for a terminal.
pub(super) fn render(bench: &Bench) -> String {
    let mut text = format!("agx-fix bench on {}\n{}", bench.driver, heading(bench));
    for section in sections(bench) {
        write!(text, "\n{}\n\n{}\n", section.title, section.body.trim_end()).expect(TAKES_ALL);
    }
    if !bench.throughput.is_empty() {
        let bars = chart::chart(&bench.throughput, &bench.options.threads);
        write!(text, "\nOperations a second{}\n\n{bars}", label(bench.driver)).expect(TAKES_ALL);
    }
    text
}

/// The part of docs/results.md that is generated.
pub(super) fn markdown(bench: &Bench) -> String {
    let mut text = format!("Measured on {}.\n\n```text\n{}```\n", bench.driver, heading(bench));
    for section in sections(bench) {
        write!(text, "\n## {}\n\n{}\n", section.title, section.body.trim_end()).expect(TAKES_ALL);
    }
    text
}

/// A part of the result.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) body: String,
}

/// What every title of figures carries.
pub(super) fn label(driver: Driver) -> &'static str {
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
        sections.extend(report_side::sections(bench));
    }
    sections.extend(bench.sweep.as_ref().map(|it| sweep::render::section(bench, it)));
    sections
}

fn heading(bench: &Bench) -> String {
    let (options, shape) = (&bench.options, &bench.options.shape);
    let mut text = format!(
        "machine: {}\nbuild:   agx-fix {}, commit {}\ncommand: {}\ntime:    {}, {:.1} s in all\n\
         runs:    {} rounds, each contender once in each; {} operations a thread, every output checked; seed {}\n\
         work:    an operation is a perceptron {} -> {} -> ReLU -> {} with batch {}, {} encoders of {} dispatch each in a\n         \
         command buffer of its own\n",
        bench.machine,
        bench.version,
        bench.commit,
        bench.command.join(" "),
        bench.time,
        bench.seconds,
        options.iterations,
        options.ops,
        options.seed,
        shape.input,
        shape.hidden,
        shape.input,
        shape.batch,
        shape.encoders,
        shape.dispatches,
    );
    if let Some(load) = bench.load {
        writeln!(
            text,
            "load:    {load:.2} in the minute before; what else the machine does widens every interval"
        )
        .expect(TAKES_ALL);
    }
    if let Some(gpu) = &bench.gpu {
        text.push_str(&model(gpu));
    }
    text
}

fn model(gpu: &GpuModel) -> String {
    let GpuModel { latency_us, buffer_us, encoder_us, dispatch_us, flop_ps } = gpu;
    format!(
        "GPU:     modelled: {latency_us:.1} us latency; a queue's {buffer_us:.1} us a command buffer, {encoder_us:.1} us an \
         encoder, {dispatch_us:.1} us\n         a dispatch; the device's {flop_ps:.0} ps a floating-point operation. Unless \
         given, these are fitted to the\n         report's throughput table and to nothing else; it does not tell how the \
         GPU's time divides among the\n         last four, which get the same share\n"
    )
}

fn throughput(bench: &Bench) -> [Section; 3] {
    let label = label(bench.driver);
    let table = |cell: fn(&Throughput) -> String| format!("{}\n", by_threads(bench, cell));
    let method = &bench.method;
    let intervals = bench.throughput.iter().filter(|row| row.ratio.is_some()).count();
    let chance = (1.0 - method.confidence) * intervals as f64;
    let percent = 100.0 * method.confidence;
    [
        Section {
            title: format!("Throughput by threads, operations a second{label}"),
            body: format!(
                "{}\nMean ± standard deviation of {} runs.",
                table(|row| mean_deviation(&row.ops_per_second)),
                bench.options.iterations
            ),
        },
        Section {
            title: format!("Throughput as ratio to no guard (`unguarded`){label}"),
            body: format!(
                "{}\nRatio of means with {percent:.0} % interval: {},\nn = {} rounds, {} resamples, seed {}.",
                table(|row| row.ratio.map_or(NONE.to_owned(), |it| ratio(&it))),
                method.name,
                bench.options.iterations,
                method.resamples,
                method.seed,
            ),
        },
        Section {
            title: format!("The same in words{label}"),
            body: format!(
                "{}\nNo difference: the interval holds 1. Of {intervals} intervals at {percent:.0} %, {chance:.1} miss the \
                 truth by chance.",
                table(|row| row.ratio.map_or(NONE.to_owned(), |it| words(&it))),
            ),
        },
    ]
}

/// Contenders down, threads across.
fn by_threads(bench: &Bench, cell: fn(&Throughput) -> String) -> Table {
    let threads = &bench.options.threads;
    let mut table = table();
    table.set_header(std::iter::once("threads".to_owned()).chain(threads.iter().map(usize::to_string)));
    // The rows of one contender are beside one another.
    for rows in bench.throughput.chunks(threads.len()) {
        table.add_row(std::iter::once(rows[0].contender.clone()).chain(rows.iter().map(cell)));
    }
    right_aligned(table)
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

fn contention(bench: &Bench) -> Section {
    let mut table = table();
    let rows = &bench.contention;
    table.set_header(std::iter::once("").chain(COUNTED.iter().map(|(heading, _)| *heading)));
    for row in rows {
        let cells = COUNTED.iter().map(|(_, cell)| cell(row));
        table.add_row(std::iter::once(row.contender.clone()).chain(cells));
    }
    let size = rows.first().map_or(0, |row| row.operations);
    Section {
        title: format!("Contention in one iteration of {size} operations{}", label(bench.driver)),
        body: format!(
            "{}\n\n{} threads; the mean of {} runs, and the least and the most where they differ; waits of all runs. \
             `report-global` and\n`associated-object` have the report's four hooks. The other strategies lock every call that \
             opens, encodes, ends, frees or\ncommits, so they count more acquisitions of the same work; a free on the GPU's \
             thread may come after the count. There is no\nratio to no guard: without a guard nothing is acquired.",
            right_aligned(table),
            bench.options.counted_threads,
            bench.options.iterations
        ),
    }
}

/// A time; none where nobody waited.
fn wait(waits: &Waits, nanoseconds: u64) -> String {
    if waits.count == 0 { NONE.to_owned() } else { waits::time(nanoseconds) }
}

pub(super) fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table
}

pub(super) fn right_aligned(mut table: Table) -> Table {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// `10,386 ± 351`.
pub(super) fn mean_deviation(spread: &Spread) -> String {
    match spread.deviation {
        Some(deviation) => format!("{} ± {}", thousands(spread.mean), thousands(deviation)),
        None => thousands(spread.mean),
    }
}

/// A count that may be the same in all runs.
pub(super) fn count(spread: &Spread) -> String {
    let Spread { mean, min, max, .. } = *spread;
    if min < max {
        format!("{} ({}-{})", decimal(mean), thousands(min), thousands(max))
    } else {
        thousands(mean)
    }
}

/// A small number with its first decimal.
pub(super) fn decimal(number: f64) -> String {
    if number < 100.0 { format!("{number:.1}") } else { thousands(number) }
}

/// `0.98 (0.95-1.02)`.
pub(super) fn ratio(ratio: &Ratio) -> String {
    match ratio.interval {
        Some([low, high]) => format!("{:.2} ({low:.2}-{high:.2})", ratio.ratio),
        None => format!("{:.2}", ratio.ratio),
    }
}

fn words(ratio: &Ratio) -> String {
    let percent = 100.0 * (ratio.ratio - 1.0).abs();
    match ratio.verdict {
        Verdict::NoDifference => "no difference".to_owned(),
        Verdict::Less => format!("{percent:.1} % less"),
        Verdict::More => format!("{percent:.1} % more"),
        Verdict::Unknown => "one round, unknown".to_owned(),
    }
}

/// A number from 0 on, rounded, with a comma every three digits, as the report has it.
pub(super) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let groups = rest.as_bytes().chunks(3).map(|group| str::from_utf8(group).unwrap_or_default());
    std::iter::once(head).filter(|head| !head.is_empty()).chain(groups).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
#[path = "render_tests.rs"]
pub(super) mod tests;
