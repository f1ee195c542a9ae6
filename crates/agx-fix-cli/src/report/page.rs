//! The page: written once, as Markdown (CommonMark with GitHub's tables), with charts between. Its HTML is made from the same
//! Markdown: one file that fetches nothing and runs no script.

use super::chart::{self, Chart};
use super::runs::{Run, label};
use agx_fix_engine::grid::Grid;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

const STYLE: &str = include_str!("style.css");
/// Browsers fetch nothing for this page, and run nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const TITLE: &str = "agx-fix: results";

/// Blocks, one below the other.
#[derive(Clone, Debug)]
pub(super) struct Page(Vec<Block>);

#[derive(Clone, Debug)]
enum Block {
    Markdown(String),
    /// Charts. Markdown leaves them out; the table that follows has the figures.
    Html(Markup),
}

impl Page {
    /// With what must be known before any figure is read.
    pub(super) fn new([notice, why]: [&str; 2]) -> Self {
        let mut page = Self(Vec::new());
        page.block(format!("# {TITLE}"));
        page.block(format!("> **{}** {}", escaped(notice), escaped(why)));
        page
    }

    fn block(&mut self, markdown: String) {
        self.0.push(Block::Markdown(markdown));
    }

    pub(super) fn section(&mut self, title: &str) {
        self.block(format!("## {title}"));
    }

    pub(super) fn heading(&mut self, title: &str) {
        self.block(format!("### {}", escaped(title)));
    }

    /// Paragraphs are parted by an empty line; other line breaks say nothing.
    pub(super) fn text(&mut self, text: &str) {
        text.split("\n\n").for_each(|paragraph| self.block(escaped(paragraph)));
    }

    /// Each item is one line of Markdown.
    pub(super) fn list(&mut self, items: impl IntoIterator<Item = String>) {
        let items: Vec<String> = items.into_iter().map(|item| format!("- {item}")).collect();
        self.block(items.join("\n"));
    }

    /// Lines to be typed.
    pub(super) fn commands(&mut self, lines: &[String]) {
        let lines: Vec<String> = lines.iter().map(|line| format!("    {}", one_line(line))).collect();
        self.block(lines.join("\n"));
    }

    pub(super) fn table(&mut self, title: &str, Grid { header, rows, words }: &Grid) {
        let cells = |cells: &[String]| cells.iter().map(|cell| escaped(cell)).collect();
        let grid =
            Grid { header: cells(header), rows: rows.iter().map(|row| cells(row)).collect(), words: *words };
        self.block(format!("**{}**", escaped(title)));
        self.block(aligned(&grid));
    }

    /// Charts of some runs on one subject. `note` says what the signs mean.
    pub(super) fn figure<T>(&mut self, runs: &[&Run<T>], title: &str, note: &str, charts: Vec<Chart>) {
        self.0.push(Block::Html(html! {
            figure {
                figcaption { (title) (label(runs)) }
                p class="note" { (note) }
                @if runs.iter().any(|run| !run.alone) {
                    ul class="legend" {
                        @for run in runs { li { (chart::sample(run.series)) (run.origin.long_name()) } }
                    }
                }
                div class="charts" { @for chart in &charts { (chart.draw()) } }
            }
        }));
    }

    pub(super) fn markdown(&self) -> String {
        let blocks = self.0.iter().filter_map(|block| match block {
            Block::Markdown(text) => Some(text.as_str()),
            Block::Html(_) => None,
        });
        blocks.collect::<Vec<_>>().join("\n\n") + "\n"
    }

    pub(super) fn html(&self) -> String {
        let mut writer = Writer::default();
        self.0.iter().for_each(|block| writer.block(block));
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (TITLE) }
                    // Without it browsers ask the server for one.
                    link rel="icon" href="data:,";
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    nav aria-label="Contents" {
                        ul { @for (id, title) in &writer.contents { li { a href={ "#" (id) } { (title) } } } }
                    }
                    main { (PreEscaped(writer.html)) }
                }
            }
        };
        format!("{}\n", page.into_string())
    }
}

