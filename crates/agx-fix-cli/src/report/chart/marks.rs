//! How a series is drawn: each has a shape, a colour and a dash pattern of its own.

use super::{Mark, Scale, at, line};
use maud::{Markup, html};

/// Series that can be told apart.
pub(crate) const MOST_SERIES: usize = SHAPES.len();

/// Outlines around (0, 0), about 9 units wide.
const SHAPES: [&str; 6] = [
    "M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0 -8.4 0z",
    "M-3.8 -3.8h7.6v7.6h-7.6z",
    "M0 -4.9L4.7 3.6H-4.7z",
    "M0 -5.3L5.3 0L0 5.3L-5.3 0z",
    "M0 4.9L4.7 -3.6H-4.7z",
    "M-2.5 -4.4h5L5 0L2.5 4.4h-5L-5 0z",
];

/// Half the length of an interval's ends.
const CAP: f64 = 3.0;
/// Half the length of a stroke across.
const STROKE: f64 = 6.0;

/// The class of a series.
pub(super) fn class(series: usize) -> String {
    format!("s{}", series % MOST_SERIES)
}

/// The shape of a series at a place.
fn shape(series: usize, [x, y]: [f64; 2], hollow: bool) -> Markup {
    let class = if hollow { "mark hollow" } else { "mark" };
    let place = format!("translate({} {})", at(x), at(y));
    html! { path class=(class) transform=(place) d=(SHAPES[series % MOST_SERIES]) {} }
}

/// A mark on a line from left to right: `x` leads from a place on the scale, 0 to 1, to a coordinate.
pub(super) fn lying(mark: &Mark, scale: &Scale, x: impl Fn(f64) -> f64, y: f64) -> Markup {
    draw(mark, scale, |place, across| [x(place), y + across])
}

/// A mark on a line from bottom to top.
pub(super) fn standing(mark: &Mark, scale: &Scale, x: f64, y: impl Fn(f64) -> f64) -> Markup {
    draw(mark, scale, |place, across| [x + across, y(place)])
}

/// `point` leads from a place along the scale and a distance across it to coordinates.
fn draw(mark: &Mark, scale: &Scale, point: impl Fn(f64, f64) -> [f64; 2]) -> Markup {
    let [low, high] = [mark.low, mark.high].map(|value| scale.place(value));
    let across = |place: f64, half: f64| line("whisker", point(place, -half), point(place, half));
    html! {
        g class=(class(mark.series)) {
            @if low < high {
                (line("whisker", point(low, 0.0), point(high, 0.0)))
                (across(low, CAP))
                (across(high, CAP))
            }
            @if let Some(value) = mark.stroke { (across(scale.place(value), STROKE)) }
            (shape(mark.series, point(scale.place(mark.value), 0.0), mark.hollow))
        }
    }
}

/// How a series looks, for a legend.
pub(crate) fn sample(series: usize) -> Markup {
    html! {
        svg class="sample" viewBox="0 0 28 12" aria-hidden="true" {
            g class=(class(series)) {
                (line("path", [1.0, 6.0], [27.0, 6.0]))
                (shape(series, [14.0, 6.0], false))
            }
        }
    }
}
