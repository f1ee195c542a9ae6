//! What a run found.

use crate::config::Batching;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The outcome of one run that came to its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Operations that were started: threads x ops.
    pub operations: u64,
    /// Encoders that Metal handed out.
    pub encoders: u64,
    /// Operations whose output was never written.
    pub lost: u64,
    /// Operations whose output was written with anything but the expected numbers.
    pub wrong: u64,
    /// From the first encoder to the last completed buffer.
    pub seconds: f64,
    /// What `agx_fix_stats_json` of the injected library said afterwards; `None` without the library.
    pub statistics: Option<agx_fix_interface::statistics::Statistics>,
}

/// Why a run was not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No Metal in this process: cause and remedy.
    NoMetal(String),
    /// Metal refused to make an object that the workload needs.
    Refused(&'static str),
    /// Metal did not accept a kernel.
    Kernel {
        /// Its name.
        name: String,
        /// What Metal, or its compiler, says.
        cause: String,
    },
    /// The system did not start all threads.
    Threads {
        /// How many were to be started.
        wanted: usize,
        /// What the system says.
        cause: String,
    },
    /// A command buffer would not have whole operations.
    Batching(Batching),
    /// This lock let two threads in while it was measured.
    NotExclusive(&'static str),
    /// The injected library's statistics could not be read.
    Statistics(String),
    /// The injected library's findings could not be read.
    Findings(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMetal(cause) => write!(f, "no Metal device, so the workload cannot run: {cause}"),
            Self::Refused(what) => write!(f, "Metal did not make a {what}, so the workload cannot run"),
            Self::Kernel { name, cause } => {
                write!(f, "Metal did not accept the kernel {name}, so the workload cannot run: {cause}")
            }
            Self::Threads { wanted, cause } => {
                write!(
                    f,
                    "{wanted} threads cannot be started, so the workload cannot run ({cause}); use fewer"
                )
            }
            Self::Batching(Batching { dispatches, encoders, .. }) => write!(
                f,
                "{encoders} encoders of {dispatches} dispatches are no whole number of operations, which have two \
                 dispatches each, so the workload cannot run; take an even number"
            ),
            Self::NotExclusive(lock) => {
                write!(f, "{lock} let two threads in, so the measurement is wrong and there is no result")
            }
            Self::Statistics(cause) => write!(f, "the injected library's statistics cannot be read: {cause}"),
            Self::Findings(cause) => write!(f, "the injected library's findings cannot be read: {cause}"),
        }
    }
}

impl std::error::Error for Failure {}
