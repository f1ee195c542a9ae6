//! Look-ups among many live encoders: whether a call costs the same with one encoder alive and with 100,000.

use crate::harness::guarded::{self, Crowd};
use crate::harness::locks::{Lock as _, Sharded};
use crate::harness::stand_in::{Encoder, encoders};
use crate::harness::window::{Candidate, Length, Window, measure};
use agx_fix_terms::CallKind;
use agx_fix_workload::Failure;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many encoders are alive.
pub(crate) const SIZES: [usize; 6] = [1, 10, 100, 1_000, 10_000, 100_000];

/// All, in the order of tables: one thread calls so many live encoders in a random order, over and over. The first one says
/// what the encoders' own memory costs, which no look-up can go below: many encoders do not fit in a cache.
pub(crate) const ALL: [Candidate<usize>; 3] = [
    // the encoder's own memory alone
    Candidate { name: "no-lock", run: |live, length| nothing(&encoders(live), length) },
    // dashmap of an Arc<Mutex> for each encoder
    Candidate { name: "sharded-map", run: |live, length| sharded(&encoders(live), length) },
    Candidate { name: "guard-per-encoder", run: |live, length| guard(&encoders(live), length) },
];

/// Calls all encoders in an order that no prefetcher follows: by a step that has no factor in common with their number.
fn visit(
    encoders: &[Box<Encoder>],
    length: Length,
    call: impl Fn(&Encoder) + Sync,
) -> Result<Window, Failure> {
    let step = step_for(encoders.len());
    let next = AtomicUsize::new(0);
    measure(1, length, |_| {
        let number = next.load(Ordering::Relaxed);
        next.store((number + step) % encoders.len(), Ordering::Relaxed);
        call(black_box(&encoders[number]));
    })
}

/// Near the golden section of `count`, and prime to it.
fn step_for(count: usize) -> usize {
    let golden = (count as f64 * 0.618_034) as usize;
    (golden.max(1)..).find(|&step| gcd(step, count) == 1).unwrap_or(1)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn nothing(encoders: &[Box<Encoder>], length: Length) -> Result<Window, Failure> {
    visit(encoders, length, |encoder| encoder.method(0))
}

fn sharded(encoders: &[Box<Encoder>], length: Length) -> Result<Window, Failure> {
    let map = Sharded::of(encoders);
    visit(encoders, length, |encoder| map.call(0, encoder.address(), || encoder.method(0)))
}

fn guard(encoders: &[Box<Encoder>], length: Length) -> Result<Window, Failure> {
    guarded::configure::<Crowd>();
    let buffer = Box::<Encoder>::default();
    for encoder in encoders {
        guarded::appear::<Crowd>(encoder.address(), buffer.address());
    }
    let window = visit(encoders, length, |encoder| {
        guarded::call::<Crowd>(encoder.address(), || encoder.method(0));
    });
    guarded::complete::<Crowd>(buffer.address());
    for encoder in encoders {
        guarded::make::<Crowd>(encoder.address(), CallKind::Free);
    }
    guarded::make::<Crowd>(buffer.address(), CallKind::Free);
    window
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::guarded::Guarded as _;

    #[test]
    fn every_encoder_has_its_turn() {
        for count in [1, 2, 10, 100, 1_000] {
            let encoders = encoders(count);
            visit(&encoders, Length::Calls(2048), |encoder| encoder.method(0)).unwrap();
            assert!(encoders.iter().all(|encoder| encoder.calls() > 0), "of {count}");
        }
    }

    #[test]
    fn the_guard_lets_every_call_through_and_is_left_empty() {
        let encoders = encoders(1_000);
        guard(&encoders, Length::Calls(2048)).unwrap();
        assert_eq!(encoders.iter().map(|encoder| encoder.calls()).sum::<u64>(), 2048);
        let statistics = Crowd::guard().statistics();
        // Beside the calls, each encoder and the command buffer were freed.
        assert_eq!((statistics.acquisitions, statistics.late_calls), (2048 + 1_000 + 1, 0));
        assert_eq!((statistics.retained, statistics.unguarded), (0, 0));
    }
}
