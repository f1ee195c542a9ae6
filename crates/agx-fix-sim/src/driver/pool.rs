//! The device's pool of contexts. It holds at most eight.

use crate::driver::context::Context;
use crate::driver::resources::ResourceList;
use core::sync::atomic::AtomicU64;
use core::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A context is freed when the pool already holds more than this.
const KEEP: usize = 7;

#[derive(Debug)]
struct Idle {
    contexts: Vec<*mut Context>,
    /// Lists of contexts that were freed.
    lists: Vec<&'static ResourceList>,
}

// SAFETY: the pointers are plain words here; who takes one out owns the context, as far as the driver's rule goes.
unsafe impl Send for Idle {}

/// The pool.
#[derive(Debug)]
pub(crate) struct ContextPool {
    idle: Mutex<Idle>,
    allocated: AtomicU64,
}

impl ContextPool {
    /// An empty pool.
    pub(crate) const fn new() -> Self {
        Self {
            idle: Mutex::new(Idle { contexts: Vec::new(), lists: Vec::new() }),
            allocated: AtomicU64::new(0),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Contexts in memory, in use or not.
    pub(crate) fn allocated(&self) -> u64 {
        self.allocated.load(Relaxed)
    }

    /// A zeroed context with a resource list and these flags. Null if memory is short.
    pub(crate) fn take(&self, flags: u32) -> *mut Context {
        let pooled = self.idle().contexts.pop();
        let context = pooled.unwrap_or_else(|| self.allocate());
        if context.is_null() {
            return context;
        }
        // SAFETY: from calloc and of that size. A late thread may still be inside: that is the simulated bug, and every
        // value is valid for the words that it touches.
        unsafe {
            let list = (*context).resources.load(Relaxed);
            core::ptr::write_bytes(context.cast::<u8>(), 0, size_of::<Context>());
            let list = if list.is_null() { self.new_list() } else { list };
            (*context).resources.store(list, Relaxed);
            (*context).flags.store(flags, Relaxed);
        }
        context
    }

    fn allocate(&self) -> *mut Context {
        self.allocated.fetch_add(1, Relaxed);
        // SAFETY: calloc takes any size.
        unsafe { libc::calloc(1, size_of::<Context>()).cast() }
    }

    fn new_list(&self) -> *mut ResourceList {
        let spare = self.idle().lists.pop();
        let list = spare.unwrap_or_else(|| Box::leak(Box::default()));
        core::ptr::from_ref(list).cast_mut()
    }

    /// Takes a context back, or frees it. The caller clears its own pointer only afterwards.
    ///
    /// # Safety
    /// `context` came from [`ContextPool::take`].
    pub(crate) unsafe fn give(&self, context: *mut Context) {
        let mut idle = self.idle();
        if idle.contexts.len() <= KEEP {
            idle.contexts.push(context);
            return;
        }
        // SAFETY: from `take`; its list is null or immortal.
        unsafe {
            idle.lists.extend((*context).resources.load(Relaxed).as_ref());
            libc::free(context.cast());
        }
        self.allocated.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::context::{CONCURRENT, UNRETAINED};

    #[test]
    fn a_context_comes_back_zeroed() {
        let pool = ContextPool::new();
        let context = pool.take(CONCURRENT);
        // SAFETY: this test alone uses the contexts of its pool.
        unsafe {
            (*context).bind(3, 77);
            let list = (*context).resources.load(Relaxed);
            pool.give(context);
            let again = pool.take(UNRETAINED);
            assert_eq!(again, context);
            assert_eq!((*again).bindings[3].load(Relaxed), 0);
            assert_eq!((*again).flags.load(Relaxed), UNRETAINED);
            assert_eq!((*again).resources.load(Relaxed), list);
            assert_eq!(pool.allocated(), 1);
            pool.give(again);
        }
    }

    #[test]
    fn the_pool_keeps_eight() {
        let pool = ContextPool::new();
        let contexts: Vec<_> = (0..11).map(|_| pool.take(0)).collect();
        assert_eq!(pool.allocated(), 11);
        for context in contexts {
            // SAFETY: from `take`, given once.
            unsafe { pool.give(context) };
        }
        assert_eq!(pool.allocated(), 8);
        assert_eq!(pool.idle().contexts.len(), 8);
        assert_eq!(pool.idle().lists.len(), 3);
    }

    #[test]
    fn a_context_given_twice_is_handed_out_twice() {
        let pool = ContextPool::new();
        let context = pool.take(0);
        // SAFETY: giving twice is the driver's fault under test; the pool is not full, so nothing is freed.
        unsafe {
            pool.give(context);
            pool.give(context);
        }
        assert_eq!(pool.take(0), pool.take(0));
    }
}
