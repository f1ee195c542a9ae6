//! Ownership: retain, release, autorelease pools.

use crate::runtime::{HAS_FOUNDATION, class_named, selector};
use crate::send;
use crate::types::{Id, Sel};
use core::ops::Deref;
use std::sync::OnceLock;

struct Selectors {
    retain: Sel,
    release: Sel,
}

fn selectors() -> &'static Selectors {
    static ALL: OnceLock<Selectors> = OnceLock::new();
    ALL.get_or_init(|| Selectors { retain: selector(c"retain"), release: selector(c"release") })
}

/// Adds a reference.
///
/// # Safety
/// `object` is nil or alive.
pub unsafe fn retain(object: Id) {
    // SAFETY: every class that Metal hands out answers `retain` with this signature.
    unsafe { send::<_, Id>(object, selectors().retain, ()) };
}

/// Gives a reference back; the object may be gone afterwards.
///
/// # Safety
/// `object` is nil or alive, and the caller owns a reference, which it gives up.
pub unsafe fn release(object: Id) {
    // SAFETY: as for `retain`.
    unsafe { send::<_, ()>(object, selectors().release, ()) };
}

/// One owned reference to an object that is not nil.
#[derive(Debug)]
pub struct Strong(Id);

impl Strong {
    /// Takes over a reference that the caller owns. `None` for nil.
    ///
    /// # Safety
    /// `object` is nil or alive, and the caller gives up a reference to it.
    pub unsafe fn from_owned(object: Id) -> Option<Self> {
        (!object.is_null()).then_some(Self(object))
    }

    /// Adds a reference. `None` for nil.
    ///
    /// # Safety
    /// `object` is nil or alive.
    pub unsafe fn from_borrowed(object: Id) -> Option<Self> {
        // SAFETY: nil or alive, as the caller says; the reference that is added is this value's.
        unsafe {
            retain(object);
            Self::from_owned(object)
        }
    }
}

impl Strong {
    /// The object, with the reference, which is the caller's from now on.
    pub fn into_owned(self) -> Id {
        let object = self.0;
        core::mem::forget(self);
        object
    }
}

impl Clone for Strong {
    fn clone(&self) -> Self {
        // SAFETY: alive, as this reference is held.
        unsafe { retain(self.0) };
        Self(self.0)
    }
}

impl Drop for Strong {
    fn drop(&mut self) {
        // SAFETY: the reference is owned and given up here.
        unsafe { release(self.0) };
    }
}

impl Deref for Strong {
    type Target = Id;

    fn deref(&self) -> &Id {
        &self.0
    }
}

/// Runs `body` in an autorelease pool of its own. Where the process has no pools, `body` just runs.
pub fn autorelease_pool<R>(body: impl FnOnce() -> R) -> R {
    /// Drained on drop, also when `body` unwinds.
    struct Pool(Id);
    impl Drop for Pool {
        fn drop(&mut self) {
            // SAFETY: the pool was made by this thread and is drained once; `drain` also releases it.
            unsafe { send::<_, ()>(self.0, selector(c"drain"), ()) };
        }
    }
    let _pool = class_named(c"NSAutoreleasePool").map(|class| {
        // SAFETY: `+new` answers an owned pool for this thread.
        Pool(unsafe { send::<_, Id>(class.as_id(), selector(c"new"), ()) })
    });
    body()
}

/// Whether retain and release can be sent: always on macOS; on Linux only with an `NSObject` in the process.
pub fn counts_references() -> bool {
    HAS_FOUNDATION || class_named(c"NSObject").is_some()
}
