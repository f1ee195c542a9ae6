//! A table as data. As text it is Markdown, which a terminal shows as well; `agx-fix report` makes HTML of it.

use comfy_table::{CellAlignment, Table, presets};
use std::fmt;

/// A header and rows of as many cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The titles of the columns.
    pub header: Vec<String>,
    /// The rows, each with a cell for each column.
    pub rows: Vec<Vec<String>>,
    /// How many of the first columns hold words. The others hold figures and are aligned to the right.
    pub words: usize,
}

impl Grid {
    /// Labels in the first column, figures in the others.
    pub fn new(header: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new(), words: 1 }
    }

    /// Labels in the first column, which has no title, figures in the others.
    pub fn labelled(header: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(std::iter::once(String::new()).chain(header.into_iter().map(Into::into)))
    }

    /// The same with that many columns of words.
    pub fn with_words(self, words: usize) -> Self {
        Self { words, ..self }
    }

    /// Adds a row below the others: a label and its figures.
    pub fn add(&mut self, label: impl Into<String>, figures: impl IntoIterator<Item = String>) {
        self.rows.push(std::iter::once(label.into()).chain(figures).collect());
    }

    /// Adds a row below the others.
    pub fn add_row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

/// A table under its title, with what it says.
#[derive(Clone, Debug)]
pub struct Section {
    /// What it is about.
    pub title: String,
    /// The table.
    pub grid: Grid,
    /// How it is to be read.
    pub note: String,
}

/// Without the title.
impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n{}", self.grid, self.note.trim_end())
    }
}

/// Sections one below the other, each title behind `mark`.
pub fn text(sections: &[Section], mark: &str) -> String {
    sections.iter().map(|section| format!("\n{mark}{}\n\n{section}", section.title)).collect()
}

/// Each of them once, in the order of first appearance.
pub fn distinct<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    all.into_iter().fold(Vec::new(), |mut distinct, one| {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
        distinct
    })
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(&self.header);
        table.add_rows(&self.rows);
        for column in table.column_iter_mut().skip(self.words) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_aligned_to_the_right() {
        let mut grid = Grid::new(["", "one", "two"]);
        grid.add_row(["label", "1", "2"]);
        assert_eq!(grid.to_string(), "|       | one | two |\n|-------|-----|-----|\n| label |   1 |   2 |");
        assert!(grid.with_words(2).to_string().ends_with("| label | 1   |   2 |"));
    }
}
