//! The result of `doctor --coverage`, as JSON.

use agx_fix_engine::crash::signal_name;
use agx_fix_interface::coverage::Coverage;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

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

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_interface::Document as _;
    use agx_fix_interface::coverage::ClassCoverage;
    use agx_fix_interface::statistics::Unguarded;

    fn process(unguarded: usize) -> Coverage {
        let method = Unguarded { selector: "one:".into(), reason: "why".into() };
        let class = ClassCoverage { unguarded: vec![method; unguarded], ..ClassCoverage::default() };
        Coverage { schema: Coverage::SCHEMA.into(), classes: vec![class], ..Coverage::default() }
    }

    fn report(processes: Vec<Coverage>) -> CoverageReport {
        CoverageReport::new(Vec::new(), ExitStatus::from_raw(0).into(), processes)
    }

    #[test]
    fn good_is_metal_seen_and_nothing_unguarded() {
        assert!(report(vec![process(0), process(0)]).is_good());
        assert!(!report(vec![process(0), process(2)]).is_good());
        assert!(!report(Vec::new()).is_good());
        assert!(!report(vec![Coverage::default()]).is_good());
        let stopped = CoverageReport { probe_stopped: Some("it crashed".into()), ..report(vec![process(0)]) };
        assert!(!stopped.is_good());
        assert_eq!(report(vec![process(1), process(2)]).unguarded(), 3);
    }

    #[test]
    fn an_ending_is_a_code_or_a_signal() {
        let said = |raw| Ending::from(ExitStatus::from_raw(raw)).to_string();
        assert_eq!(said(7 << 8), "ended with exit code 7");
        assert_eq!(said(11), "was ended by SIGSEGV");
    }
}
