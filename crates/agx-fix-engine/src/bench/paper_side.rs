//! The report's figures, with those of this run and of the fitted model beside them.

use super::figures::{COUNTS, ReportCounts, ReportRow, THROUGHPUT};
use super::model::{Fit, bound, fit};
use super::render::{Section, label};
use crate::grid::Grid;
use crate::numbers::{NONE, count, mean_deviation, thousands};
use agx_fix_interface::bench::{Bench, Contention, Spread};

const GLOBAL: &str = "report-global";
const PER_ENCODER: &str = "associated-object";

/// What of the report was measured in this run.
pub fn sections(bench: &Bench) -> Vec<Section> {
    let counts = counts(bench).map(|grid| Section {
        title: format!("Beside the report: statistics of one iteration{}", label(bench.provenance.driver)),
        grid,
        note: "8 threads x 50 operations, the report's four hooks.".to_owned(),
    });
    let throughput = Section {
        title: format!(
            "Beside the report: throughput, operations a second{}",
            label(bench.provenance.driver)
        ),
        grid: throughput(bench),
        note: note(bench),
    };
    counts.into_iter().chain([throughput]).collect()
}

/// A line of the counts: its label, the report's figure, and ours.
type Line = (&'static str, fn(&ReportCounts) -> u64, fn(&Contention) -> &Spread);

/// `None` where the size is not the report's.
fn counts(bench: &Bench) -> Option<Grid> {
    let here = |report: &ReportCounts| {
        bench.contention.iter().find(|row| row.contender == report.contender && row.operations == 400)
    };
    let both: Vec<(&ReportCounts, &Contention)> =
        COUNTS.iter().filter_map(|report| Some((report, here(report)?))).collect();
    if both.is_empty() {
        return None;
    }
    let names = both.iter().flat_map(|(report, _)| {
        [format!("{}: report", report.contender), format!("{}: here", report.contender)]
    });
    let mut grid = Grid::new(std::iter::once(String::new()).chain(names));
    let lines: [Line; 3] = [
        ("acquisitions", |report| report.acquisitions, |here| &here.acquisitions),
        ("contentions", |report| report.contentions, |here| &here.contentions),
        ("mutexes created", |report| report.mutex_creations, |here| &here.mutex_creations),
    ];
    for (label, report, here) in lines {
        let cells = both.iter().flat_map(|(one, other)| [thousands(report(one) as f64), count(here(other))]);
        grid.add_row(std::iter::once(label.to_owned()).chain(cells));
    }
    Some(grid)
}

/// The report's rows, threads down.
fn throughput(bench: &Bench) -> Grid {
    let mut grid = Grid::new(["threads", "global: report", "here", "per encoder: report", "here", "model"]);
    let here = |name: &str, threads: usize| {
        let row = bench.throughput.iter().find(|row| row.contender == name && row.threads == threads);
        row.map_or(NONE.to_owned(), |row| mean_deviation(&row.ops_per_second))
    };
    let report = |(mean, deviation): (f64, f64)| format!("{} ± {}", thousands(mean), thousands(deviation));
    for ReportRow { threads, global, per_encoder } in &THROUGHPUT {
        let model = bench.gpu.as_ref().map(|gpu| thousands(bound(gpu, &bench.options.shape, *threads)));
        grid.add_row([
            threads.to_string(),
            report(*global),
            here(GLOBAL, *threads),
            report(*per_encoder),
            here(PER_ENCODER, *threads),
            model.unwrap_or(NONE.to_owned()),
        ]);
    }
    grid
}

/// What the comparison is worth.
fn note(bench: &Bench) -> String {
    let machines = "The report's machine: Mac16,5 (M4 Max, 40 GPU cores), macOS 15.7.3, PyTorch 2.9.1a0.";
    if bench.gpu.is_none() {
        return machines.to_owned();
    }
    let Fit { cycle, service } = fit();
    format!(
        "{machines} Figures here are simulated: that\nthey resemble the report's is the fit and no finding. `model` is the \
         most that its constants allow; what is below it is this\nmachine's own time. The fit: min(threads / {:.1} us, 1 / \
         {:.1} us), least squares of the logarithms over the ten means above.\nWhat it leaves, model to report: {}.",
        1e6 * cycle,
        1e6 * service,
        residuals().join("; ")
    )
}

/// By threads, of both variants.
fn residuals() -> Vec<String> {
    let fit = fit();
    let percent = |row: &ReportRow, mean: f64| 100.0 * (fit.throughput(row.threads) / mean - 1.0);
    let text = |row: &ReportRow| {
        let [global, per_encoder] = [row.global.0, row.per_encoder.0].map(|mean| percent(row, mean));
        format!("{}: {global:+.1} %, {per_encoder:+.1} %", row.threads)
    };
    THROUGHPUT.iter().map(text).collect()
}
