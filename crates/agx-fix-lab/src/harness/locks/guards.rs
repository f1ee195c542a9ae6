//! This project's guard, with each way to share locks.

use super::Lock;
use crate::harness::guarded::{self, Guarded};
use crate::harness::stand_in::Encoder;
use agx_fix_terms::CallKind;
use std::marker::PhantomData;

/// Encoders that a guard knows, each of a command buffer of its own, whose address stands for it.
pub(super) struct Guard<G: Guarded> {
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
