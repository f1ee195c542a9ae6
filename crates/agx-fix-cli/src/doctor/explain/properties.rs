//! What is true of every explanation, whatever the text is. The tests check it, and so does `fuzz/`.

use super::rules::{Explanation, explain};

/// Of `render`, which may be given another one.
///
/// # Panics
/// It does not hold.
pub(super) fn explained(text: &str, render: impl Fn(&Explanation) -> String) {
    let explanation = explain(text);
    let findings = &explanation.findings;
    let lines = render(&explanation);
    // What is in a text does not make lines of its own, nor move a terminal's cursor.
    assert_eq!(lines.lines().count(), findings.len().max(1), "a line for each finding: {lines:?}");
    assert!(lines.lines().all(|line| !line.contains(char::is_control)), "words alone: {lines:?}");
    assert!(findings.iter().all(|it| (1..=8).contains(&it.class)), "one of eight classes: {findings:?}");
    let surest = findings.iter().position(|it| !it.certain).unwrap_or(findings.len());
    assert!(findings[surest..].iter().all(|it| !it.certain), "the surest first: {findings:?}");
    let json = serde_json::to_string(&explanation).expect("numbers and strings are JSON");
    let again: Explanation = serde_json::from_str(&json).expect("what was written is read");
    assert_eq!(again, explanation, "written and read, it is the same");
}
