//! `NSAutoreleasePool`: a pool on the calling thread's stack of autoreleased objects.

use crate::foundation::autorelease::{pop, push};
use crate::foundation::define::{layout, methods};
use crate::foundation::object::{self, Object, begin};
use agx_fix_objc::{Class, Id, Sel};
use agx_fix_platform::thread_id;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

#[repr(C)]
struct Pool {
    object: Object,
    depth: AtomicUsize,
    thread: AtomicU32,
}

unsafe extern "C-unwind" fn init(this: Id, _: Sel) -> Id {
    // SAFETY: a pool that nobody else has seen yet; nil stays nil.
    if let Some(pool) = unsafe { this.as_ptr().cast::<Pool>().as_ref() } {
        pool.depth.store(push(), Relaxed);
        pool.thread.store(thread_id(), Relaxed);
    }
    this
}

unsafe extern "C-unwind" fn drain(this: Id, _: Sel) {
    // SAFETY: the sender gives up its reference.
    unsafe { object::release(this) };
}

unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: a pool with its last reference gone.
    unsafe {
        let pool = layout::<Pool>(this);
        // A pool belongs to the thread that opened it. Elsewhere its mark means nothing.
        if pool.thread.load(Relaxed) == thread_id() {
            pop(pool.depth.load(Relaxed));
        }
        object::dealloc(this, selector);
    }
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<()> {
    let builder = methods! { begin::<Pool>(c"NSAutoreleasePool", root)?;
        - c"init" = init() -> Id;
        - c"drain" = drain();
        - c"dealloc" = dealloc();
    };
    builder.register();
    Some(())
}
