//! What a call leaves to be done after its unlock: references to release, findings to report.

use crate::guard::Process;
use agx_fix_guard::{Finding, Key, Platform as _, Who};
use agx_fix_objc::{Id, memory};
use agx_fix_terms::{CallId, FindingClass, Outcome};

/// References that are no longer needed. Releasing the last one runs code of the application's, so no lock may be held.
pub(super) type Released = Vec<Id>;

/// What is left to do when the lock is free again.
#[derive(Debug, Default)]
pub(crate) struct Deferred {
    /// Released on drop.
    pub(super) released: Released,
    /// The driver held something else than the thread had bound.
    pub(super) applied: bool,
    /// Not all that the dispatch depends on can be known.
    pub(super) unknown: bool,
    /// Who bound last among the other threads.
    pub(super) other: Option<Who>,
}

impl Deferred {
    /// What to report of a call on `this`.
    #[inline]
    pub(crate) fn findings(&self, this: Id, call: CallId) -> [Option<Finding>; 2] {
        let finding = |class, outcome| Finding {
            class,
            outcome,
            key: Key(this.addr()),
            who: Who { thread: Process::thread(), call },
            other: self.other,
            lossy: false,
        };
        [
            self.applied.then(|| finding(FindingClass::TornSequence, Outcome::Converted)),
            self.unknown.then(|| finding(FindingClass::UnknownBindings, Outcome::Reported)),
        ]
    }
}

impl Drop for Deferred {
    fn drop(&mut self) {
        for object in self.released.drain(..) {
            // SAFETY: each is a reference of bindings that were given up.
            unsafe { memory::release(object) };
        }
    }
}
