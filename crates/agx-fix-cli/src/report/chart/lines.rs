//! Figures by steps, from left to right, with error bars, joined by lines.

use super::marks::{class, standing};
use super::{GAP, Mark, Scale, WIDTH, at, line, room, text};
use maud::{Markup, html};

/// Series over the same steps.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    pub(crate) title: String,
    /// What the steps are.
    pub(crate) axis: String,
    /// The steps, at equal distances whatever they are.
    pub(crate) steps: Vec<String>,
    pub(crate) scale: Scale,
    /// Something to compare with, a figure for each step.
    pub(crate) reference: Vec<Option<f64>>,
    pub(crate) lines: Vec<Line>,
}

/// A series: a mark for each step, where it has one.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) series: usize,
    pub(crate) marks: Vec<Option<Mark>>,
}

/// Of the drawing.
pub(super) const HEIGHT: f64 = 220.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = HEIGHT - 38.0;
const RIGHT: f64 = WIDTH - 10.0;
/// Between marks of different series at one step.
const BESIDE: f64 = 8.0;

impl Lines {
    pub(super) fn description(&self) -> String {
        let of = |line: &Line| -> Vec<String> {
            let marks = line.marks.iter().zip(&self.steps);
            marks.filter_map(|(mark, step)| Some(format!("{step}: {}", mark.as_ref()?.said))).collect()
        };
        let lines: Vec<String> = self.lines.iter().map(|line| of(line).join("; ")).collect();
        format!("By {}. {}.", self.axis, lines.join(". "))
    }

    pub(super) fn draw(&self) -> Markup {
        let y = |place: f64| BOTTOM - place * (BOTTOM - TOP);
        let ticks = self.scale.ticks(|_| 0.12);
        let left = room(ticks.iter().map(|tick| tick.label.as_str())) + GAP;
        let x = |step: usize| left + (step as f64 + 0.5) * (RIGHT - left) / self.steps.len().max(1) as f64;
        html! {
            @for tick in &ticks {
                (line("grid", [left, y(tick.place)], [RIGHT, y(tick.place)]))
                (text("tick end", [left - GAP, y(tick.place) + 4.0], &tick.label))
            }
            @for (number, step) in self.steps.iter().enumerate() {
                @if self.labelled(number, (RIGHT - left) / self.steps.len() as f64) {
                    (text("tick middle", [x(number), BOTTOM + 15.0], step))
                }
            }
            (text("axis middle", [f64::midpoint(left, RIGHT), BOTTOM + 31.0], &self.axis))
            polyline class="reference" points=(self.points(&self.reference, x, y)) {}
            @for (number, line) in self.lines.iter().enumerate() {
                @let beside = BESIDE * (number as f64 - (self.lines.len() as f64 - 1.0) / 2.0);
                @let x = |step: usize| x(step) + beside;
                @let values: Vec<Option<f64>> = line.marks.iter().map(|it| Some(it.as_ref()?.value)).collect();
                g class=(class(line.series)) { polyline class="path" points=(self.points(&values, x, y)) {} }
                @for (step, mark) in line.marks.iter().enumerate() {
                    @if let Some(mark) = mark { (standing(mark, &self.scale, x(step), y)) }
                }
            }
        }
    }

    /// Every step's label, or every other one, or fewer, as there is room.
    fn labelled(&self, step: usize, distance: f64) -> bool {
        let wanted = room(self.steps.iter().map(String::as_str)) + GAP;
        step.is_multiple_of((wanted / distance).ceil().max(1.0) as usize)
    }

    fn points(&self, values: &[Option<f64>], x: impl Fn(usize) -> f64, y: impl Fn(f64) -> f64) -> String {
        let points = values.iter().enumerate().filter_map(|(step, value)| {
            Some(format!("{},{}", at(x(step)), at(y(self.scale.place((*value)?)))))
        });
        points.collect::<Vec<_>>().join(" ")
    }
}
