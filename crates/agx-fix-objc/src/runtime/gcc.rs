//! GCC's runtime behind the contract. Its functions differ from Apple's of the same names; `replace_method` makes
//! up for it (the quirks were found by experiment and each has a test in `tests/runtime.rs` of this crate).

pub(crate) use super::gcc_api::*;
use crate::types::{Class, Id, Imp, Method, Sel};
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, Ordering};

/// Foundation is here if a library of the process brings one.
pub(crate) const HAS_FOUNDATION: bool = false;
/// Blocks have no class here; what reads a block looks at its flags.
pub(crate) const GLOBAL_BLOCK_CLASS: *const c_void = core::ptr::null();

pub(super) fn available() -> bool {
    super::gcc_api::available()
}

/// Inline in GCC's header and not exported: the first word of an object is its class.
#[allow(non_snake_case, reason = "the runtime's own name")]
#[inline]
pub(super) unsafe fn object_getClass(object: Id) -> Class {
    if object.is_null() {
        return Class::NULL;
    }
    // SAFETY: the caller gives a live object, which begins with its class.
    unsafe { *object.as_ptr().cast::<Class>() }
}

#[inline]
pub(super) unsafe fn dispatcher(object: Id, selector: Sel) -> Imp {
    // SAFETY: nil or alive, as the caller says.
    unsafe { objc_msg_lookup(object, selector) }
}

/// The runtime's own lock, which is recursive.
struct RuntimeLock;

impl RuntimeLock {
    fn take() -> Self {
        // SAFETY: the runtime's mutex, alive for the life of the process.
        unsafe { objc_mutex_lock(api().mutex) };
        Self
    }
}

impl Drop for RuntimeLock {
    fn drop(&mut self) {
        // SAFETY: taken by this thread in `take`.
        unsafe { objc_mutex_unlock(api().mutex) };
    }
}

/// By the runtime's lock: a fork has taken it.
static FORKING: AtomicBool = AtomicBool::new(false);

/// GCC's runtime does not reset its lock in a forked child: if another thread held it, the child could never take it.
pub(super) fn before_fork() {
    if super::gcc_api::is_loaded() {
        core::mem::forget(RuntimeLock::take());
        FORKING.store(true, Ordering::Relaxed);
    }
}

/// On each side. The runtime knows the owner by the thread's `pthread_t`, which a fork does not change.
pub(super) fn after_fork() {
    if FORKING.swap(false, Ordering::Relaxed) {
        // SAFETY: taken by this thread in `before_fork`.
        unsafe { objc_mutex_unlock(api().mutex) };
    }
}

/// Differences to Apple's runtime that are answered here:
/// - `class_addMethod` on a class that has been messaged rebuilds dispatch tables under concurrent senders: used
///   only while the class still has the shared table;
/// - `method_setImplementation` on a class that was never messaged writes into the table that all such classes
///   share: the class gets its own table first;
/// - `method_setImplementation` misses subclasses that have a table of their own: they are set one by one.
pub(super) unsafe fn replace_method(class: Class, selector: Sel, method: Method, replacement: Imp) {
    let _lock = RuntimeLock::take();
    // SAFETY: class, selector and method are the caller's, from the runtime; the lock keeps the class graph still.
    unsafe {
        let parent = class_getSuperclass(class);
        let inherited = !parent.is_null() && class_getInstanceMethod(parent, selector) == method;
        if inherited && !has_own_table(class) {
            class_addMethod(class, selector, replacement, method_getTypeEncoding(method));
        }
        class_respondsToSelector(class, selector); // gives the class its own table
        if !inherited {
            method_setImplementation(method, replacement);
        }
        let seen = class_getInstanceMethod(class, selector);
        for heir in all_classes() {
            let affected =
                heir == class || (is_below(heir, class) && class_getInstanceMethod(heir, selector) == seen);
            if affected && has_own_table(heir) {
                sarray_at_put_safe(dispatch_table(heir), selector_index(selector), replacement);
            }
        }
    }
}

unsafe fn dispatch_table(class: Class) -> *mut c_void {
    // SAFETY: `struct objc_class` of ABI 8 (module-abi-8.h of GCC): the table is its ninth word.
    unsafe { *class.as_ptr().cast::<*mut c_void>().add(8) }
}

unsafe fn has_own_table(class: Class) -> bool {
    // SAFETY: a class of the runtime, as the caller says.
    unsafe { dispatch_table(class) != api().uninstalled }
}

unsafe fn selector_index(selector: Sel) -> usize {
    // SAFETY: `struct objc_selector` begins with its number, which indexes dispatch tables.
    unsafe { *selector.as_ptr().cast::<usize>() }
}

unsafe fn is_below(class: Class, ancestor: Class) -> bool {
    let mut above = class;
    while !above.is_null() {
        if above == ancestor {
            return true;
        }
        // SAFETY: a class of the runtime.
        above = unsafe { class_getSuperclass(above) };
    }
    false
}

fn all_classes() -> Vec<Class> {
    // SAFETY: a null buffer asks for the count; then the buffer has room for as many as are asked for.
    unsafe {
        let count = objc_getClassList(core::ptr::null_mut(), 0);
        let mut classes = vec![Class::NULL; count.max(0) as usize];
        let filled = objc_getClassList(classes.as_mut_ptr(), classes.len() as c_int);
        classes.truncate(filled.max(0) as usize);
        classes
    }
}
