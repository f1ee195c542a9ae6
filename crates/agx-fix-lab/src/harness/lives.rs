//! Creation and end of an encoder, in tables alone: what it costs to get a lock for an encoder and to give it up.

use crate::harness::guarded::{self, Global, Guarded, PerBuffer, PerEncoder};
use crate::harness::stand_in::encoders;
use crate::harness::window::{Candidate, Length, Window, measure};
use agx_fix_terms::CallKind;
use agx_fix_workload::Failure;
use dashmap::DashMap;
use parking_lot::Mutex;
use std::hint::black_box;
use std::sync::Arc;

/// All, in the order of tables. So many threads have one encoder after the other; each has a command buffer and an address
/// of its own, at which its encoders come back.
pub(crate) const ALL: [Candidate<usize>; 5] = [
    // papaya: one insert, one remove
    Candidate { name: "lock-free-map", run: lock_free },
    // dashmap: one insert of an Arc<Mutex>, one remove
    Candidate { name: "sharded-map", run: sharded },
    // opened, ended, completed, freed
    Candidate { name: "guard-global", run: guard::<Global> },
    Candidate { name: "guard-per-encoder", run: guard::<PerEncoder> },
    Candidate { name: "guard-per-command-buffer", run: guard::<PerBuffer> },
];

fn lock_free(threads: usize, length: Length) -> Result<Window, Failure> {
    let encoders = encoders(threads);
    let map = papaya::HashMap::new();
    measure(threads, length, |thread| {
        let encoder = black_box(encoders[thread].address());
        map.pin().insert(encoder, 0u64);
        map.pin().remove(&encoder);
    })
}

fn sharded(threads: usize, length: Length) -> Result<Window, Failure> {
    let encoders = encoders(threads);
    let map = DashMap::<usize, Arc<Mutex<()>>>::new();
    measure(threads, length, |thread| {
        let encoder = black_box(encoders[thread].address());
        map.insert(encoder, Arc::default());
        map.remove(&encoder);
    })
}

fn guard<G: Guarded>(threads: usize, length: Length) -> Result<Window, Failure> {
    guarded::configure::<G>();
    let (encoders, buffers) = (encoders(threads), encoders(threads));
    let window = measure(threads, length, |thread| {
        let (encoder, buffer) = (black_box(encoders[thread].address()), buffers[thread].address());
        guarded::open::<G>(encoder, buffer);
        guarded::make::<G>(encoder, CallKind::End);
        guarded::complete::<G>(buffer);
        guarded::make::<G>(encoder, CallKind::Free);
    });
    for buffer in &buffers {
        guarded::make::<G>(buffer.address(), CallKind::Free);
    }
    window
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contender_runs_and_the_guard_finds_nothing_wrong() {
        for Candidate { name, run } in ALL {
            assert_eq!(run(2, Length::Calls(512)).unwrap().calls(), 1024, "{name}");
        }
        let statistics = PerEncoder::guard().statistics();
        assert_eq!((statistics.findings, statistics.late_calls, statistics.unguarded), (0, 0, 0));
        assert!(statistics.creations >= 1024);
    }
}
