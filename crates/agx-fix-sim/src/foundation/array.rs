//! `NSArray`: an immutable list that retains its objects.

use crate::foundation::define::{layout, methods};
use crate::foundation::object::{self, Object, SharedClass, begin};
use agx_fix_objc::{Class, Id, Sel};
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

#[repr(C)]
struct NsArray {
    object: Object,
    /// From `Box::into_raw`, or null.
    objects: AtomicPtr<Vec<Id>>,
}

static CLASS: SharedClass = SharedClass::new();

/// An array, owned by the caller.
///
/// # Safety
/// The objects are alive.
pub(crate) unsafe fn new(objects: &[Id]) -> Id {
    let array = CLASS.allocate();
    if !array.is_null() {
        // SAFETY: the caller promises that the objects are alive.
        let objects = objects.iter().map(|&element| unsafe { object::retain(element) }).collect();
        // SAFETY: a new object of the class, which is laid out as `NsArray`.
        unsafe { layout::<NsArray>(array) }.objects.store(Box::into_raw(Box::new(objects)), Relaxed);
    }
    array
}

/// # Safety
/// `this` is an array, alive as long as the elements are used.
unsafe fn elements<'a>(this: Id) -> &'a [Id] {
    // SAFETY: the caller promises a live array, whose class is laid out as `NsArray`.
    let objects = unsafe { layout::<NsArray>(this) }.objects.load(Relaxed);
    // SAFETY: the list is null, or from `Box::into_raw` and freed with the array.
    unsafe { objects.as_ref() }.map_or(&[], Vec::as_slice)
}

unsafe extern "C-unwind" fn count(this: Id, _: Sel) -> usize {
    // SAFETY: the receiver is alive.
    unsafe { elements(this) }.len()
}

unsafe extern "C-unwind" fn object_at_index(this: Id, _: Sel, index: usize) -> Id {
    // SAFETY: the receiver is alive.
    unsafe { elements(this) }.get(index).copied().unwrap_or(Id::NULL)
}

unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: the last reference is gone; the list is null or from `Box::into_raw`, its objects were retained.
    unsafe {
        let objects = layout::<NsArray>(this).objects.load(Relaxed);
        if !objects.is_null() {
            Box::from_raw(objects).into_iter().for_each(|element| object::release(element));
        }
        object::dealloc(this, selector);
    }
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<()> {
    let builder = methods! { begin::<NsArray>(c"NSArray", root)?;
        - c"count" = count() -> usize;
        - c"objectAtIndex:" = object_at_index(usize) -> Id;
        - c"dealloc" = dealloc();
    };
    CLASS.register(builder)
}
