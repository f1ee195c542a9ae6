//! Rows with a name, a figure and its interval each.

use super::marks::lying;
use super::{CHARACTER, GAP, Mark, Scale, WIDTH, line, room, shortened, text};
use maud::{Markup, html};

/// Figures one below the other on one axis.
#[derive(Clone, Debug)]
pub(crate) struct Intervals {
    pub(crate) title: String,
    /// What the axis shows.
    pub(crate) axis: String,
    pub(crate) scale: Scale,
    /// A figure to compare with: a line through all rows.
    pub(crate) reference: Option<f64>,
    /// Each mark has a stem from the beginning of the axis.
    pub(crate) stems: bool,
    pub(crate) rows: Vec<Row>,
}

/// A name, and a mark for each series.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) label: String,
    /// Set off from the others.
    pub(crate) strong: bool,
    pub(crate) marks: Vec<Mark>,
}

const TOP: f64 = 4.0;
/// Ticks and the axis's name.
const BOTTOM: f64 = 38.0;
/// Of one mark, and more for each row.
const MARK: f64 = 14.0;
const ROW: f64 = 10.0;
/// The width of bold letters to that of others, in the widest of the usual fonts.
const BOLD: f64 = 1.15;
/// Room for figures beside the marks, so that charts beside one another have axes of one length.
const LEAST_CHARACTERS: f64 = 7.0;
/// Labels that are longer are cut.
const MOST_CHARACTERS: usize = 22;

impl Intervals {
    /// Without a reference and without stems.
    pub(crate) fn new(title: impl Into<String>, axis: &str, scale: Scale, rows: Vec<Row>) -> Self {
        let (title, axis) = (title.into(), axis.to_owned());
        Self { title, axis, scale, reference: None, stems: false, rows }
    }

    pub(super) fn height(&self) -> f64 {
        TOP + self.rows.iter().map(Row::height).sum::<f64>() + BOTTOM
    }

    pub(super) fn description(&self) -> String {
        let marks = |row: &Row| row.marks.iter().map(|mark| mark.said.clone()).collect::<Vec<_>>().join("; ");
        let rows = self.rows.iter().map(|row| format!("{}: {}.", row.label, marks(row)));
        rows.collect::<Vec<_>>().join(" ")
    }

    pub(super) fn draw(&self) -> Markup {
        let bottom = self.height() - BOTTOM;
        let (left, right) = self.ends();
        let x = |place: f64| left + place * (right - left);
        let ticks = self.scale.ticks(|characters| (CHARACTER * characters as f64 + GAP) / (right - left));
        html! {
            @for tick in &ticks {
                (line("grid", [x(tick.place), TOP], [x(tick.place), bottom]))
                (text("tick middle", [x(tick.place), bottom + 15.0], &tick.label))
            }
            @if let Some(reference) = self.reference {
                @let place = x(self.scale.place(reference));
                (line("reference", [place, TOP], [place, bottom]))
            }
            (text("axis middle", [f64::midpoint(left, right), bottom + 31.0], &self.axis))
            @for (row, top) in self.rows.iter().zip(self.tops()) { (self.row(row, top, left, right)) }
        }
    }

    /// Where each row begins.
    fn tops(&self) -> impl Iterator<Item = f64> {
        self.rows.iter().scan(TOP, |below, row| {
            let top = *below;
            *below += row.height();
            Some(top)
        })
    }

    /// Where the axis begins and ends.
    fn ends(&self) -> (f64, f64) {
        let marks = self.rows.iter().flat_map(|row| &row.marks);
        let behind = room(marks.map(|mark| mark.short.as_str()));
        (
            self.rows.iter().map(Row::room).fold(0.0, f64::max) + GAP,
            WIDTH - behind.max(LEAST_CHARACTERS * CHARACTER) - 1.5 * GAP,
        )
    }

    fn row(&self, row: &Row, top: f64, left: f64, right: f64) -> Markup {
        let x = |place: f64| left + place * (right - left);
        let class = if row.strong { "label end strong" } else { "label end" };
        html! {
            (text(class, [left - GAP, top + row.height() / 2.0 + 4.0], &shortened(&row.label, MOST_CHARACTERS)))
            @for (number, mark) in row.marks.iter().enumerate() {
                @let y = top + ROW / 2.0 + MARK * (number as f64 + 0.5);
                @if self.stems {
                    g class=(super::marks::class(mark.series)) {
                        (line("stem", [left, y], [x(self.scale.place(mark.value)), y]))
                    }
                }
                (lying(mark, &self.scale, x, y))
                @if !mark.short.is_empty() { (text("figure", [right + 1.5 * GAP, y + 4.0], &mark.short)) }
            }
        }
    }
}

impl Row {
    /// Of the label. Bold letters are wider.
    fn room(&self) -> f64 {
        let letters = room([shortened(&self.label, MOST_CHARACTERS).as_str()]);
        if self.strong { BOLD * letters } else { letters }
    }

    fn height(&self) -> f64 {
        ROW + MARK * self.marks.len().max(1) as f64
    }
}
