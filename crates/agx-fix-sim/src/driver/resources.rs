//! The resource list of a pass: objects that stay alive until the GPU is done with them.

use agx_fix_objc::memory::Strong;
use std::sync::{Mutex, PoisonError};

/// A resource list. Lists are immortal and travel with contexts: a thread that is late by a whole teardown adds to a
/// list that somebody else uses now, which keeps an object longer than needed and harms nobody.
#[derive(Debug, Default)]
pub(crate) struct ResourceList(Mutex<Vec<Strong>>);

impl ResourceList {
    /// Keeps `object`. The same object bound over and over is kept once, as far back as is cheap to look.
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
