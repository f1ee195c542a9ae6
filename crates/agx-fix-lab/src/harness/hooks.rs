//! Objective-C calls in this process: through the hooks if the library is in it.

use crate::harness::locks::{Apart, Hold as _, Word, apart};
use crate::harness::memory::{self, Reading};
use crate::harness::stand_in::work;
use crate::harness::window::{Length, Window, measure, measure_batches};
use agx_fix_engine::call_cost::Case;
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::{Failure, Stage};
use std::hint::black_box;

/// Encoders that are opened and ended between two looks at the clock.
const LIVES: u64 = 64;
/// Before the first measurement of a process.
const WARM_UP: Length = Length::Calls(100 * 512);

/// A process that is at work already, with encoders for some cases.
pub(crate) struct Hooked {
    stage: Stage,
    /// The application's own locks, one for each encoder, where it takes one around each call: a compare-and-swap, and a plain
    /// store to let go. What a lock costs at least, where the guard's stands.
    locks: Option<Box<[Apart<Word>]>>,
}

impl Hooked {
    /// Opens as many encoders as the cases need.
    ///
    /// # Errors
    /// No Metal, or it refused something.
    pub(crate) fn open(cases: impl Iterator<Item = Case>, app_side_lock: bool) -> Result<Self, Failure> {
        let encoders = cases.map(Case::encoders).max().unwrap_or(0);
        let stage = Stage::open(encoders + 1)?;
        // Thrown away: page tables, caches and the core's clock are not those of a process at work before. On an encoder beside
        // the others, which their own threads are to be the first to use.
        measure(1, WARM_UP, |_| stage.call(black_box(encoders)))?;
        Ok(Self { stage, locks: app_side_lock.then(|| apart(encoders)) })
    }

    /// Measures one call in a case. (Work is added outside the call only: what is inside is the driver's.)
    ///
    /// # Errors
    /// The system did not start all threads.
    pub(crate) fn calls(&self, case: Case, length: Length) -> Result<Window, Failure> {
        match &self.locks {
            None => measured(case, length, |encoder| self.stage.call(encoder)),
            Some(locks) => measured(case, length, |encoder| {
                let _held = locks[encoder].0.hold();
                self.stage.call(encoder);
            }),
        }
    }

    /// What the library counted in this process; `None` without it.
    ///
    /// # Errors
    /// They cannot be read.
    pub(crate) fn statistics(&self) -> Result<Option<Statistics>, Failure> {
        self.stage.statistics()
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
/// No Metal, or it refused something.
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
/// No Metal, or it refused something.
pub(crate) fn memory(encoders: u64) -> Result<(Vec<Reading>, Option<Statistics>), Failure> {
    let stage = Stage::open(0)?;
    let readings = memory::watch(encoders, |count| stage.live(count))?;
    Ok((readings, stage.statistics()?))
}
