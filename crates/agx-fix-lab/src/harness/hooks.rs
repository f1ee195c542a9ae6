//! Real Objective-C calls, in this process: through the hooks if the library is in it.

use crate::harness::case::Case;
use crate::harness::locks::inline::{Apart, Word};
use crate::harness::memory::{self, Reading};
use crate::harness::stand_in::work;
use crate::harness::window::{Length, Window, measure, measure_batches};
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::{Failure, Stage};
use serde::{Deserialize, Serialize};
use std::hint::black_box;

/// Encoders that are opened and ended between two looks at the clock.
const LIVES: u64 = 64;
/// Before the first measurement of a process.
const WARM_UP: Length = Length::Calls(100 * 512);

/// What the application does about its threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Caller {
    /// Nothing.
    #[default]
    Plain,
    /// It takes a lock of its own around each call, one for each encoder: a compare-and-swap, and a plain store to let go. What
    /// a lock costs at least, where the guard's stands.
    OwnLock,
}

/// Measurements, and what the library in the process counted meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calls {
    /// A measurement for each case that was asked for.
    pub(crate) windows: Vec<Window>,
    /// Locks that the library took while they were made.
    pub(crate) acquisitions: u64,
    /// All that it counted; `None` without the library.
    pub(crate) statistics: Option<Statistics>,
}

/// Measures one call in each of the cases. (Work is added outside the call only: what is inside is
/// the driver's.)
///
/// # Errors
/// No Metal, or it refused something.
pub(crate) fn calls(cases: &[Case], caller: Caller, length: Length) -> Result<Calls, Failure> {
    let encoders = cases.iter().map(|case| case.encoders()).max().unwrap_or(1);
    let stage = Stage::open(encoders + 1)?;
    // Thrown away: page tables, caches and the core's clock are not those of a process at work before. On an encoder beside
    // the others, which their own threads are to be the first to use.
    measure(1, WARM_UP, |_| stage.call(black_box(encoders)))?;
    let before = stage.statistics()?;
    let windows =
        cases.iter().map(|&case| one_case(&stage, case, caller, length)).collect::<Result<_, _>>()?;
    let after = stage.statistics()?;
    let acquisitions = |statistics: &Option<Statistics>| statistics.as_ref().map_or(0, |it| it.acquisitions);
    Ok(Calls { windows, acquisitions: acquisitions(&after) - acquisitions(&before), statistics: after })
}

fn one_case(stage: &Stage, case: Case, caller: Caller, length: Length) -> Result<Window, Failure> {
    match caller {
        Caller::Plain => measured(case, length, |encoder| stage.call(encoder)),
        Caller::OwnLock => {
            let locks: Box<[Apart<Word>]> = (0..case.encoders()).map(|_| Apart::default()).collect();
            measured(case, length, |encoder| {
                let _held = locks[encoder].0.lock();
                stage.call(encoder);
            })
        }
    }
}

fn measured(case: Case, length: Length, call: impl Fn(usize) + Sync) -> Result<Window, Failure> {
    let outside = black_box(case.work());
    measure(case.threads, length.for_case(case), |thread| {
        call(black_box(case.encoder_of(thread)));
        black_box(work(thread as u64, outside));
    })
}

/// Measures the life of an encoder, from its opening to its command buffer's completion, on each of so many threads.
///
/// # Errors
/// As for [`calls`].
pub(crate) fn lives(threads: usize, length: Length) -> Result<Window, Failure> {
    let stage = Stage::open(0)?;
    // A refusal ends up as a shorter window; the next one says why.
    stage.live(LIVES)?;
    measure_batches(threads, length, LIVES, |_| {
        let _ = stage.live(LIVES);
    })
}

/// Lets so many encoders live on one thread, and reads the memory; with what the library counted.
///
/// # Errors
/// As for [`calls`].
pub(crate) fn memory(encoders: u64) -> Result<(Vec<Reading>, Option<Statistics>), Failure> {
    let stage = Stage::open(0)?;
    let readings = memory::watch(encoders, |count| stage.live(count))?;
    Ok((readings, stage.statistics()?))
}
