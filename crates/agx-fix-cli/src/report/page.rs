//! The page as data: what `html` and `markdown` both write.

use super::chart::Chart;
use agx_fix_engine::grid::{self, Grid};

/// The whole.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) title: String,
    /// What must be known before any figure is read.
    pub(super) notice: Notice,
    pub(super) sections: Vec<Section>,
}

/// A few sentences set off from the rest.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub(super) title: String,
    pub(super) text: String,
}

/// A part with a heading of its own.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// The heading's anchor.
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) parts: Vec<Part>,
}

/// What sections are made of.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Heading(String),
    /// A paragraph; line breaks in it say nothing.
    Text(String),
    List(Vec<String>),
    /// Names with what belongs to them.
    Facts(Vec<Fact>),
    Table(grid::Section),
    Figure(Figure),
    /// Lines to be typed.
    Commands(Vec<String>),
}

/// One name with what belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) text: String,
    /// It is to be typed.
    pub(super) typed: bool,
}

impl Fact {
    pub(super) fn new(name: &'static str, text: impl ToString) -> Self {
        Self { name, text: text.to_string(), typed: false }
    }
}

/// Charts on one subject, and the same in figures. Markdown has the table only.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    pub(super) title: String,
    /// What its signs mean.
    pub(super) note: String,
    /// Series by their names, where there are several.
    pub(super) legend: Vec<(usize, String)>,
    pub(super) charts: Vec<Chart>,
    /// The same in figures; else tables follow.
    pub(super) grid: Option<Grid>,
}

impl Section {
    pub(super) fn new(id: &'static str, title: impl Into<String>) -> Self {
        Self { id, title: title.into(), parts: Vec::new() }
    }

    pub(super) fn text(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Text(text.into()));
    }

    pub(super) fn heading(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Heading(text.into()));
    }

    pub(super) fn table(&mut self, title: impl Into<String>, grid: Grid) {
        self.parts.push(Part::Table(grid::Section { title: title.into(), grid, note: String::new() }));
    }

    pub(super) fn figure(&mut self, figure: Figure) {
        self.parts.push(Part::Figure(figure));
    }
}
