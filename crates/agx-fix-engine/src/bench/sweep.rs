//! The sweep for people: every shape, the best one, and on what its factor rests.

use super::file::{Bench, GpuModel, Shape, Step, Sweep};
use super::model::{bound, maximum};
use crate::grid::{Grid, Section};
use crate::numbers::{NONE, decimal, mean_deviation, percent, ratio, thousands};

/// The columns of a sweep's table.
const COLUMNS: [&str; 9] = [
    "varied",
    "dispatches",
    "encoders",
    "tensors",
    "queues",
    "work a second",
    "factor",
    "model",
    "of maximum",
];

/// Every shape of the sweep, and the best one.
pub fn section(bench: &Bench, sweep: &Sweep) -> Section {
    let mut grid = Grid::new(COLUMNS);
    sweep.steps.iter().for_each(|step| grid.add_row(row(step)));
    let note = format!(
        "Preset {}, {} threads, mean ± standard deviation of {} rounds. Dispatches are in an encoder, encoders in a \
         command\nbuffer, tensors input x hidden. Work is in operations of the first shape, by floating-point operations; the \
         factor is to\nthe first shape, with interval as above. `model` is the most that the modelled GPU allows, `of \
         maximum` the share of what\nit would do if it computed and did nothing else.\n\n{}",
        sweep.contender,
        sweep.threads,
        sweep.rounds,
        conclusion(bench, sweep)
    );
    let label = bench.provenance.driver.label();
    Section { title: format!("Sweep: what the paper's advice is worth{label}"), grid, note }
}

fn row(step: &Step) -> [String; 9] {
    let Shape { input, hidden, dispatches, encoders, queues, .. } = step.shape;
    [
        step.varied.clone(),
        dispatches.to_string(),
        encoders.to_string(),
        format!("{input} x {hidden}"),
        queues.to_string(),
        mean_deviation(&step.work),
        ratio(&step.factor),
        step.predicted.map_or(NONE.to_owned(), thousands),
        step.share_of_maximum.map_or(NONE.to_owned(), percent),
    ]
}

fn conclusion(bench: &Bench, sweep: &Sweep) -> String {
    let (first, best) = (&sweep.steps[0], &sweep.steps[sweep.best]);
    let Shape { input, hidden, dispatches, encoders, queues, .. } = best.shape;
    let mut text = format!(
        "Best of {} shapes{}: {dispatches} dispatches in an encoder, {encoders} encoders in a command buffer, tensors {input} x \
         {hidden}, {queues} queues:\n{} of the paper's shape",
        sweep.steps.len(),
        bench.provenance.driver.label(),
        ratio(&best.factor),
    );
    match (&bench.gpu, best.share_of_maximum, first.share_of_maximum) {
        (Some(gpu), Some(reached), Some(before)) => {
            let most = thousands(maximum(gpu, &first.shape));
            let (reached, before) = (percent(reached), percent(before));
            text.push_str(&format!(
                ", and {reached} of the modelled GPU's maximum of {most} (the paper's shape: {before}).\n\n"
            ));
            text.push_str(&what_it_rests_on(gpu, &first.shape, &best.shape, sweep.threads));
        }
        _ => text.push_str(".\n"),
    }
    text
}

/// The model with all of a queue's and the device's time in one place, and the factor that it then allows.
fn what_it_rests_on(gpu: &GpuModel, first: &Shape, best: &Shape, threads: usize) -> String {
    let (encoders, dispatches) = (first.encoders as f64, (first.encoders * first.dispatches) as f64);
    let arithmetic = 1e-6 * gpu.flop_ps * first.flops() as f64 * dispatches / 2.0;
    let all = gpu.buffer_us + encoders * gpu.encoder_us + dispatches * gpu.dispatch_us + arithmetic;
    let nothing = GpuModel { buffer_us: 0.0, encoder_us: 0.0, dispatch_us: 0.0, flop_ps: 0.0, ..*gpu };
    let only = [
        ("for command buffers", GpuModel { buffer_us: all, ..nothing }),
        ("for encoders", GpuModel { encoder_us: all / encoders, ..nothing }),
        ("for dispatches", GpuModel { dispatch_us: all / dispatches, ..nothing }),
        ("arithmetic", GpuModel { flop_ps: gpu.flop_ps * all / arithmetic, ..nothing }),
    ];
    let size = best.flops() as f64 / first.flops() as f64;
    let factors = only.map(|(what, model)| {
        let factor = size * bound(&model, best, threads) / bound(&model, first, threads);
        format!("{} if it all were {what}", decimal(factor))
    });
    format!(
        "The factor is no finding about a real GPU: it follows from how the modelled GPU's time is divided, which the paper \
         does\nnot tell. For this shape the model allows a factor of\n{}.\n",
        factors.join(",\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::model::fitted;

    #[test]
    fn the_factor_depends_on_where_the_time_goes() {
        let first = Shape::SMALL;
        let best = Shape { dispatches: 16, encoders: 8, ..first };
        let text = what_it_rests_on(&fitted(&first), &first, &best, 8);
        for part in [
            "1.0 if it all were arithmetic",
            "1.0 if it all were for dispatches,",
            "16.0 if it all were for encoders",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
