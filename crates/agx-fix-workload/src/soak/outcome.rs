//! What a soak found.

use super::Memory;
use super::work::Log;
use crate::encoder_kind::EncoderKind;
use agx_fix_interface::findings::Findings;
use agx_fix_interface::statistics::Statistics;
use agx_fix_metal::simulated;
use serde::{Deserialize, Serialize};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long the GPU may take for work that no thread waited for.
const GPU_LIMIT: Duration = Duration::from_secs(30);

/// What a soak found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoakOutcome {
    /// Operations that were checked.
    pub operations: u64,
    /// Operations in shared encoders whose output was never written.
    pub lost: u64,
    /// Operations whose output was written with anything but the expected numbers.
    pub wrong: u64,
    /// Encoders that were refused after a commit, or after the end of what makes them.
    pub refused: u64,
    /// Calls that are work for the GPU, but whose result is not checked.
    pub works: u64,
    /// How many of these the GPU did; `None` if the driver does not count them, as only the simulated one does.
    pub works_done: Option<u64>,
    /// What was done with encoders of each kind that came up.
    pub kinds: Vec<KindOutcome>,
    /// What was done, and how often.
    pub actions: Vec<(String, u64)>,
    /// What else was not as it should be, the first of each kind.
    pub complaints: Vec<String>,
    /// Resident memory in KiB after a tenth of the time; `None` where the system does not say.
    pub memory_early: Option<u64>,
    /// The same at the end.
    pub memory_late: Option<u64>,
    /// What the injected library counted; `None` without the library.
    pub statistics: Option<Statistics>,
    /// What the injected library found; `None` without the library.
    pub findings: Option<Findings>,
}

/// What was done with encoders of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindOutcome {
    /// The kind.
    pub kind: EncoderKind,
    /// Encoders that were opened.
    pub encoders: u64,
    /// Calls that were made on them, late ones and ends among them.
    pub calls: u64,
    /// Calls that came late, by the library's count; without those to end an encoder, which all kinds share.
    pub late_calls: u64,
}

impl SoakOutcome {
    pub(super) fn new(
        log: Log,
        memory: Memory,
        statistics: Option<Statistics>,
        findings: Option<Findings>,
    ) -> Self {
        let late = |kind: EncoderKind| {
            let counts = statistics.iter().flat_map(|it| &it.late_by_selector);
            counts
                .filter(|it| kind.selectors().any(|selector| selector == it.selector))
                .map(|it| it.count)
                .sum()
        };
        let kind = |(kind, used): (EncoderKind, super::work::Use)| KindOutcome {
            kind,
            encoders: used.encoders,
            calls: used.calls,
            late_calls: late(kind),
        };
        let left_out = statistics.as_ref().map_or(0, Statistics::dispatches_left_out);
        let late_works = left_out.saturating_sub(log.count.lost);
        Self {
            operations: log.operations,
            lost: log.count.lost,
            wrong: log.count.wrong,
            refused: log.refused,
            works: log.works,
            works_done: works_done(log.works.saturating_sub(late_works)),
            kinds: log.kinds.into_iter().map(kind).collect(),
            actions: log.actions.into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
            complaints: log.complaints.into_iter().collect(),
            memory_early: memory.0,
            memory_late: memory.1,
            statistics,
            findings,
        }
    }

    /// Work that did not reach the GPU: lost operations, and unchecked work that is missing.
    pub fn work_lost(&self) -> u64 {
        self.lost + self.works_done.map_or(0, |done| self.works.saturating_sub(done))
    }
}

/// How much work the GPU has done, once it is as much as expected, or the time is up.
fn works_done(expected: u64) -> Option<u64> {
    let limit = Instant::now() + GPU_LIMIT;
    while simulated::counted_work()? < expected && Instant::now() < limit {
        sleep(Duration::from_millis(1));
    }
    simulated::counted_work()
}
