//! What the page says, part by part. Tables and sentences that the terminal has too come from `stress` and `bench`.

mod calls;
mod contention;
mod crashes;
mod origin;
mod reading;
mod summary;
mod sweep;
mod throughput;

use super::page::{Page, Section};
use super::runs::Runs;

/// The page of some runs.
pub(super) fn page(runs: &Runs) -> Page {
    let parts: [fn(&Runs) -> Option<Section>; 8] = [
        summary::section,
        origin::section,
        crashes::section,
        throughput::section,
        contention::section,
        calls::section,
        sweep::section,
        reading::section,
    ];
    Page {
        title: "agx-fix: results".to_owned(),
        notice: origin::notice(runs),
        sections: parts.iter().filter_map(|part| part(runs)).collect(),
    }
}
