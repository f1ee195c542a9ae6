//! The sweep: what more work in an encoder or command buffer, larger tensors and more queues are worth.

use super::throughput::bar;
use crate::report::chart::{Chart, Intervals, Mark, Row, Scale, Unit};
use crate::report::page::{Figure, Section};
use crate::report::runs::{Run, Runs};
use agx_fix_engine::bench;
use agx_fix_engine::numbers::{mean_deviation, ratio};
use agx_fix_engine::bench::{Bench, Shape, Step, Sweep};

pub(super) fn section(runs: &Runs) -> Option<Section> {
    let mut section = Section::new("sweep", "Sweep over shapes of work");
    for run in &runs.bench {
        if let Some(sweep) = &run.result.sweep {
            one(&mut section, run, sweep);
        }
    }
    (!section.parts.is_empty()).then_some(section)
}

fn one(section: &mut Section, run: &Run<Bench>, sweep: &Sweep) {
    let part = bench::sweep::section(&run.result, sweep);
    let title = format!("{}{}", part.title, run.of());
    let chart = Chart::Intervals(Intervals {
        title: title.clone(),
        axis: "work a second".to_owned(),
        scale: Scale::from_zero(sweep.steps.iter().flat_map(figures), Unit::Count),
        reference: None,
        stems: true,
        rows: sweep
            .steps
            .iter()
            .enumerate()
            .map(|(number, step)| row(run.series, step, number == sweep.best))
            .collect(),
    });
    section.figure(Figure {
        note: "Work a second, mean ± standard deviation of the rounds, with the factor to the first shape; the stroke is the most \
               that the modelled GPU allows. Shapes are named by d dispatches in an encoder, e encoders in a command buffer, w \
               inputs of the tensors, q queues. The best one is in bold."
            .to_owned(),
        legend: Vec::new(),
        charts: vec![chart],
        grid: Some(part.grid),
        title,
    });
    // Paragraphs are parted by an empty line.
    part.note.split("\n\n").for_each(|paragraph| section.text(paragraph));
}

fn figures(step: &Step) -> [f64; 2] {
    [bar(&step.work)[1], step.predicted.unwrap_or(0.0)]
}

fn row(series: usize, step: &Step, best: bool) -> Row {
    let Shape { input, dispatches, encoders, queues, .. } = step.shape;
    let [low, high] = bar(&step.work);
    let mark = Mark {
        series,
        value: step.work.mean,
        low,
        high,
        stroke: step.predicted,
        hollow: !best,
        said: format!("{}, factor {}", mean_deviation(&step.work), ratio(&step.factor)),
        short: format!("{:.2}", step.factor.ratio),
    };
    Row { label: format!("d{dispatches} e{encoders} w{input} q{queues}"), strong: best, marks: vec![mark] }
}
