//! The sweep: what more work in an encoder or command buffer, larger tensors and more queues are worth.

use super::throughput::error_bar;
use crate::report::chart::{Chart, Intervals, Mark, Row, Scale, Unit};
use crate::report::page::{Figure, Section};
use crate::report::runs::{Run, Runs};
use agx_fix_engine::bench::file::{Bench, Shape, Step, Sweep};
use agx_fix_engine::bench::sweep;
use agx_fix_engine::numbers::{mean_deviation, ratio};

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
    let part = sweep::section(&run.result, sweep);
    let title = format!("{}{}", part.title, run.of());
    let ends = |step: &Step| [error_bar(&step.work)[1], step.predicted.unwrap_or(0.0)];
    let scale = Scale::from_zero(sweep.steps.iter().flat_map(ends), Unit::Count);
    let steps = sweep.steps.iter().enumerate();
    let rows = steps.map(|(number, step)| row(run.series, step, number == sweep.best)).collect();
    let chart = Intervals { stems: true, ..Intervals::new(title.clone(), "work a second", scale, rows) };
    section.figure(Figure {
        note: "Work a second, mean ± standard deviation of the rounds, with the factor to the first shape; the stroke is the most \
               that the modelled GPU allows. Shapes are named by d dispatches in an encoder, e encoders in a command buffer, w \
               inputs of the tensors, q queues. The best one is in bold."
            .to_owned(),
        legend: Vec::new(),
        charts: vec![Chart::Intervals(chart)],
        grid: Some(part.grid),
        title,
    });
    // Paragraphs are parted by an empty line.
    part.note.split("\n\n").for_each(|paragraph| section.text(paragraph));
}

fn row(series: usize, step: &Step, best: bool) -> Row {
    let Shape { input, dispatches, encoders, queues, .. } = step.shape;
    let said = format!("{}, factor {}", mean_deviation(&step.work), ratio(&step.factor));
    let mark = Mark {
        stroke: step.predicted,
        hollow: !best,
        short: format!("{:.2}", step.factor.ratio),
        ..Mark::between(series, step.work.mean, error_bar(&step.work), said)
    };
    Row { label: format!("d{dispatches} e{encoders} w{input} q{queues}"), strong: best, marks: vec![mark] }
}
