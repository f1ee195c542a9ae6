//! Locks that lie in the encoder.

use super::Lock;
use crate::harness::stand_in::Encoder;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::yield_now;

/// No lock.
pub(super) struct Nothing;

impl Lock for Nothing {
    fn of(_: &[Box<Encoder>]) -> Self {
        Self
    }

    #[inline]
    fn call(&self, _: usize, _: usize, method: impl Fn()) {
        method();
    }
}

/// As far from its neighbours as the guard's slots are from theirs.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Apart<T>(pub(crate) T);

fn apart<T: Default>(encoders: &[Box<Encoder>]) -> Box<[Apart<T>]> {
    encoders.iter().map(|_| Apart::default()).collect()
}

/// One compare-and-swap to take it, one plain store to let go: the least that excludes another thread. It can only spin.
#[derive(Default)]
pub(crate) struct Word(AtomicBool);

pub(crate) struct HeldWord<'a>(&'a AtomicBool);

impl Word {
    #[inline]
    pub(crate) fn lock(&self) -> HeldWord<'_> {
        if self.0.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.spin();
        }
        HeldWord(&self.0)
    }

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

/// The limit.
pub(super) struct Bare(Box<[Apart<Word>]>);

impl Lock for Bare {
    fn of(encoders: &[Box<Encoder>]) -> Self {
        Self(apart(encoders))
    }

    #[inline]
    fn call(&self, number: usize, _: usize, method: impl Fn()) {
        let _held = self.0[number].0.lock();
        method();
    }
}

/// The same, but that locks of different encoders share a cache line: what it costs a thread when others write beside it.
pub(super) struct Packed(Box<[Word]>);

impl Lock for Packed {
    fn of(encoders: &[Box<Encoder>]) -> Self {
        Self(encoders.iter().map(|_| Word::default()).collect())
    }

    #[inline]
    fn call(&self, number: usize, _: usize, method: impl Fn()) {
        let _held = self.0[number].lock();
        method();
    }
}

/// The standard library's mutex.
pub(super) struct Std(Box<[Apart<Mutex<()>>]>);

impl Lock for Std {
    fn of(encoders: &[Box<Encoder>]) -> Self {
        Self(apart(encoders))
    }

    #[inline]
    fn call(&self, number: usize, _: usize, method: impl Fn()) {
        let _held = self.0[number].0.lock().unwrap_or_else(PoisonError::into_inner);
        method();
    }
}

/// `parking_lot`'s mutex.
pub(super) struct ParkingLot(Box<[Apart<parking_lot::Mutex<()>>]>);

impl Lock for ParkingLot {
    fn of(encoders: &[Box<Encoder>]) -> Self {
        Self(apart(encoders))
    }

    #[inline]
    fn call(&self, number: usize, _: usize, method: impl Fn()) {
        let _held = self.0[number].0.lock();
        method();
    }
}
