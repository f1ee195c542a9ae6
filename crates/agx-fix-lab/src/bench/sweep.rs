//! `agx-fix-lab bench --sweep`: the paper's advice for more throughput, measured. More dispatches in an encoder, more encoders
//! in a command buffer, larger tensors, more command queues; each alone, and combined.
//!
//! Shapes are compared by the arithmetic they get done, in operations of the paper's shape: a larger tensor is more work.

use super::args::{Args, config};
use super::runs::Runner;
use agx_fix_engine::bench::file::{Bench, Shape, Step, Sweep};
use agx_fix_engine::bench::interval::{Pair, ratio, spread};
use agx_fix_engine::bench::model::{bound, maximum};
use agx_fix_engine::contender::Contender;
use agx_fix_engine::run::Stop;
use agx_fix_engine::session::in_turn;
use agx_fix_terms::Preset;

/// Command buffers that each thread has at least, so that beginning and end of a run count little.
const LEAST_BUFFERS: usize = 4;

/// One piece of advice: its name, its values, and how a shape takes one.
struct Axis {
    name: &'static str,
    values: &'static [usize],
    set: fn(&mut Shape, usize),
}

const AXES: [Axis; 4] = [
    Axis {
        name: "dispatches per encoder",
        values: &[2, 4, 8, 16],
        set: |shape, value| shape.dispatches = value,
    },
    Axis { name: "encoders per buffer", values: &[4, 8], set: |shape, value| shape.encoders = value },
    Axis {
        name: "width of the tensors",
        values: &[2, 4],
        set: |shape, value| {
            shape.input *= value;
            shape.hidden *= value;
        },
    },
    Axis { name: "command queues", values: &[2, 4], set: |shape, value| shape.queues = value },
];

/// A shape, and what is varied in it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Planned {
    varied: String,
    shape: Shape,
}

/// All shapes, `first` before the others. Combinations take the last value of each of their axes.
fn plan(first: &Shape) -> Vec<Planned> {
    let mut plan = vec![Planned { varied: "the paper's shape".to_owned(), shape: *first }];
    for axis in &AXES {
        plan.extend(axis.values.iter().map(|&value| {
            let mut shape = *first;
            (axis.set)(&mut shape, value);
            Planned { varied: axis.name.to_owned(), shape }
        }));
    }
    let sets = 1..1usize << AXES.len();
    let combinations = sets.filter(|set| set.count_ones() > 1).map(|set| combination(first, set));
    plan.extend(combinations);
    plan
}

/// The axes whose bits are set.
fn combination(first: &Shape, set: usize) -> Planned {
    let mut shape = *first;
    let axes = AXES.iter().enumerate().filter(|(bit, _)| set & (1 << bit) != 0).map(|(_, axis)| axis);
    for axis in axes {
        (axis.set)(&mut shape, axis.values[axis.values.len() - 1]);
    }
    let varied = if set.count_ones() as usize == AXES.len() { "all four" } else { "a combination" };
    Planned { varied: varied.to_owned(), shape }
}

/// Runs all shapes, round by round.
pub(super) fn run(runner: &Runner<'_>, args: &Args, bench: &Bench) -> Result<Sweep, Stop> {
    let (options, contender) = (&bench.options, contender(args));
    let mut rows: Vec<(Planned, Vec<f64>)> =
        plan(&options.shape).into_iter().map(|planned| (planned, Vec::new())).collect();
    let name = |(planned, _): &(Planned, Vec<f64>)| format!("sweep: {}", planned.varied);
    in_turn(&mut rows, options.iterations, name, |(Planned { shape, .. }, samples), round| {
        let (seed, ops) = (options.seed.wrapping_add(round.into()), operations(shape, options.ops));
        let outcome = runner.run(contender, &config(shape, options.counted_threads, ops, seed))?;
        let flops = outcome.operations as f64 * shape.flops() as f64;
        samples.push(flops / options.shape.flops() as f64 / outcome.seconds);
        Ok(())
    })?;
    Ok(sweep(contender, bench, rows))
}

/// The library's default, or the first preset that was asked for.
fn contender(args: &Args) -> Contender {
    let (default, all) = (Contender::Guarded(Preset::default()), args.contenders());
    if all.contains(&default) { default } else { all.get(1).copied().unwrap_or(default) }
}

/// At least as many as asked for, in whole command buffers.
fn operations(shape: &Shape, wanted: usize) -> usize {
    let whole = config(shape, 1, 1, 0).batching.operations().expect("the plan has whole operations");
    wanted.max(LEAST_BUFFERS * whole).next_multiple_of(whole)
}

fn sweep(contender: Contender, bench: &Bench, rows: Vec<(Planned, Vec<f64>)>) -> Sweep {
    let (threads, first) = (bench.options.counted_threads, bench.options.shape);
    let baseline = rows[0].1.clone();
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
    let steps: Vec<Step> = rows.into_iter().map(step).collect();
    let by_work = |one: &usize, other: &usize| steps[*one].work.mean.total_cmp(&steps[*other].work.mean);
    let best = (0..steps.len()).max_by(by_work).expect("the paper's shape is there");
    Sweep { contender: contender.name().to_owned(), threads, rounds: bench.options.iterations, steps, best }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn runs_have_whole_command_buffers_and_several_of_them() {
        let first = Shape::SMALL;
        assert_eq!(operations(&first, 50), 50);
        let many = Shape { dispatches: 16, encoders: 8, ..first };
        assert_eq!(operations(&many, 50), 256);
        assert_eq!(operations(&Shape { dispatches: 4, ..first }, 50), 52);
    }

    #[test]
    fn every_shape_is_there_once_and_can_be_run() {
        let first = Shape::SMALL;
        let plan = plan(&first);
        assert_eq!(plan[0].shape, first);
        assert_eq!(plan.len(), 1 + 10 + 11);
        let mut seen = HashSet::new();
        for Planned { shape, .. } in &plan {
            assert!(seen.insert(format!("{shape:?}")), "{shape:?} twice");
            assert!(config(shape, 8, 50, 1).batching.operations().is_some(), "{shape:?}");
        }
        let all = plan.last().unwrap();
        assert_eq!((all.varied.as_str(), all.shape.dispatches, all.shape.encoders), ("all four", 16, 8));
        assert_eq!((all.shape.input, all.shape.queues), (4 * first.input, 4));
    }
}
