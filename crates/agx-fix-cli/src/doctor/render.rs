//! `doctor --coverage` as text: a table for each process, the unguarded methods with their reasons, and a conclusion.

use super::report::CoverageReport;
use agx_fix_engine::grid::Grid;
use agx_fix_interface::coverage::{ClassCoverage, Coverage};
use std::fmt::Write as _;

const TAKES_ALL: &str = "a string takes everything";

/// The whole text.
pub(super) fn render(report: &CoverageReport) -> String {
    let mut text = heading(report);
    for process in &report.processes {
        write!(text, "\n{}", coverage(process)).expect(TAKES_ALL);
    }
    if !report.not_made.is_empty() {
        write!(text, "\nnot made here: {}\n", report.not_made.join(", ")).expect(TAKES_ALL);
    }
    write!(text, "\n{}\n", conclusion(report)).expect(TAKES_ALL);
    text
}

fn heading(report: &CoverageReport) -> String {
    if report.command.is_empty() {
        let driver = if cfg!(target_vendor = "apple") { "this Mac's Metal" } else { "the SIMULATED driver" };
        return format!("agx-fix doctor --coverage: a probe of its own, on {driver}\n");
    }
    format!("agx-fix doctor --coverage: {} {}\n", report.command.join(" "), report.ending)
}

fn coverage(process: &Coverage) -> String {
    let mut text = format!(
        "process {}, agx-fix {}, preset {}\n\n{}\n",
        process.pid,
        process.version,
        process.preset,
        table(&process.classes)
    );
    for class in process.classes.iter().filter(|class| !class.unguarded.is_empty()) {
        writeln!(text, "\nunguarded in {}:", class.class).expect(TAKES_ALL);
        for method in &class.unguarded {
            writeln!(text, "  {} - {}", method.selector, method.reason).expect(TAKES_ALL);
        }
    }
    text
}

fn table(classes: &[ClassCoverage]) -> Grid {
    let mut table =
        Grid::new(["class", "protocol", "guarded", "unguarded", "not present", "left"]).with_words(2);
    for class in classes {
        let counts = [class.guarded.len(), class.unguarded.len(), class.absent.len(), class.left.len()];
        let names = [class.class.clone(), class.protocol.clone()];
        table.add_row(names.into_iter().chain(counts.map(|count| count.to_string())));
    }
    table
}

fn conclusion(report: &CoverageReport) -> String {
    if let Some(how) = &report.probe_stopped {
        return format!("The probe {how}, so this is not all; give a COMMAND that uses Metal.");
    }
    if report.processes.is_empty() {
        return "It left no coverage: it made no Metal device while the library was in it, or it ended without running \
                its exit handlers (a signal, _exit)."
            .to_owned();
    }
    match report.unguarded() {
        0 => "All methods that are present are guarded, but for those left deliberately (docs/coverage.md)."
            .to_owned(),
        1 => "1 method is unguarded: calls to it can still crash the driver.".to_owned(),
        count => format!("{count} methods are unguarded: calls to them can still crash the driver."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_interface::statistics::Unguarded;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn report(command: &[&str], processes: Vec<Coverage>) -> CoverageReport {
        let words = command.iter().map(|&word| word.to_owned()).collect();
        CoverageReport::new(words, ExitStatus::from_raw(3 << 8).into(), processes)
    }

    fn process(unguarded: &[&str]) -> Coverage {
        let method =
            |selector: &&str| Unguarded { selector: (*selector).into(), reason: "its encoding".into() };
        let class = ClassCoverage {
            class: "AGXContext".into(),
            protocol: "MTLBlitCommandEncoder".into(),
            guarded: vec!["a".into(), "b".into()],
            unguarded: unguarded.iter().map(method).collect(),
            absent: vec!["c".into(); 3],
            left: Vec::new(),
        };
        Coverage { pid: 42, classes: vec![class], ..Coverage::default() }
    }

    #[test]
    fn a_class_is_a_row_and_an_unguarded_method_a_line() {
        let text = render(&report(&["tool", "-x"], vec![process(&["one:", "two"])]));
        let row = "| AGXContext | MTLBlitCommandEncoder |       2 |         2 |           3 |    0 |";
        for part in
            ["tool -x ended with exit code 3", "process 42", row, "  one: - its encoding", "2 methods are"]
        {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        let text = render(&report(&["tool"], vec![process(&[])]));
        assert!(text.contains("All methods") && !text.contains("unguarded in"), "{text}");
    }

    #[test]
    fn a_program_without_metal_is_told_so() {
        let text = render(&report(&["true"], Vec::new()));
        assert!(text.contains("true ended with exit code 3") && text.contains("no Metal device"), "{text}");
    }
}
