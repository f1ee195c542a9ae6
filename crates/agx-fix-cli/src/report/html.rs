//! The page as HTML: one file, nothing fetched, no script. Everything that is not written here is escaped by maud.

use super::chart::{self, Chart};
use super::page::{Fact, Figure, Notice, Page, Part, Section};
use agx_fix_engine::grid::{self, Grid};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");
/// Browsers fetch nothing for this page, and run nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// Columns of a table that has room beside a chart.
const NARROW: usize = 4;

/// The whole file.
pub(super) fn html(page: &Page) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.title) }
                // Without it browsers ask the server for one.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (page.title) }
                    (notice(&page.notice))
                    nav aria-label="Contents" {
                        ul { @for section in &page.sections { li { a href={ "#" (section.id) } { (section.title) } } } }
                    }
                }
                main { @for (number, it) in page.sections.iter().enumerate() { (section(number, it)) } }
            }
        }
    };
    format!("{}\n", markup.into_string())
}

fn notice(notice: &Notice) -> Markup {
    html! { p class="notice" role="note" { strong { (notice.title) } " " (notice.text) } }
}

fn section(number: usize, section: &Section) -> Markup {
    html! {
        section aria-labelledby=(section.id) {
            h2 id=(section.id) { (section.title) }
            @for (place, it) in section.parts.iter().enumerate() { (part(&format!("s{number}-{place}"), it)) }
        }
    }
}

/// `id` is the part's own on the page.
fn part(id: &str, part: &Part) -> Markup {
    match part {
        Part::Heading(title) => html! { h3 { (title) } },
        Part::Text(text) => html! { p { (spans(text)) } },
        Part::List(items) => html! { ul { @for item in items { li { (spans(item)) } } } },
        Part::Facts(facts) => html! { dl { @for it in facts { (fact(it)) } } },
        Part::Table(it) => table(id, it),
        Part::Figure(it) => figure(id, it),
        Part::Commands(lines) => html! {
            pre tabindex="0" role="region" aria-label="Commands" {
                code { @for line in lines { (line) "\n" } }
            }
        },
    }
}

fn fact(fact: &Fact) -> Markup {
    html! {
        dt { (fact.name) }
        dd { @if fact.typed { code { (fact.text) } } @else { (spans(&fact.text)) } }
    }
}

/// Text with `code` spans.
fn spans(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd tick is none.
    if parts.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! {
        @for (number, part) in parts.into_iter().enumerate() {
            @if number.is_multiple_of(2) { (part) } @else { code { (part) } }
        }
    }
}

/// A chart alone has its table beside it, if that is narrow.
fn figure(id: &str, figure: &Figure) -> Markup {
    let narrow = figure.grid.as_ref().filter(|grid| figure.charts.len() == 1 && grid.header.len() <= NARROW);
    let wide = figure.grid.as_ref().filter(|_| narrow.is_none());
    let name = format!("{id}-name");
    html! {
        figure aria-labelledby=(name) {
            figcaption id=(name) { (spans(&figure.title)) }
            @if !figure.note.is_empty() { p class="note" { (spans(&figure.note)) } }
            @if !figure.legend.is_empty() {
                ul class="legend" {
                    @for (series, name) in &figure.legend { li { (chart::sample(*series)) (name) } }
                }
            }
            div class=(if narrow.is_some() { "charts beside" } else { "charts" }) {
                @for (number, it) in figure.charts.iter().enumerate() {
                    (panel(&format!("{id}-{number}"), it, figure.charts.len() > 1))
                }
                @if let Some(it) = narrow { (grid(&name, it)) }
            }
            @if let Some(it) = wide { (grid(&name, it)) }
        }
    }
}

fn panel(id: &str, chart: &Chart, titled: bool) -> Markup {
    html! {
        div class="chart" {
            @if titled { div class="panel" aria-hidden="true" { (chart.title()) } }
            (chart.draw(id))
        }
    }
}

fn table(id: &str, table: &grid::Section) -> Markup {
    let name = format!("{id}-name");
    html! {
        div class="table" {
            div class="caption" id=(name) { (spans(&table.title)) }
            (grid(&name, &table.grid))
            @if !table.note.is_empty() { p class="note" { (spans(&table.note)) } }
        }
    }
}

/// It scrolls by itself where it is wider than the page, by keyboard too. `name` is where its title is.
fn grid(name: &str, Grid { header, rows, words }: &Grid) -> Markup {
    let class = |column: usize| if column < *words { "word" } else { "figure" };
    html! {
        div class="scroll" tabindex="0" role="region" aria-labelledby=(name) {
            table aria-labelledby=(name) {
                thead {
                    tr { @for (column, cell) in header.iter().enumerate() { th scope="col" class=(class(column)) { (cell) } } }
                }
                tbody { @for row in rows { tr {
                    @for (column, cell) in row.iter().enumerate() {
                        @if column == 0 { th scope="row" class=(class(column)) { (cell) } }
                        @else { td class=(class(column)) { (cell) } }
                    }
                } } }
            }
        }
    }
}
