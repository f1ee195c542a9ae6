//! The sweep for people: every shape, the best one, and on what its factor rests.

use crate::bench::model::{bound, maximum};
use crate::bench::render::{Section, TAKES_ALL, label};
use crate::grid::Grid;
use crate::numbers::{NONE, decimal, mean_deviation, percent, ratio, thousands};
use agx_fix_interface::bench::{Bench, GpuModel, Shape, Step, Sweep};
use std::fmt::Write as _;

/// Every shape of the sweep, and the best one.
pub fn section(bench: &Bench, sweep: &Sweep) -> Section {
    Section {
        title: format!("Sweep: what the report's advice is worth{}", label(bench.provenance.driver)),
        grid: grid(sweep),
        note: note(bench, sweep),
    }
}

fn grid(sweep: &Sweep) -> Grid {
    let mut grid = Grid::new([
        "varied",
        "dispatches",
        "encoders",
        "tensors",
        "queues",
        "work a second",
        "factor",
        "model",
        "of maximum",
    ]);
    for step in &sweep.steps {
        grid.add_row(row(step));
    }
    grid
}

fn note(bench: &Bench, sweep: &Sweep) -> String {
    format!(
        "Strategy {}, {} threads, mean ± standard deviation of {} rounds. Dispatches are in an encoder, encoders in a \
         command\nbuffer, tensors input x hidden. Work is in operations of the first shape, by floating-point operations; the \
         factor is to\nthe first shape, with interval as above. `model` is the most that the modelled GPU allows, `of \
         maximum` the share of what\nit would do if it computed and did nothing else.\n\n{}",
        sweep.contender,
        sweep.threads,
        sweep.rounds,
        conclusion(bench, sweep)
    )
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
         {hidden}, {queues} queues:\n{} of the report's shape",
        sweep.steps.len(),
        label(bench.provenance.driver),
        ratio(&best.factor),
    );
    match (&bench.gpu, best.share_of_maximum, first.share_of_maximum) {
        (Some(gpu), Some(reached), Some(before)) => {
            let most = thousands(maximum(gpu, &first.shape));
            writeln!(
                text,
                ", and {} of the modelled GPU's maximum of {most} (the report's shape: {}).\n",
                percent(reached),
                percent(before)
            )
            .expect(TAKES_ALL);
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
        "The factor is no finding about a real GPU: it follows from how the modelled GPU's time is divided, which the report \
         does\nnot tell. For this shape the model allows a factor of\n{}.\n",
        factors.join(",\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::model::fitted;
    use crate::bench::shape_of;
    use agx_fix_workload::{Batching, Model};

    #[test]
    fn the_factor_depends_on_where_the_time_goes() {
        let first = shape_of(Model::SMALL, Batching::REPORT);
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
