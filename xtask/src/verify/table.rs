//! What the checks say, as rows of a table.

use crate::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Kind of check, what was checked, how much, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row(pub(super) [String; 4]);

/// Between these lines, the table is written.
const MARKS: [&str; 2] = ["<!-- begin: written by `cargo xtask verify --markdown` -->\n", "<!-- end -->\n"];

/// The rows in a check's output. A test's name may stand on the same line.
pub(super) fn rows(output: &str) -> Vec<Row> {
    let said = output.lines().filter_map(|line| Some(line.split_once("verify | ")?.1));
    let mut rows: Vec<Row> = said
        .map(|line| {
            let mut fields = line.split(" | ").map(str::to_owned);
            Row(core::array::from_fn(|_| fields.next().unwrap_or_default()))
        })
        .collect();
    // Tests run side by side.
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

pub(super) fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| check | of what | went through | how |\n|---|---|---|---|\n");
    for Row(fields) in rows {
        writeln!(text, "| {} |", fields.join(" | ")).expect("a string takes everything");
    }
    text
}

/// Replaces what stands between the marks.
pub(super) fn write(file: &Path, table: &str) -> Result<(), Error> {
    let say = |cause: &dyn std::fmt::Display| format!("{} is not written: {cause}", file.display());
    let text = fs::read_to_string(file).map_err(|cause| say(&cause))?;
    let text = between_marks(&text, table).ok_or_else(|| say(&"it has no marks to write between"))?;
    fs::write(file, text).map_err(|cause| say(&cause))
}

fn between_marks(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(MARKS[0])?;
    let (_, after) = rest.split_once(MARKS[1])?;
    Some(format!("{before}{}\n{table}\n{}{after}", MARKS[0], MARKS[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_wherever_a_test_prints_them() {
        let output = "test b ... verify | loom | b | 2 interleavings | fully\nok\nverify | loom | a | 1\n";
        let rows = rows(output);
        assert_eq!(rows[0].0, ["loom", "a", "1", ""]);
        assert_eq!(rows[1].0, ["loom", "b", "2 interleavings", "fully"]);
        assert!(markdown(&rows).ends_with("| loom | b | 2 interleavings | fully |\n"));
    }

    #[test]
    fn the_table_goes_between_the_marks() {
        let text = format!("a\n{}old\n{}b\n", MARKS[0], MARKS[1]);
        let written = between_marks(&text, "new\n").unwrap();
        assert_eq!(written, format!("a\n{}\nnew\n\n{}b\n", MARKS[0], MARKS[1]));
        assert_eq!(between_marks("no marks", "new"), None);
    }
}
