//! The page as Markdown (CommonMark with GitHub's tables). Charts are left out; each has its table.

use super::page::{Fact, Page, Part};
use agx_fix_engine::grid::Grid;
use std::fmt::Write as _;

const TAKES_ALL: &str = "a string takes everything";

/// The whole text.
pub(super) fn markdown(page: &Page) -> String {
    let mut text = format!(
        "# {}\n\n> **{}** {}\n",
        escaped(&page.title),
        escaped(&page.notice.title),
        escaped(&page.notice.text)
    );
    for section in &page.sections {
        write!(text, "\n## {}\n", escaped(&section.title)).expect(TAKES_ALL);
        for part in section.parts.iter().map(part).filter(|part| !part.is_empty()) {
            write!(text, "\n{}\n", part.trim_end()).expect(TAKES_ALL);
        }
    }
    text
}

fn part(part: &Part) -> String {
    match part {
        Part::Heading(title) => format!("### {}", escaped(title)),
        Part::Text(text) => escaped(text),
        Part::List(items) => items.iter().map(|item| format!("- {}\n", escaped(item))).collect(),
        Part::Facts(facts) => facts.iter().map(fact).collect(),
        Part::Table(table) => titled(&table.title, &table.grid, &table.note),
        // Its table, if that does not follow. The note is on the charts.
        Part::Figure(it) => it.grid.as_ref().map_or(String::new(), |grid| titled(&it.title, grid, "")),
        Part::Commands(lines) => lines.iter().map(|line| format!("    {}\n", one_line(line))).collect(),
    }
}

fn fact(fact: &Fact) -> String {
    let text = if fact.typed { code(&fact.text) } else { escaped(&fact.text) };
    format!("- {}: {text}\n", fact.name)
}

fn titled(title: &str, Grid { header, rows, words }: &Grid, note: &str) -> String {
    let cells = |cells: &[String]| cells.iter().map(|cell| escaped(cell)).collect();
    let grid =
        Grid { header: cells(header), rows: rows.iter().map(|row| cells(row)).collect(), words: *words };
    let note = if note.is_empty() { String::new() } else { format!("\n\n{}", escaped(note)) };
    format!("**{}**\n\n{grid}{note}", escaped(title))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// In a fence that is longer than any in it.
fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// In one line, without what Markdown would take for its own. What the tool says itself has none of it but code spans.
fn escaped(text: &str) -> String {
    let letters: Vec<char> = one_line(text).chars().collect();
    let is = |place: Option<usize>, wanted: fn(char) -> bool| {
        place.and_then(|place| letters.get(place)).is_some_and(|letter| wanted(*letter))
    };
    let mut escaped = String::with_capacity(letters.len());
    for (place, &letter) in letters.iter().enumerate() {
        let (before, behind) = (place.checked_sub(1), Some(place + 1));
        let special = match letter {
            '\\' | '|' | '*' | '[' | ']' => true,
            // Inside a word it is a letter like others.
            '_' => !(is(before, char::is_alphanumeric) && is(behind, char::is_alphanumeric)),
            // Before anything else it opens no tag.
            '<' => is(behind, |letter| letter.is_ascii_alphabetic() || "/!?".contains(letter)),
            _ => false,
        };
        if special {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_markdown_would_take_for_its_own_is_escaped() {
        assert_eq!(escaped("a | b\n  <b> < 6.0 %, _x_"), "a \\| b \\<b> < 6.0 %, \\_x\\_");
        assert_eq!(escaped("x86_64 <"), "x86_64 <");
        assert_eq!(escaped("`unguarded` is 1.00 (0.90-1.10)"), "`unguarded` is 1.00 (0.90-1.10)");
        assert_eq!(code("run `this`"), "`` run `this` ``");
        assert_eq!(code("agx-fix stress"), "`agx-fix stress`");
    }
}
