//! Charts as inline SVG: rows with a name, and marks with intervals on one axis. Colours and line widths are classes of
//! `style.css`, so that light, dark and print need one drawing. A series has a shape of its own beside its colour.

use agx_fix_engine::numbers::thousands;
use maud::{Markup, html};

/// Figures one below the other.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    pub(super) title: String,
    /// What the axis shows.
    pub(super) axis: &'static str,
    pub(super) scale: Scale,
    /// A figure to compare with: a line through all rows.
    pub(super) reference: Option<f64>,
    pub(super) rows: Vec<Row>,
}

/// A name, and a mark for each series that has one.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) marks: Vec<Mark>,
}

/// A figure with its interval.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Below [`MOST_SERIES`].
    pub(super) series: usize,
    pub(super) value: f64,
    /// The interval; of no length where there is none.
    pub(super) ends: [f64; 2],
    /// A second figure, shown as a stroke across.
    pub(super) stroke: Option<f64>,
    /// Drawn as an outline.
    pub(super) hollow: bool,
    /// The figure in few letters.
    pub(super) text: String,
}

/// Series that can be told apart.
pub(super) const MOST_SERIES: usize = SHAPES.len();

/// Outlines around (0, 0), about 9 units wide.
const SHAPES: [&str; 6] = [
    "M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0 -8.4 0z",
    "M-3.8 -3.8h7.6v7.6h-7.6z",
    "M0 -4.9L4.7 3.6H-4.7z",
    "M0 -5.3L5.3 0L0 5.3L-5.3 0z",
    "M0 4.9L4.7 -3.6H-4.7z",
    "M-2.5 -4.4h5L5 0L2.5 4.4h-5L-5 0z",
];

/// The drawing's width. A unit is about a pixel on a phone.
const WIDTH: f64 = 380.0;
/// The ends of the axis: its labels need room on the left, figures beside the marks on the right.
const ENDS: [f64; 2] = [30.0, 296.0];
/// The height of a line of text or marks.
const LINE: f64 = 17.0;
/// Between rows.
const GAP: f64 = 5.0;
impl Chart {
    pub(super) fn new(title: &str, axis: &'static str, scale: Scale, rows: Vec<Row>) -> Self {
        Self { title: title.to_owned(), axis, scale, reference: None, rows }
    }

    pub(super) fn draw(&self) -> Markup {
        let x = |value: f64| ENDS[0] + self.scale.place(value) * (ENDS[1] - ENDS[0]);
        let mut bottom = 0.0;
        let mut tops = Vec::new();
        for row in &self.rows {
            tops.push(bottom);
            bottom += GAP + LINE * (1 + row.marks.len()) as f64;
        }
        html! {
            div class="chart" {
                div class="panel" aria-hidden="true" { (self.title) }
                svg role="img" viewBox=(format!("0 0 {WIDTH} {}", bottom + 2.2 * LINE)) {
                    title { (self.title) }
                    desc { (self.description()) }
                    @for (value, label) in self.scale.ticks() {
                        (upright("grid", x(value), [0.0, bottom]))
                        (text("tick", "middle", [x(value), bottom + 0.8 * LINE], &label))
                    }
                    (text("tick", "middle", [f64::midpoint(ENDS[0], ENDS[1]), bottom + 1.8 * LINE], self.axis))
                    @if let Some(value) = self.reference { (upright("reference", x(value), [0.0, bottom])) }
                    @for (row, top) in self.rows.iter().zip(tops) {
                        (text("label", "start", [0.0, top + LINE - 3.0], &row.label))
                        @for (number, mark) in row.marks.iter().enumerate() {
                            @let y = top + LINE * (number as f64 + 1.5);
                            (mark.draw(x, y))
                            (text("figure", "end", [WIDTH, y + 4.0], &mark.text))
                        }
                    }
                }
            }
        }
    }

    /// All figures in words.
    fn description(&self) -> String {
        let figures =
            |row: &Row| row.marks.iter().map(|mark| mark.text.clone()).collect::<Vec<_>>().join("; ");
        self.rows.iter().map(|row| format!("{}: {}. ", row.label, figures(row))).collect()
    }
}

impl Mark {
    pub(super) const fn new(series: usize, value: f64, ends: [f64; 2], text: String) -> Self {
        Self { series, value, ends, stroke: None, hollow: false, text }
    }

    fn draw(&self, x: impl Fn(f64) -> f64, y: f64) -> Markup {
        let [low, high] = self.ends.map(&x);
        html! {
            g class=(class(self.series)) {
                @if low < high {
                    line class="whisker" x1=(at(low)) x2=(at(high)) y1=(at(y)) y2=(at(y)) {}
                    (upright("whisker", low, [y - 3.0, y + 3.0]))
                    (upright("whisker", high, [y - 3.0, y + 3.0]))
                }
                @if let Some(value) = self.stroke { (upright("whisker", x(value), [y - 6.0, y + 6.0])) }
                (shape(self.series, [x(self.value), y], self.hollow))
            }
        }
    }
}

/// How a series looks, for a legend.
pub(super) fn sample(series: usize) -> Markup {
    html! { svg class="sample" viewBox="0 0 12 12" aria-hidden="true" { g class=(class(series)) { (shape(series, [6.0; 2], false)) } } }
}

