//! The resource list of a pass: the objects that stay alive until the GPU has finished the pass.

use agx_fix_objc::memory::Strong;
use std::sync::{Mutex, PoisonError};

/// A resource list. It is never freed and stays with its context. A thread that is late by a whole teardown adds to the
/// list of another pass, which only keeps an object alive for longer.
#[derive(Debug, Default)]
pub(crate) struct ResourceList(Mutex<Vec<Strong>>);

impl ResourceList {
    /// Keeps `object`, unless it is one of the last few objects of the list.
    pub(crate) fn keep(&self, object: Strong) {
        const LOOK_BACK: usize = 8;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.iter().rev().take(LOOK_BACK).any(|other| **other == *object) {
            kept.push(object);
            return;
        }
        // The last release of an object may run its `dealloc`: not under this lock.
        drop(kept);
    }

    /// Hands over all that is kept.
    pub(crate) fn take(&self) -> Vec<Strong> {
        core::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
