//! The paper's figures, with those of this run and of the fitted model beside them.

use super::file::{Bench, Contention};
use super::model::{COUNTS, Fit, PaperRow, THROUGHPUT, bound, fit};
use crate::grid::{Grid, Section};
use crate::numbers::{NONE, count, mean_deviation, thousands};

/// What of the paper was measured in this run.
pub fn sections(bench: &Bench) -> Vec<Section> {
    let label = bench.provenance.driver.label();
    let counts = counts(bench).map(|grid| Section {
        title: format!("Beside the paper: statistics of one iteration{label}"),
        grid,
        note: "8 threads x 50 operations, the paper's four hooks.".to_owned(),
    });
    let throughput = Section {
        title: format!("Beside the paper: throughput, operations a second{label}"),
        grid: throughput(bench),
        note: note(bench),
    };
    counts.into_iter().chain([throughput]).collect()
}

/// `None` where the size is not the paper's.
fn counts(bench: &Bench) -> Option<Grid> {
    let here =
        |name: &str| bench.contention.iter().find(|row| row.contender == name && row.operations == 400);
    let both: Vec<(&str, [u64; 3], &Contention)> =
        COUNTS.iter().filter_map(|(name, paper)| Some((*name, *paper, here(name)?))).collect();
    if both.is_empty() {
        return None;
    }
    let mut grid = Grid::labelled(
        both.iter().flat_map(|(name, ..)| [format!("{name}: paper"), format!("{name}: here")]),
    );
    for (line, label) in ["acquisitions", "contentions", "mutexes created"].into_iter().enumerate() {
        let cells = both.iter().flat_map(|(_, paper, here)| {
            let here = [&here.acquisitions, &here.contentions, &here.mutex_creations][line];
            [thousands(paper[line] as f64), count(here)]
        });
        grid.add(label, cells);
    }
    Some(grid)
}

/// The paper's rows, threads down.
fn throughput(bench: &Bench) -> Grid {
    let mut grid = Grid::new(["threads", "global: paper", "here", "per encoder: paper", "here", "model"]);
    let here = |name: &str, threads: usize| {
        let row = bench.throughput.iter().find(|row| row.contender == name && row.threads == threads);
        row.map_or(NONE.to_owned(), |row| mean_deviation(&row.ops_per_second))
    };
    let paper = |(mean, deviation): (f64, f64)| format!("{} ± {}", thousands(mean), thousands(deviation));
    let [(global_here, _), (per_encoder_here, _)] = COUNTS;
    for PaperRow { threads, global, per_encoder } in &THROUGHPUT {
        let model = bench.gpu.as_ref().map(|gpu| thousands(bound(gpu, &bench.options.shape, *threads)));
        grid.add_row([
            threads.to_string(),
            paper(*global),
            here(global_here, *threads),
            paper(*per_encoder),
            here(per_encoder_here, *threads),
            model.unwrap_or(NONE.to_owned()),
        ]);
    }
    grid
}

/// What the comparison is worth.
fn note(bench: &Bench) -> String {
    let machines = "The paper's machine: Mac16,5 (M4 Max, 40 GPU cores), macOS 15.7.3, PyTorch 2.9.1a0.";
    if bench.gpu.is_none() {
        return machines.to_owned();
    }
    let Fit { cycle, service } = fit();
    format!(
        "{machines} Figures here are simulated: that\nthey resemble the paper's is the fit and no finding. `model` is the \
         most that its constants allow; what is below it is this\nmachine's own time. The fit: min(threads / {:.1} us, 1 / \
         {:.1} us), least squares of the logarithms over the ten means above.\nWhat it leaves, model to paper: {}.",
        1e6 * cycle,
        1e6 * service,
        residuals().join("; ")
    )
}

/// By threads, of both variants.
fn residuals() -> Vec<String> {
    let fit = fit();
    let percent = |row: &PaperRow, mean: f64| 100.0 * (fit.throughput(row.threads) / mean - 1.0);
    let text = |row: &PaperRow| {
        let [global, per_encoder] = [row.global.0, row.per_encoder.0].map(|mean| percent(row, mean));
        format!("{}: {global:+.1} %, {per_encoder:+.1} %", row.threads)
    };
    THROUGHPUT.iter().map(text).collect()
}
