//! Charts as inline SVG. Colours, fonts and line widths are classes of `style.css`, so that light, dark and print need one
//! drawing; nothing is told by colour alone: a series has a shape and a dash pattern of its own, and every row or panel has
//! its name.
//!
//! - `scale`: from figures to places; `marks`: what series look like;
//! - `intervals`: rows with a figure and its interval each; `lines`: figures by steps, with error bars.

mod intervals;
mod lines;
mod marks;
mod scale;

pub(super) use intervals::{Intervals, Row};
pub(super) use lines::{Line, Lines};
pub(super) use marks::{MOST_SERIES, sample};
pub(super) use scale::{Scale, Unit};

use maud::{Markup, html};

/// A figure with its interval.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    /// Which series it belongs to; below [`MOST_SERIES`].
    pub(super) series: usize,
    pub(super) value: f64,
    /// The interval; of no length where there is none.
    pub(super) low: f64,
    pub(super) high: f64,
    /// A second figure, shown as a stroke across.
    pub(super) stroke: Option<f64>,
    /// Drawn as an outline.
    pub(super) hollow: bool,
    /// In words, for those who do not see it.
    pub(super) said: String,
    /// In few letters, beside it; empty for none.
    pub(super) short: String,
}

impl Mark {
    /// With an interval.
    pub(super) fn between(series: usize, value: f64, [low, high]: [f64; 2], said: String) -> Self {
        Self { series, value, low, high, stroke: None, hollow: false, said, short: String::new() }
    }
}

/// One drawing with a name.
#[derive(Clone, Debug)]
pub(super) enum Chart {
    Intervals(Intervals),
    Lines(Lines),
}

impl Chart {
    pub(super) fn title(&self) -> &str {
        match self {
            Self::Intervals(it) => &it.title,
            Self::Lines(it) => &it.title,
        }
    }

    /// All figures in words.
    pub(super) fn description(&self) -> String {
        match self {
            Self::Intervals(it) => it.description(),
            Self::Lines(it) => it.description(),
        }
    }

    /// The drawing. `id` is its own on the page.
    pub(super) fn draw(&self, id: &str) -> Markup {
        let (height, inside) = match self {
            Self::Intervals(it) => (it.height(), it.draw()),
            Self::Lines(it) => (lines::HEIGHT, it.draw()),
        };
        html! {
            svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img"
                aria-labelledby=(format!("{id}-title")) aria-describedby=(format!("{id}-text"))
            {
                title id=(format!("{id}-title")) { (self.title()) }
                desc id=(format!("{id}-text")) { (self.description()) }
                (inside)
            }
        }
    }
}

/// Width of every drawing. A unit is about a pixel on a phone.
const WIDTH: f64 = 380.0;
/// How wide a character may be, with the widest of the usual fonts.
const CHARACTER: f64 = 7.3;
/// Between a label and what it belongs to.
const GAP: f64 = 8.0;

/// Room for the longest of some labels.
fn room<'a>(labels: impl IntoIterator<Item = &'a str>) -> f64 {
    let longest = labels.into_iter().map(|label| label.chars().count()).max().unwrap_or(0);
    longest as f64 * CHARACTER
}

/// A coordinate.
fn at(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A straight line.
fn line(class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) -> Markup {
    html! { line class=(class) x1=(at(x1)) y1=(at(y1)) x2=(at(x2)) y2=(at(y2)) {} }
}

/// A text whose base line begins, has its middle or ends at a place, by the class.
fn text(class: &str, [x, y]: [f64; 2], words: &str) -> Markup {
    html! { text class=(class) x=(at(x)) y=(at(y)) { (words) } }
}

/// At most so many characters, with a sign where some are left out.
fn shortened(label: &str, most: usize) -> String {
    if label.chars().count() <= most {
        return label.to_owned();
    }
    label.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
