//! `doctor --coverage`: the result, as JSON and as text; and that of the user's program, which runs with the library and the user's
//! terminal. (`probe` makes the other one.)

use crate::accompany::{Inbox, accompany};
use crate::run;
use agx_fix_engine::crash::signal_name;
use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::grid::Grid;
use agx_fix_engine::supervise::Interrupt;
use agx_fix_interface::coverage::{ClassCoverage, Coverage};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fmt::{self, Write as _};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

const TAKES_ALL: &str = "a string takes everything";

/// The version of the layout below.
const SCHEMA: &str = "agx-fix-doctor/1";

/// The result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoverageReport {
    /// [`SCHEMA`].
    pub(super) schema: String,
    /// The tool's version.
    pub(super) version: String,
    /// The program and its arguments; none for the probe.
    pub(super) command: Vec<String>,
    /// How it ended.
    pub(super) ending: Ending,
    /// Why the probe did not finish.
    pub(super) probe_stopped: Option<String>,
    /// Protocols of whose encoders the probe got none.
    pub(super) not_made: Vec<String>,
    /// The processes of the program that used Metal.
    pub(super) processes: Vec<Coverage>,
}

/// How a program ended. Neither field is set where it was stopped at the time limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ending {
    /// Its exit code, unless a signal ended it.
    pub(super) exit_code: Option<i32>,
    /// The signal that ended it.
    pub(super) signal: Option<i32>,
}

impl CoverageReport {
    pub(super) fn new(command: Vec<String>, ending: Ending, processes: Vec<Coverage>) -> Self {
        Self {
            schema: SCHEMA.into(),
            version: agx_fix_engine::provenance::VERSION.into(),
            command,
            ending,
            probe_stopped: None,
            not_made: Vec::new(),
            processes,
        }
    }

    /// Methods that should be guarded and are not, of all processes.
    pub(super) fn unguarded(&self) -> usize {
        self.processes.iter().map(Coverage::unguarded).sum()
    }

    pub(super) fn is_good(&self) -> bool {
        let whole = self.probe_stopped.is_none() && self.unguarded() == 0;
        whole && self.processes.iter().any(|process| !process.classes.is_empty())
    }
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        Self { exit_code: status.code(), signal: status.signal() }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.exit_code, self.signal) {
            (Some(code), _) => write!(f, "ended with exit code {code}"),
            (None, Some(signal)) => write!(f, "was ended by {}", signal_name(signal)),
            (None, None) => f.write_str("was cut off"),
        }
    }
}

/// Runs the program to its end. `keep_stdout` keeps standard output free of what the program says.
pub(super) fn examine(
    words: &[OsString],
    keep_stdout: bool,
    interrupt: &Interrupt,
) -> Result<CoverageReport> {
    let inbox = Inbox::new("coverage")?;
    let (mut command, _) = run::injected(words)?;
    // The user's other options stay, but for the one that switches the library off.
    command.env("AGX_FIX_COVERAGE", inbox.file()).env_remove("AGX_FIX_DISABLE");
    if keep_stdout {
        command.stdout(standard_error()?);
    }
    let status = accompany(&mut command, interrupt)?;
    let words = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    // One for each process that made a Metal device and exited by itself.
    let processes = inbox.read()?;
    Ok(CoverageReport::new(words, status.into(), processes))
}

fn standard_error() -> Result<Stdio> {
    let copy = io::stderr().as_fd().try_clone_to_owned();
    copy.map(Stdio::from).map_err(|cause| Error::new(format!("standard error cannot be copied: {cause}")))
}

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
pub(super) mod tests {
    use super::*;
    use agx_fix_interface::statistics::Unguarded;

    /// What a process says of its device's class.
    fn process(unguarded: &[&str]) -> Coverage {
        let method =
            |selector: &&str| Unguarded { selector: (*selector).into(), reason: "its encoding".into() };
        let class = ClassCoverage {
            class: "AGXDevice".into(),
            protocol: "MTLDevice".into(),
            guarded: vec!["a".into(), "b".into()],
            unguarded: unguarded.iter().map(method).collect(),
            absent: vec!["c".into(); 3],
            left: Vec::new(),
        };
        Coverage { pid: 42, classes: vec![class], ..Coverage::default() }
    }

    /// Of a program that ends with exit code 3, and in each of whose processes these methods are unguarded.
    pub(in crate::doctor) fn report(processes: &[&[&str]]) -> CoverageReport {
        let processes = processes.iter().map(|unguarded| process(unguarded)).collect();
        CoverageReport::new(vec!["tool".into(), "-x".into()], ExitStatus::from_raw(3 << 8).into(), processes)
    }

    #[test]
    fn good_is_metal_seen_and_nothing_unguarded() {
        assert!(report(&[&[], &[]]).is_good());
        assert!(!report(&[&[], &["one:", "two"]]).is_good());
        assert!(!report(&[]).is_good());
        assert!(!CoverageReport { processes: vec![Coverage::default()], ..report(&[]) }.is_good());
        assert!(!CoverageReport { probe_stopped: Some("it crashed".into()), ..report(&[&[]]) }.is_good());
        assert_eq!(report(&[&["one:"], &["one:", "two"]]).unguarded(), 3);
    }

    #[test]
    fn an_ending_is_a_code_or_a_signal() {
        let said = |raw| Ending::from(ExitStatus::from_raw(raw)).to_string();
        assert_eq!(said(7 << 8), "ended with exit code 7");
        assert_eq!(said(11), "was ended by SIGSEGV");
    }

    #[test]
    fn a_class_is_a_row_and_an_unguarded_method_a_line() {
        let text = render(&report(&[&["one:", "two"]]));
        let row = "| AGXDevice | MTLDevice |       2 |         2 |           3 |    0 |";
        for part in
            ["tool -x ended with exit code 3", "process 42", row, "  one: - its encoding", "2 methods are"]
        {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        let text = render(&report(&[&[]]));
        assert!(text.contains("All methods") && !text.contains("unguarded in"), "{text}");
        assert!(render(&report(&[])).contains("no Metal device"));
    }
}
