//! `agx-fix bench --sweep`: the report's advice for more throughput, measured. More dispatches in an encoder, more encoders
//! in a command buffer, larger tensors, more command queues; each alone, and combined.
//!
//! `plan` has the shapes.
//!
//! Shapes are compared by the arithmetic they get done, in operations of the report's shape: a larger tensor is more work.

mod plan;

use super::args::{Args, config};
use super::runs::Runner;
use agx_fix_engine::bench::interval::{Pair, ratio, spread};
use agx_fix_engine::bench::model::{bound, maximum};
use agx_fix_engine::contender::Contender;
use agx_fix_engine::run::Stop;
use agx_fix_engine::session::progress;
use agx_fix_interface::bench::{Bench, Shape, Step, Sweep};
use agx_fix_terms::Preset;
use plan::{Planned, plan};

/// Command buffers that each thread has at least, so that beginning and end of a run count little.
const LEAST_BUFFERS: usize = 4;

/// Runs all shapes, round by round.
pub(super) fn run(runner: &Runner<'_>, args: &Args, bench: &Bench) -> Result<Sweep, Stop> {
    let options = &bench.options;
    let plan = plan(&options.shape);
    let entry = entry(args);
    let mut samples = vec![Vec::new(); plan.len()];
    let progress = progress(u64::from(options.iterations) * plan.len() as u64);
    for round in 0..options.iterations {
        let seed = options.seed.wrapping_add(round.into());
        for (Planned { varied, shape }, samples) in plan.iter().zip(&mut samples) {
            progress.set_message(format!("sweep: {varied}"));
            let outcome = runner
                .run(entry, &config(shape, options.counted_threads, operations(shape, options.ops), seed))?;
            let flops = outcome.operations as f64 * shape.flops() as f64;
            samples.push(flops / options.shape.flops() as f64 / outcome.seconds);
            progress.inc(1);
        }
    }
    progress.finish_and_clear();
    Ok(sweep(entry, bench, plan, samples))
}

/// The library's default, or the first strategy that was asked for.
fn entry(args: &Args) -> Contender {
    let mut entries = args.entries().into_iter().skip(1);
    let default = Contender::Guarded(Preset::default());
    if args.entries().contains(&default) { default } else { entries.next().unwrap_or(default) }
}

/// At least as many as asked for, in whole command buffers.
fn operations(shape: &Shape, wanted: usize) -> usize {
    let whole = config(shape, 1, 1, 0).batching.operations().expect("the plan has whole operations");
    wanted.max(LEAST_BUFFERS * whole).next_multiple_of(whole)
}

fn sweep(entry: Contender, bench: &Bench, plan: Vec<Planned>, samples: Vec<Vec<f64>>) -> Sweep {
    let (threads, first) = (bench.options.counted_threads, bench.options.shape);
    let baseline = samples[0].clone();
    let step = |(Planned { varied, shape }, samples): (Planned, Vec<f64>)| {
        let pairs: Vec<Pair> = baseline.iter().copied().zip(samples.iter().copied()).collect();
        let work = spread(&samples);
        let size = shape.flops() as f64 / first.flops() as f64;
        Step {
            varied,
            work,
            factor: ratio(&pairs, &bench.method),
            predicted: bench.gpu.map(|gpu| size * bound(&gpu, &shape, threads)),
            share_of_maximum: bench.gpu.map(|gpu| work.mean / maximum(&gpu, &first)),
            shape,
            samples,
        }
    };
    let steps: Vec<Step> = plan.into_iter().zip(samples).map(step).collect();
    let by_work = |one: &usize, other: &usize| steps[*one].work.mean.total_cmp(&steps[*other].work.mean);
    let best = (0..steps.len()).max_by(by_work).expect("the report's shape is there");
    Sweep { contender: entry.name().to_owned(), threads, rounds: bench.options.iterations, steps, best }
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_engine::bench::shape_of;
    use agx_fix_workload::{Batching, Model};

    #[test]
    fn runs_have_whole_command_buffers_and_several_of_them() {
        let first = shape_of(Model::SMALL, Batching::REPORT);
        assert_eq!(operations(&first, 50), 50);
        let many = Shape { dispatches: 16, encoders: 8, ..first };
        assert_eq!(operations(&many, 50), 256);
        assert_eq!(operations(&Shape { dispatches: 4, ..first }, 50), 52);
    }
}
