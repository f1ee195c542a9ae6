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
mod tests {
    use super::*;
    use crate::bench::file::{Contention, Options};
    use crate::bench::fixture::bench;
    use crate::provenance::{Driver, Provenance};

    fn assert_has(text: &str, parts: &[&str]) {
        for part in parts {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
    }

    #[test]
    fn the_tables_and_what_they_say_are_there() {
        let text = render(&bench());
        assert_has(
            &text,
            &[
                "a processor, 2 cores",
                "commit abc",
                "load:    0.25 ",
                "1,192 ± 57", // 50 operations in 0.040, 0.042 and 0.044 s
                "0.50 (0.50-0.50)",
                "1.00 (1.00-1.00) =",
                "| associated-object |        2,400 |",
                "1.0 (0-2)",
                "1.2 us |",
                "0.04 %",
                "Of 4 intervals,\n0.2 miss",
                "n = 3 rounds, 500 resamples, seed 1.",
            ],
        );
        let widest = text.lines().filter(|line| line.starts_with('|')).map(|line| line.chars().count()).max();
        assert!(widest.is_some_and(|width| width <= 130), "tables fit a terminal: {widest:?}");
    }

    #[test]
    fn the_papers_figures_stand_beside_ours() {
        let text = render(&bench());
        assert_has(
            &text,
            &["10,386 ± 351", "associated-object: paper", "9,458", "1 / 105.7 us", "8: +6.0 %"],
        );
        let small = Bench { options: Options { ops: 7, ..bench().options }, ..bench() };
        let counts: Vec<Contention> =
            small.contention.iter().cloned().map(|row| Contention { operations: 56, ..row }).collect();
        let other = render(&Bench { contention: counts, ..small });
        assert!(!other.contains("statistics of one iteration"), "another size is not compared");
    }

    #[test]
    fn every_title_with_figures_says_simulated_and_none_on_a_mac() {
        let titles =
            |bench: &Bench| -> Vec<String> { sections(bench).into_iter().map(|it| it.title).collect() };
        let simulated = bench();
        let provenance = Provenance { driver: Driver::Metal, ..bench().provenance };
        let metal = Bench { provenance, gpu: None, ..bench() };
        assert!(titles(&simulated).iter().all(|title| title.contains("(simulated)")));
        assert!(titles(&metal).iter().all(|title| !title.contains("simulated")));
        assert!(!render(&metal).to_lowercase().contains("simulated"));
        assert!(markdown(&simulated).contains("SIMULATED"));
    }
}