fn class(series: usize) -> String {
    format!("s{}", series % MOST_SERIES)
}

fn shape(series: usize, [x, y]: [f64; 2], hollow: bool) -> Markup {
    let class = if hollow { "mark hollow" } else { "mark" };
    let place = format!("translate({} {})", at(x), at(y));
    html! { path class=(class) transform=(place) d=(SHAPES[series % MOST_SERIES]) {} }
}

fn upright(class: &str, x: f64, [top, bottom]: [f64; 2]) -> Markup {
    html! { line class=(class) x1=(at(x)) x2=(at(x)) y1=(at(top)) y2=(at(bottom)) {} }
}

fn text(class: &str, anchor: &str, [x, y]: [f64; 2], words: &str) -> Markup {
    html! { text class=(class) text-anchor=(anchor) x=(at(x)) y=(at(y)) { (words) } }
}

/// A coordinate.
fn at(place: f64) -> String {
    format!("{place:.1}")
}

/// From figures, none of them below 0, to places on an axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// The ends, and the distance of two ticks.
    low: f64,
    high: f64,
    step: f64,
}

/// The largest figure that is drawn. A file can name any number; beyond this there are no digits left for ticks.
const MOST: f64 = 1e12;

impl Scale {
    /// From a round figure below all of `values` to one above them.
    pub(super) fn new(values: impl IntoIterator<Item = f64>) -> Self {
        let values = values.into_iter().map(sane);
        let ends = values.fold(None, |ends: Option<[f64; 2]>, value| {
            let [low, high] = ends.unwrap_or([value; 2]);
            Some([low.min(value), high.max(value)])
        });
        let [low, high] = ends.unwrap_or([0.0, 1.0]);
        let step = round_above(((high - low) / 3.0).max(0.02 * high).max(1e-4));
        let first = (low / step).floor();
        Self { low: first * step, high: (high / step).ceil().max(first + 1.0) * step, step }
    }

    /// Where a figure lies, from 0 to 1. What is beyond an end lies at that end.
    fn place(&self, value: f64) -> f64 {
        ((sane(value) - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Round figures with their labels.
    fn ticks(&self) -> Vec<(f64, String)> {
        let steps = ((self.high - self.low) / self.step).round() as u32;
        let values = (0..=steps).map(|number| self.low + f64::from(number) * self.step);
        values.map(|value| (value, label(value, self.step))).collect()
    }
}

/// A figure as a tick has it, where the next one is a `step` away.
fn label(value: f64, step: f64) -> String {
    match (-step.log10() - 1e-9).ceil().max(0.0) as usize {
        0 if value >= 1e7 => format!("{value:.2e}"),
        0 => thousands(value),
        decimals => format!("{value:.decimals$}"),
    }
}

fn sane(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, MOST) }
}

/// 1, 2 or 5 times a power of ten, and not below `least`.
fn round_above(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale) -> Vec<String> {
        scale.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_cover_the_figures() {
        assert_eq!(labels(&Scale::new([0.0, 8_035.0, 10_386.0])), ["0", "5,000", "10,000", "15,000"]);
        assert_eq!(labels(&Scale::new([0.93, 1.0, 1.04])), ["0.90", "0.95", "1.00", "1.05"]);
    }

    /// Whatever a file says.
    #[test]
    fn places_and_ticks_stay_on_the_axis() {
        let values = [0.0, -1.0, 1e-300, 0.999, 1.001, 1e300, f64::NAN, f64::INFINITY];
        for pair in values.iter().flat_map(|one| values.map(|other| [*one, other])) {
            let scale = Scale::new(pair);
            let mut labels = labels(&scale);
            let count = labels.len();
            labels.dedup();
            assert!((2..=6).contains(&count) && labels.len() == count, "{scale:?} {labels:?}");
            assert!(pair.iter().all(|it| (0.0..=1.0).contains(&scale.place(*it))), "{scale:?} {pair:?}");
        }
    }

    #[test]
    fn marks_lie_where_their_figures_are() {
        let mark = |series, ends, value| Mark::new(series, value, ends, "said".to_owned());
        let rows = vec![
            Row { label: "first".to_owned(), marks: vec![mark(0, [0.0, 0.5], 0.0), mark(1, [1.0; 2], 1.0)] },
            Row { label: "second".to_owned(), marks: vec![] },
        ];
        let scale = Scale::new([0.0, 1.0]);
        let chart = Chart { reference: Some(0.5), ..Chart::new("title", "axis", scale, rows) };
        let svg = chart.draw().into_string();
        for part in [
            // The first row's marks, one below the other; the interval has ends and a line.
            "<line class=\"whisker\" x1=\"30.0\" x2=\"163.0\" y1=\"25.5\" y2=\"25.5\">",
            &format!("transform=\"translate(30.0 25.5)\" d=\"{}\"", SHAPES[0]),
            &format!("transform=\"translate(296.0 42.5)\" d=\"{}\"", SHAPES[1]),
            "<line class=\"reference\" x1=\"163.0\" x2=\"163.0\"",
            "first: said; said. ",
        ] {
            assert!(svg.contains(part), "{part} is missing in {svg}");
        }
        assert_eq!(svg.matches("class=\"whisker\"").count(), 3);
    }
}
