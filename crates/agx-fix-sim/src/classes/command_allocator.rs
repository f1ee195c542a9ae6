//! `AGXG16XFamilyCommandAllocator_mtlnext`: memory for the commands of Metal 4. Here it is a token: commands live in the
//! device's own storage.

use crate::classes::device;
use crate::classes::kind::ALLOCATOR4;
use crate::classes::table::add_rows;
use crate::foundation::define::{begin, layout, methods};
use crate::foundation::object::{self, Object};
use agx_fix_objc::{Class, Id, Sel};
use core::ffi::{CStr, c_void};
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering::Relaxed};

#[repr(C)]
struct CommandAllocator {
    object: Object,
    /// Not retained: devices are not freed.
    device: AtomicPtr<c_void>,
    resets: AtomicU64,
}

/// An allocator, owned by the caller. Nil if the driver has no Metal 4.
///
/// # Safety
/// `device` is a device of the simulator.
pub(crate) unsafe fn new(device: Id) -> Id {
    // SAFETY: forwarded; the family's class is laid out as `CommandAllocator`.
    unsafe {
        let Some(classes) = device::family(device).metal4 else { return Id::NULL };
        let object = object::allocate(classes.allocator);
        if !object.is_null() {
            layout::<CommandAllocator>(object).device.store(device.as_ptr(), Relaxed);
        }
        object
    }
}

unsafe extern "C-unwind" fn device(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    Id::from_ptr(unsafe { layout::<CommandAllocator>(this) }.device.load(Relaxed))
}

/// An allocator is used by one thread at a time: the count is not protected.
unsafe extern "C-unwind" fn reset(this: Id, _: Sel) {
    // SAFETY: the receiver is alive.
    let resets = &unsafe { layout::<CommandAllocator>(this) }.resets;
    resets.store(resets.load(Relaxed) + 1, Relaxed);
}

/// Registers the class.
pub(crate) fn register(root: Class, name: &CStr) -> Option<Class> {
    let builder = methods! { begin::<CommandAllocator>(name, root)?;
        - c"device" = device() -> Id;
        - c"reset" = reset();
    };
    Some(add_rows(builder, ALLOCATOR4).register())
}
