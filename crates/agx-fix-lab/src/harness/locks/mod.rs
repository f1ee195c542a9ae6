//! Locks alone, around a stand-in for the driver's method.
//!
//! - `inline`: locks that lie in the encoder, without a look-up: the limit, and what a mutex costs at least. An application
//!   could have these; an injected library cannot, as the encoder's memory is the driver's;
//! - `tables`: from the encoder's address to a lock, as others do it;
//! - `guards`: this project's guard.

mod guards;
pub(crate) mod inline;
mod tables;

use crate::harness::case::Case;
use crate::harness::stand_in::{Encoder, encoders, work};
use crate::harness::window::{Length, Window, measure};
use agx_fix_workload::Failure;
use std::hint::black_box;

/// A way to keep threads apart.
trait Lock: Sized + Sync {
    /// For these encoders.
    fn of(encoders: &[Box<Encoder>]) -> Self;

    /// Makes a call on the encoder with that number, at that address, as soon as nobody else is inside.
    fn call(&self, number: usize, address: usize, method: impl Fn());
}

/// One of the compared.
#[derive(Clone, Copy)]
pub(crate) struct Contender {
    /// The name in tables and JSON.
    pub(crate) name: &'static str,
    /// Whether it keeps threads apart.
    pub(crate) excludes: bool,
    run: fn(Case, Length) -> Result<Measured, Failure>,
}

/// A measurement, and what the encoders say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    /// The measurement.
    pub(crate) window: Window,
    /// The calls that the encoders have counted, with plain counters: fewer than were made where threads met inside.
    pub(crate) counted: u64,
}

impl Contender {
    const fn new<L: Lock>(name: &'static str, excludes: bool) -> Self {
        Self { name, excludes, run: run::<L> }
    }

    /// Measures it in one case.
    ///
    /// # Errors
    /// The system did not start all threads.
    pub(crate) fn run(&self, case: Case, length: Length) -> Result<Measured, Failure> {
        (self.run)(case, length)
    }
}

/// All contenders, in the order of tables. The first one is no lock at all.
pub(crate) const ALL: [Contender; 10] = [
    // the call alone
    Contender::new::<inline::Nothing>("no-lock", false),
    // compare-and-swap, plain store: the limit
    Contender::new::<inline::Bare>("bare-cas", true),
    // the same, neighbours in one cache line
    Contender::new::<inline::Packed>("bare-cas-packed", true),
    // std::sync::Mutex in the encoder
    Contender::new::<inline::Std>("std-mutex", true),
    // parking_lot::Mutex in the encoder
    Contender::new::<inline::ParkingLot>("parking-lot", true),
    // 64 locks by address, as Objective-C's side tables
    Contender::new::<tables::Stripes>("stripes-64", true),
    // dashmap of an Arc<Mutex> for each encoder
    Contender::new::<tables::Sharded>("sharded-map", true),
    // the guard, one lock for all
    Contender::new::<guards::Guard<crate::harness::guarded::Global>>("guard-global", true),
    // the guard, a lock for each encoder
    Contender::new::<guards::Guard<crate::harness::guarded::PerEncoder>>("guard-per-encoder", true),
    // the guard, a lock for each command buffer
    Contender::new::<guards::Guard<crate::harness::guarded::PerBuffer>>("guard-per-command-buffer", true),
];

fn run<L: Lock>(case: Case, length: Length) -> Result<Measured, Failure> {
    let encoders = encoders(case.encoders());
    let lock = L::of(&encoders);
    let (inside, outside) = black_box((case.work(), case.work()));
    let window = measure(case.threads, length.for_case(case), |thread| {
        let number = black_box(case.encoder_of(thread));
        let encoder = &encoders[number];
        lock.call(number, encoder.address(), || encoder.method(inside));
        black_box(work(number as u64, outside));
    })?;
    Ok(Measured { window, counted: encoders.iter().map(|encoder| encoder.calls()).sum() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread::{scope, yield_now};

    /// Threads that enter together, with the door held open for a while: the most that were inside at once.
    fn most_inside<L: Lock>() -> usize {
        const THREADS: usize = 4;
        let encoders = encoders(1);
        let lock = L::of(&encoders);
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let barrier = std::sync::Barrier::new(THREADS);
        scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    barrier.wait();
                    lock.call(0, encoders[0].address(), || {
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        // Long enough for all to come in, were they let in: they wait for each other, but not for ever.
                        for _ in 0..10_000 {
                            if inside.load(Ordering::SeqCst) == THREADS {
                                break;
                            }
                            yield_now();
                        }
                        inside.fetch_sub(1, Ordering::SeqCst);
                    });
                });
            }
        });
        most.into_inner()
    }

    #[test]
    fn locks_let_one_thread_in_and_no_lock_lets_all_in() {
        assert!(most_inside::<inline::Nothing>() > 1, "the baseline must fail");
        assert_eq!(most_inside::<inline::Bare>(), 1);
        assert_eq!(most_inside::<inline::Packed>(), 1);
        assert_eq!(most_inside::<inline::Std>(), 1);
        assert_eq!(most_inside::<inline::ParkingLot>(), 1);
        assert_eq!(most_inside::<tables::Stripes>(), 1);
        assert_eq!(most_inside::<tables::Sharded>(), 1);
        assert_eq!(most_inside::<guards::Guard<crate::harness::guarded::Global>>(), 1);
        assert_eq!(most_inside::<guards::Guard<crate::harness::guarded::PerEncoder>>(), 1);
        assert_eq!(most_inside::<guards::Guard<crate::harness::guarded::PerBuffer>>(), 1);
    }

    #[test]
    fn every_contender_runs_in_every_case_and_locks_count_right() {
        for case in Case::all(&[2]) {
            for contender in ALL {
                let measured = contender.run(case, Length::Calls(2048)).unwrap();
                assert_eq!(measured.window.calls(), 2048 * case.threads as u64, "{}", contender.name);
                if contender.excludes {
                    assert_eq!(measured.counted, measured.window.calls(), "{} in {case}", contender.name);
                }
            }
        }
    }
}
