//! From an encoder's address to a lock, as others do it.

use super::Lock;
use crate::stand_in::Encoder;
use dashmap::DashMap;
use parking_lot::lock_api::ArcMutexGuard;
use parking_lot::{Mutex, MutexGuard, RawMutex};
use std::sync::Arc;

/// As many as Objective-C's side tables have on a Mac.
const STRIPES: usize = 64;

/// One of 64 locks, by the address: encoders that fall together wait for each other.
pub(super) struct Stripes(Box<[Stripe]>);

#[derive(Default)]
#[repr(align(128))]
struct Stripe(Mutex<()>);

impl Lock for Stripes {
    type Held<'a> = MutexGuard<'a, ()>;

    fn of(_: &[Box<Encoder>]) -> Self {
        Self((0..STRIPES).map(|_| Stripe::default()).collect())
    }

    /// The hash is that of objc4's `StripedMap`.
    #[inline]
    fn enter(&self, _: usize, address: usize) -> MutexGuard<'_, ()> {
        self.0[((address >> 4) ^ (address >> 9)) % STRIPES].0.lock()
    }
}

/// A concurrent map in which each encoder has a mutex of its own, counted, so that nobody holds a part of the map while the
/// driver runs.
pub(super) struct Sharded(DashMap<usize, Arc<Mutex<()>>>);

impl Lock for Sharded {
    type Held<'a> = ArcMutexGuard<RawMutex, ()>;

    fn of(encoders: &[Box<Encoder>]) -> Self {
        Self(encoders.iter().map(|encoder| (encoder.address(), Arc::default())).collect())
    }

    #[inline]
    fn enter(&self, _: usize, address: usize) -> Self::Held<'_> {
        let mutex = self.0.get(&address).map(|entry| Arc::clone(&entry)).unwrap_or_default();
        mutex.lock_arc()
    }
}
