//! `AGXG16XBuffer`: memory that CPU and GPU share. The GPU sees it at an address of its own.

use crate::foundation::define::{layout, methods};
use crate::foundation::object::{self, Object, SharedClass, begin};
use crate::gpu::device::device;
use crate::gpu::memory::Allocation;
use agx_fix_objc::{Class, Id, Sel};
use core::ffi::c_void;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering::Relaxed};
use std::sync::Arc;

#[repr(C)]
struct Buffer {
    object: Object,
    /// From `Arc::into_raw`, or null.
    allocation: AtomicPtr<Allocation>,
    address: AtomicU64,
}

static CLASS: SharedClass = SharedClass::new();

/// A buffer, owned by the caller.
pub(crate) fn new(allocation: Allocation) -> Id {
    let object = CLASS.allocate();
    if !object.is_null() {
        // SAFETY: the class is laid out as `Buffer`.
        let (buffer, allocation) = (unsafe { layout::<Buffer>(object) }, Arc::new(allocation));
        buffer.address.store(device().memory.map(Arc::clone(&allocation)), Relaxed);
        buffer.allocation.store(Arc::into_raw(allocation).cast_mut(), Relaxed);
    }
    object
}

/// The GPU's address of a buffer; 0 for nil.
///
/// # Safety
/// `buffer` is nil or a buffer of the simulator, alive.
pub(crate) unsafe fn address(buffer: Id) -> u64 {
    // SAFETY: the caller promises nil or a live buffer, whose class is laid out as `Buffer`.
    unsafe { buffer.as_ptr().cast::<Buffer>().as_ref() }.map_or(0, |buffer| buffer.address.load(Relaxed))
}

/// The GPU's address of `length` bytes at `offset`. 0 for nil, and where that is not inside the buffer.
///
/// # Safety
/// As for [`address`].
pub(crate) unsafe fn address_of_range(buffer: Id, offset: usize, length: usize) -> u64 {
    if buffer.is_null() {
        return 0;
    }
    // SAFETY: the caller promises nil or a live buffer, and this is not nil.
    let memory = unsafe { allocation(buffer) };
    let fits = |end: usize| memory.is_some_and(|memory| end <= memory.length());
    if !offset.checked_add(length).is_some_and(fits) {
        return 0;
    }
    // SAFETY: the caller promises a live buffer.
    let address = unsafe { address(buffer) };
    address + offset as u64
}

/// # Safety
/// `this` is a buffer of the simulator, alive as long as the allocation is used.
unsafe fn allocation<'a>(this: Id) -> Option<&'a Allocation> {
    // SAFETY: the caller promises a live buffer, whose class is laid out as `Buffer`.
    let allocation = unsafe { layout::<Buffer>(this) }.allocation.load(Relaxed);
    // SAFETY: null, or from `Arc::into_raw` and held as long as the buffer is alive.
    unsafe { allocation.as_ref() }
}

unsafe extern "C-unwind" fn contents(this: Id, _: Sel) -> *mut c_void {
    // SAFETY: the receiver is alive.
    unsafe { allocation(this) }.map_or(core::ptr::null_mut(), |memory| memory.start().cast())
}

unsafe extern "C-unwind" fn length(this: Id, _: Sel) -> usize {
    // SAFETY: the receiver is alive.
    unsafe { allocation(this) }.map_or(0, Allocation::length)
}

unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: the last reference is gone; the allocation is null or from `Arc::into_raw`.
    unsafe {
        let buffer = layout::<Buffer>(this);
        device().memory.unmap(buffer.address.load(Relaxed));
        let allocation = buffer.allocation.load(Relaxed);
        if !allocation.is_null() {
            drop(Arc::from_raw(allocation));
        }
        object::dealloc(this, selector);
    }
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<()> {
    CLASS.register(methods! { begin::<Buffer>(c"AGXG16XBuffer", root)?;
        - c"contents" = contents() -> *mut c_void;
        - c"length" = length() -> usize;
        - c"dealloc" = dealloc();
    })
}
