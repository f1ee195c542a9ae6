//! What the checks say, as rows of a table.

use std::fmt::Write as _;

/// Kind of check, what was checked, how much, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row(pub(super) [String; 4]);

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
}
