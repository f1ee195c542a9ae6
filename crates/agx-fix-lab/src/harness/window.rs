//! The harness: threads that begin together and call until the time is up, or so many times.

use agx_fix_engine::call_cost::Case;
use agx_fix_workload::Failure;
use agx_fix_workload::team::{self, Task};
use serde::{Deserialize, Serialize};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{available_parallelism, yield_now};
use std::time::{Duration, Instant};

/// Calls between two looks at the clock, which takes as long as a few calls.
const BATCH: u64 = 512;

/// How long a measurement takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Length {
    /// Until this time is up for one of the threads; then all stop.
    Time(Duration),
    /// So many calls of each thread, in whole batches of 512 (of 1 for long calls); the clock does not count.
    Calls(u64),
}

impl Length {
    /// Twice as long.
    pub(crate) fn twice(self) -> Self {
        match self {
            Self::Time(time) => Self::Time(time * 2),
            Self::Calls(calls) => Self::Calls(calls * 2),
        }
    }

    /// Twice the time for each thread where threads wait for each other: each is to have had the lock many times.
    pub(crate) fn for_case(self, case: Case) -> Self {
        match self {
            Self::Time(time) if case.is_contended() => Self::Time(time * 2 * case.threads as u32),
            other => other,
        }
    }
}

/// One of the compared: a way to keep threads apart, and the function that measures it in a subject.
pub(crate) struct Candidate<S> {
    /// The name in tables and JSON.
    pub(crate) name: &'static str,
    /// # Errors
    /// The system did not start all threads, or two were inside at once.
    pub(crate) run: fn(S, Length) -> Result<Window, Failure>,
}

/// The one of that name.
///
/// # Errors
/// There is none.
pub(crate) fn find<'a, S>(all: &'a [Candidate<S>], name: &str) -> Result<&'a Candidate<S>, Failure> {
    all.iter().find(|it| it.name == name).ok_or(Failure::Refused("contender of that name"))
}

/// What one thread did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Share {
    /// Calls made.
    pub(crate) calls: u64,
    /// From its first call to its last.
    pub(crate) nanoseconds: u64,
}

/// One measurement: what each thread did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    /// A share for each thread.
    pub(crate) shares: Vec<Share>,
}

impl Window {
    /// All calls.
    pub(crate) fn calls(&self) -> u64 {
        self.shares.iter().map(|share| share.calls).sum()
    }

    /// Calls a second, of all threads together.
    pub(crate) fn rate(&self) -> f64 {
        self.shares.iter().map(|share| 1e9 * share.calls as f64 / share.nanoseconds.max(1) as f64).sum()
    }

    /// Nanoseconds of a core's time for one call: cores in use, by the calls they make together. A thread that waits, or that
    /// has no core, takes its share of them as well.
    pub(crate) fn nanoseconds(&self) -> f64 {
        let cores = available_parallelism().map_or(1, usize::from);
        1e9 * self.shares.len().min(cores) as f64 / self.rate()
    }

    /// The calls of the slowest thread, as a share of the mean; 1 is fair.
    pub(crate) fn slowest_share(&self) -> f64 {
        let slowest = self.shares.iter().map(|share| share.calls).min().unwrap_or(0);
        slowest as f64 * self.shares.len() as f64 / self.calls().max(1) as f64
    }
}

/// So many threads make `call`, which gets the thread's number from 0 on.
///
/// # Errors
/// The system did not start all threads.
pub(crate) fn measure(
    threads: usize,
    length: Length,
    call: impl Fn(usize) + Sync,
) -> Result<Window, Failure> {
    measure_batches(threads, length, BATCH, |thread| {
        for _ in 0..BATCH {
            call(thread);
        }
    })
}

/// The same for something that makes `size` calls at once.
///
/// # Errors
/// As for [`measure`].
pub(crate) fn measure_batches(
    threads: usize,
    length: Length,
    size: u64,
    batch: impl Fn(usize) + Sync,
) -> Result<Window, Failure> {
    let (arrived, stop) = (&AtomicUsize::new(0), &AtomicBool::new(false));
    let batch = &batch;
    let task = |thread: usize| {
        Task::new(format!("caller-{thread}"), move || {
            await_all(threads, arrived);
            let began = Instant::now();
            let mut calls = 0;
            while !stop.load(Ordering::Relaxed) && !is_over(length, calls, began) {
                batch(thread);
                calls += size;
            }
            if matches!(length, Length::Time(_)) {
                stop.store(true, Ordering::Relaxed);
            }
            let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
            Share { calls, nanoseconds }
        })
    };
    let (shares, _) = team::run((0..threads).map(task).collect())?;
    Ok(Window { shares })
}

fn is_over(length: Length, calls: u64, began: Instant) -> bool {
    match length {
        Length::Time(time) => began.elapsed() >= time,
        Length::Calls(wanted) => calls >= wanted,
    }
}

/// Threads that were woken one after the other wait here for the last one, awake.
fn await_all(threads: usize, arrived: &AtomicUsize) {
    arrived.fetch_add(1, Ordering::Relaxed);
    let mut looks = 0u32;
    while arrived.load(Ordering::Relaxed) < threads {
        looks += 1;
        // There may be more threads than cores.
        if looks.is_multiple_of(128) { yield_now() } else { spin_loop() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn a_number_of_calls_is_made_by_each_thread_and_counted() {
        let made = AtomicU64::new(0);
        let window = measure(3, Length::Calls(2 * BATCH), |_| {
            made.fetch_add(1, Ordering::Relaxed);
        });
        let window = window.unwrap();
        assert_eq!(window.calls(), 6 * BATCH);
        assert_eq!(made.into_inner(), 6 * BATCH);
        assert!(window.shares.iter().all(|share| share.calls == 2 * BATCH));
    }

    #[test]
    fn a_time_stops_all_threads() {
        let window = measure(2, Length::Time(Duration::from_millis(1)), |_| ()).unwrap();
        assert_eq!(window.shares.len(), 2);
        assert!(window.shares.iter().any(|share| share.nanoseconds >= 1_000_000));
    }

    #[test]
    fn rates_add_up_and_the_slowest_is_compared_with_the_mean() {
        let share = |calls| Share { calls, nanoseconds: 1000 };
        let window = Window { shares: vec![share(10), share(30)] };
        assert!((window.rate() - 40e6).abs() < 1.0);
        assert!((window.slowest_share() - 0.5).abs() < 1e-9);
        let alone = Window { shares: vec![share(10)] };
        assert!((alone.nanoseconds() - 100.0).abs() < 1e-9);
    }
}