/// Turns Markdown into HTML with what assistive technology and the style need: names for tables and headings for their cells.
#[derive(Default)]
struct Writer {
    html: String,
    /// The sections' anchors and titles.
    contents: Vec<(String, String)>,
    /// How many names were given; a table bears the last one.
    names: usize,
    /// The columns of the table, and which of them is next.
    columns: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl Writer {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Markdown(text) => {
                let events: Vec<Event<'_>> =
                    Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| self.event(event)).collect();
                if let Some(title) = text.strip_prefix("## ") {
                    self.contents.push((format!("n{}", self.names), title.to_owned()));
                }
                pulldown_cmark::html::push_html(&mut self.html, events.into_iter());
            }
            Block::Html(markup) => self.html.push_str(&markup.0),
        }
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("n{}", self.names)
    }

    fn event<'a>(&mut self, event: Event<'a>) -> Event<'a> {
        let html = match event {
            // What looks like HTML comes from a file, and stays text.
            Event::Html(text) | Event::InlineHtml(text) => return Event::Text(text),
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => {
                format!("<h2 id=\"{}\">", self.name())
            }
            Event::Start(Tag::Strong) => format!("<strong id=\"{}\">", self.name()),
            Event::Start(Tag::CodeBlock(_)) => {
                "<pre tabindex=\"0\" role=\"region\" aria-label=\"Commands\"><code>".to_owned()
            }
            Event::End(TagEnd::CodeBlock) => "</code></pre>\n".to_owned(),
            Event::Start(Tag::Table(columns)) => {
                self.columns = columns;
                let name = format!("aria-labelledby=\"n{}\"", self.names);
                format!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" {name}><table {name}>")
            }
            Event::End(TagEnd::Table) => "</tbody></table></div>\n".to_owned(),
            Event::Start(Tag::TableHead) => self.row(true, "<thead><tr>"),
            Event::Start(Tag::TableRow) => self.row(false, "<tr>"),
            Event::Start(Tag::TableCell) => self.cell(),
            // HTML does without.
            Event::End(TagEnd::TableCell) => String::new(),
            Event::End(TagEnd::TableHead) => "</tr></thead><tbody>".to_owned(),
            other => return other,
        };
        Event::Html(CowStr::from(html))
    }

    fn row(&mut self, in_head: bool, html: &str) -> String {
        (self.in_head, self.column) = (in_head, 0);
        html.to_owned()
    }

    fn cell(&mut self) -> String {
        let class = if self.columns.get(self.column) == Some(&Alignment::Right) { "figure" } else { "word" };
        self.column += 1;
        match (self.in_head, self.column) {
            (true, _) => format!("<th scope=\"col\" class=\"{class}\">"),
            (false, 1) => format!("<th scope=\"row\" class=\"{class}\">"),
            _ => format!("<td class=\"{class}\">"),
        }
    }
}

/// A table whose figures are aligned to the right in Markdown too.
fn aligned(grid: &Grid) -> String {
    let mut lines: Vec<String> = grid.to_string().lines().map(str::to_owned).collect();
    let rule: Vec<&str> = lines[1].trim_matches('|').split('|').collect();
    let columns = rule.iter().enumerate().map(|(column, dashes)| {
        if column < grid.words { (*dashes).to_owned() } else { format!("{}:", &dashes[1..]) }
    });
    lines[1] = format!("|{}|", columns.collect::<Vec<_>>().join("|"));
    lines.join("\n")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// In a fence that is longer than any in it.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// In one line, without what Markdown would take for its own, except code spans.
pub(super) fn escaped(text: &str) -> String {
    let text = one_line(text);
    let (mut escaped, mut before) = (String::with_capacity(text.len()), ' ');
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let behind = letters.peek().copied().unwrap_or(' ');
        let special = match letter {
            '\\' | '|' | '*' | '[' | ']' => true,
            // Inside a word it is a letter like others.
            '_' => !(before.is_alphanumeric() && behind.is_alphanumeric()),
            // Before a space it opens no tag and no entity.
            '<' | '&' => behind != ' ',
            _ => false,
        };
        if special {
            escaped.push('\\');
        }
        escaped.push(letter);
        before = letter;
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_markdown_would_take_for_its_own_is_escaped() {
        assert_eq!(escaped("a | b\n  <b> < 6.0 %, _x_"), "a \\| b \\<b> < 6.0 %, \\_x\\_");
        assert_eq!(escaped("x86_64 < 3, R&D & &lt;"), "x86_64 < 3, R\\&D & \\&lt;");
        assert_eq!(escaped("`unguarded` is 1.00 (0.90-1.10)"), "`unguarded` is 1.00 (0.90-1.10)");
        assert_eq!(code("run `this`"), "`` run `this` ``");
        assert_eq!(code("agx-fix stress"), "`agx-fix stress`");
    }
}
