//! Handlers that are added after the commit of their command buffer. The driver would assert; agx-fix keeps them and calls
//! them when the buffer completes (class 2).

use crate::guard::GUARD;
use agx_fix_guard::{Key, Protection, protects};
use agx_fix_objc::Id;
use agx_fix_objc::callback::Callback;
use agx_fix_platform::fork::ForkMutex;
use agx_fix_terms::Phase;
use std::collections::BTreeMap;

/// By command buffer. Taken out when it completes, which happens under the same lock.
static LATE: ForkMutex<BTreeMap<usize, Vec<Callback>>> = ForkMutex::new(BTreeMap::new());

/// A handler for a buffer that has been committed: called when it completes, or at once if it has.
///
/// # Safety
/// `buffer` is alive, `block` is nil or a block that takes one object.
pub(crate) unsafe fn late(buffer: Id, block: Id) {
    // SAFETY: nil or a block that takes one object, as the caller says.
    let Some(callback) = (unsafe { Callback::keep(block) }) else { return };
    let mut late = LATE.lock();
    if GUARD.phase(Key(buffer.addr())) != Phase::Completed {
        if protects(Protection::LateHandlerCalled) {
            late.entry(buffer.addr()).or_default().push(callback);
        }
        return;
    }
    drop(late);
    // SAFETY: a handler takes its command buffer.
    unsafe { callback.call(buffer) };
}

/// The buffer has completed: its late handlers are called, and those that come from now on are called at once.
///
/// # Safety
/// `buffer` is alive.
pub(crate) unsafe fn completed(buffer: Id) {
    let callbacks = {
        let mut late = LATE.lock();
        GUARD.finished(Key(buffer.addr()));
        late.remove(&buffer.addr()).unwrap_or_default()
    };
    for callback in callbacks {
        // SAFETY: a handler takes its command buffer, which is alive, as the caller says.
        unsafe { callback.call(buffer) };
    }
}
