//! From an encoder's address to a lock, as others do it.

use super::Lock;
use crate::harness::stand_in::Encoder;
use dashmap::DashMap;
use parking_lot::Mutex;
use std::sync::Arc;

/// As many as Objective-C's side tables have on a Mac.
const STRIPES: usize = 64;

/// One of 64 locks, by the address: encoders that fall together wait for each other.
pub(super) struct Stripes(Box<[Stripe]>);

#[derive(Default)]
#[repr(align(128))]
struct Stripe(Mutex<()>);

impl Lock for Stripes {
    fn of(_: &[Box<Encoder>]) -> Self {
        Self((0..STRIPES).map(|_| Stripe::default()).collect())
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
pub(super) struct Sharded(DashMap<usize, Arc<Mutex<()>>>);

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
