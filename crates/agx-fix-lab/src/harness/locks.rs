//! Locks alone, around a stand-in for the driver's method.
//!
//! Three kinds are compared. Locks that lie in the encoder need no look-up: an application could have these, an injected
//! library cannot, as the encoder's memory is the driver's. Tables lead from the encoder's address to a lock, as other
//! libraries do it. The third kind is this project's guard.

use crate::harness::guarded::{self, Global, Guarded, PerBuffer, PerEncoder};
use crate::harness::stand_in::{Encoder, encoders, work};
use crate::harness::window::{Candidate, Length, Window, measure};
use agx_fix_engine::call_cost::Case;
use agx_fix_terms::CallKind;
use agx_fix_workload::Failure;
use dashmap::DashMap;
use parking_lot::Mutex;
use std::hint::{black_box, spin_loop};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread::yield_now;

/// A way to keep threads apart.
pub(crate) trait Lock: Sized + Sync {
    /// Whether it keeps them apart.
    const EXCLUDES: bool = true;

    /// For these encoders.
    fn of(encoders: &[Box<Encoder>]) -> Self;

    /// Makes a call on the encoder with that number, at that address, as soon as nobody else is inside.
    fn call(&self, number: usize, address: usize, method: impl Fn());
}

/// All, in the order of tables.
pub(crate) const ALL: [Candidate<Case>; 10] = [
    Candidate { name: "no-lock", run: run::<NoLock> },
    // compare-and-swap, plain store: the limit
    Candidate { name: "bare-cas", run: run::<InEncoder<Word>> },
    // the same, neighbours in one cache line
    Candidate { name: "bare-cas-packed", run: run::<Packed> },
    Candidate { name: "std-mutex", run: run::<InEncoder<std::sync::Mutex<()>>> },
    Candidate { name: "parking-lot", run: run::<InEncoder<Mutex<()>>> },
    // 64 locks by address, as Objective-C's side tables
    Candidate { name: "stripes-64", run: run::<Stripes> },
    // dashmap of an Arc<Mutex> for each encoder
    Candidate { name: "sharded-map", run: run::<Sharded> },
    Candidate { name: "guard-global", run: run::<Guard<Global>> },
    Candidate { name: "guard-per-encoder", run: run::<Guard<PerEncoder>> },
    Candidate { name: "guard-per-command-buffer", run: run::<Guard<PerBuffer>> },
];

/// A lock whose measurement has fewer calls counted than made let two threads in: the measurement is an error.
fn run<L: Lock>(case: Case, length: Length) -> Result<Window, Failure> {
    let encoders = encoders(case.encoders());
    let lock = L::of(&encoders);
    let (inside, outside) = black_box((case.work(), case.work()));
    let window = measure(case.threads, length.for_case(case), |thread| {
        let number = black_box(case.encoder_of(thread));
        let encoder = &encoders[number];
        lock.call(number, encoder.address(), || encoder.method(inside));
        black_box(work(number as u64, outside));
    })?;
    let counted: u64 = encoders.iter().map(|encoder| encoder.calls()).sum();
    if L::EXCLUDES && counted != window.calls() {
        return Err(Failure::NotExclusive(std::any::type_name::<L>()));
    }
    Ok(window)
}

struct NoLock;

impl Lock for NoLock {
    const EXCLUDES: bool = false;

    fn of(_: &[Box<Encoder>]) -> Self {
        Self
    }

    #[inline]
    fn call(&self, _: usize, _: usize, method: impl Fn()) {
        method();
    }
}

/// What can be held.
pub(crate) trait Hold: Default + Sync + Send {
    type Held<'a>
    where
        Self: 'a;

    fn hold(&self) -> Self::Held<'_>;
}

/// One compare-and-swap to take it, one plain store to let go: the least that excludes another thread. It can only spin.
#[derive(Default)]
pub(crate) struct Word(AtomicBool);

pub(crate) struct HeldWord<'a>(&'a AtomicBool);

impl Hold for Word {
    type Held<'a> = HeldWord<'a>;

    #[inline]
    fn hold(&self) -> HeldWord<'_> {
        if self.0.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.spin();
        }
        HeldWord(&self.0)
    }
}

impl Word {
    #[cold]
    fn spin(&self) {
        let mut looks = 0u32;
        while self.0.load(Ordering::Relaxed)
            || self.0.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err()
        {
            looks += 1;
            // The holder may have no core.
            if looks.is_multiple_of(128) { yield_now() } else { spin_loop() }
        }
    }
}

impl Drop for HeldWord<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Hold for std::sync::Mutex<()> {
    type Held<'a> = std::sync::MutexGuard<'a, ()>;

    #[inline]
    fn hold(&self) -> Self::Held<'_> {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hold for Mutex<()> {
    type Held<'a> = parking_lot::MutexGuard<'a, ()>;

