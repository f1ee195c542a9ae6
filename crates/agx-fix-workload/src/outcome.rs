//! What a run found.

use crate::config::Batching;
use serde::{Deserialize, Serialize};
use thiserror::Error;

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
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// No Metal in this process: cause and remedy.
    #[error("no Metal device, so the workload cannot run: {0}")]
    NoMetal(String),
    /// Metal refused to make an object that the workload needs.
    #[error("Metal did not make a {0}, so the workload cannot run")]
    Refused(&'static str),
    /// Metal did not accept the kernel of that name; what Metal, or its compiler, says.
    #[error("Metal did not accept the kernel {name}, so the workload cannot run: {cause}")]
    #[allow(missing_docs, reason = "the sentence above says it")]
    Kernel { name: String, cause: String },
    /// The system did not start all threads; what it says.
    #[error("{wanted} threads cannot be started, so the workload cannot run ({cause}); use fewer")]
    #[allow(missing_docs, reason = "the sentence above says it")]
    Threads { wanted: usize, cause: String },
    /// A command buffer would not have whole operations.
    #[error(
        "{} encoders of {} dispatches are no whole number of operations, which have two dispatches each, so the workload cannot \
         run; take an even number", .0.encoders, .0.dispatches
    )]
    Batching(Batching),
    /// This lock let two threads in while it was measured.
    #[error("{0} let two threads in, so the measurement is wrong and there is no result")]
    NotExclusive(&'static str),
    /// The injected library's statistics could not be read.
    #[error("the injected library's statistics cannot be read: {0}")]
    Statistics(String),
    /// The injected library's findings could not be read.
    #[error("the injected library's findings cannot be read: {0}")]
    Findings(String),
}
