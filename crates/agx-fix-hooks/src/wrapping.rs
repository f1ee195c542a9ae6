//! Recognising wrappers: a factory that calls a factory.
//!
//! With API validation or a capture, the application gets objects that wrap the driver's. A wrapper's factory calls the driver's
//! factory on the same thread, and wraps the object that it answers. This file has one word for each thread and touches nothing
//! else.

use agx_fix_objc::Id;
use core::cell::Cell;

thread_local! {
    /// What the last factory inside the present one has answered.
    static INNER: Cell<Option<Id>> = const { Cell::new(None) };
}

/// A factory begins.
pub(crate) fn begin() {
    let _ = INNER.try_with(|inner| inner.set(None));
}

/// A factory has answered this object: what a factory inside it has answered, if there was one.
pub(crate) fn answered(object: Id) -> Option<Id> {
    INNER.try_with(|inner| inner.replace(Some(object))).ok().flatten()
}