    #[inline]
    fn hold(&self) -> Self::Held<'_> {
        self.lock()
    }
}

/// As far from its neighbours as the guard's slots are from theirs.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Apart<T>(pub(crate) T);

/// So many locks, apart.
pub(crate) fn apart<T: Default>(count: usize) -> Box<[Apart<T>]> {
    (0..count).map(|_| Apart::default()).collect()
}

struct InEncoder<T>(Box<[Apart<T>]>);

impl<T: Hold> Lock for InEncoder<T> {
    fn of(encoders: &[Box<Encoder>]) -> Self {
        Self(apart(encoders.len()))
    }

    #[inline]
    fn call(&self, number: usize, _: usize, method: impl Fn()) {
        let _held = self.0[number].0.hold();
        method();
    }
}

/// Locks of different encoders share a cache line: what it costs a thread when others write beside it.
struct Packed(Box<[Word]>);

impl Lock for Packed {
    fn of(encoders: &[Box<Encoder>]) -> Self {
        Self(encoders.iter().map(|_| Word::default()).collect())
    }

    #[inline]
    fn call(&self, number: usize, _: usize, method: impl Fn()) {
        let _held = self.0[number].hold();
        method();
    }
}

/// As many as Objective-C's side tables have on a Mac.
const STRIPES: usize = 64;

/// One of 64 locks, by the address: encoders that fall together wait for each other.
struct Stripes(Box<[Apart<Mutex<()>>]>);

impl Lock for Stripes {
    fn of(_: &[Box<Encoder>]) -> Self {
        Self(apart(STRIPES))
    }

    /// The hash is that of objc4's `StripedMap`.
    #[inline]
    fn call(&self, _: usize, address: usize, method: impl Fn()) {
        let _held = self.0[((address >> 4) ^ (address >> 9)) % STRIPES].0.lock();
        method();
    }
}

/// A concurrent map in which each encoder has a mutex of its own, counted, so that nobody holds a part of the map while the
/// driver runs.
pub(crate) struct Sharded(DashMap<usize, Arc<Mutex<()>>>);

impl Lock for Sharded {
    fn of(encoders: &[Box<Encoder>]) -> Self {
        Self(encoders.iter().map(|encoder| (encoder.address(), Arc::default())).collect())
    }

    #[inline]
    fn call(&self, _: usize, address: usize, method: impl Fn()) {
        let mutex = self.0.get(&address).map(|entry| Arc::clone(&entry)).unwrap_or_default();
        let _held = mutex.lock();
        method();
    }
}

/// Encoders that a guard knows, each of a command buffer of its own, whose address stands for it.
struct Guard<G: Guarded> {
    /// Encoder, command buffer.
    open: Vec<(usize, Box<Encoder>)>,
    guard: PhantomData<G>,
}

impl<G: Guarded + Sync> Lock for Guard<G> {
    fn of(encoders: &[Box<Encoder>]) -> Self {
        guarded::configure::<G>();
        let open: Vec<(usize, Box<Encoder>)> =
            encoders.iter().map(|encoder| (encoder.address(), Box::default())).collect();
        for (encoder, buffer) in &open {
            guarded::open::<G>(*encoder, buffer.address());
        }
        Self { open, guard: PhantomData }
    }

    #[inline]
    fn call(&self, _: usize, address: usize, method: impl Fn()) {
        guarded::call::<G>(address, method);
    }
}

/// The addresses may come back as others'.
impl<G: Guarded> Drop for Guard<G> {
    fn drop(&mut self) {
        for (encoder, buffer) in &self.open {
            guarded::make::<G>(*encoder, CallKind::End);
            guarded::complete::<G>(buffer.address());
            guarded::make::<G>(*encoder, CallKind::Free);
            guarded::make::<G>(buffer.address(), CallKind::Free);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::thread::scope;

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
        assert!(most_inside::<NoLock>() > 1, "the baseline must fail");
        assert_eq!(most_inside::<InEncoder<Word>>(), 1);
        assert_eq!(most_inside::<Packed>(), 1);
        assert_eq!(most_inside::<InEncoder<std::sync::Mutex<()>>>(), 1);
        assert_eq!(most_inside::<InEncoder<Mutex<()>>>(), 1);
        assert_eq!(most_inside::<Stripes>(), 1);
        assert_eq!(most_inside::<Sharded>(), 1);
        assert_eq!(most_inside::<Guard<Global>>(), 1);
        assert_eq!(most_inside::<Guard<PerEncoder>>(), 1);
        assert_eq!(most_inside::<Guard<PerBuffer>>(), 1);
    }

    #[test]
    fn every_lock_runs_in_every_case_and_counts_right() {
        for case in Case::all(&[2]) {
            for Candidate { name, run } in ALL {
                let window = run(case, Length::Calls(2048)).unwrap();
                assert_eq!(window.calls(), 2048 * case.threads as u64, "{name} in {case}");
            }
        }
    }
}
