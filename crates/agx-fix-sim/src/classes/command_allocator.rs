//! `AGXG16XFamilyCommandAllocator_mtlnext`: memory for the commands of Metal 4. Here it is a token: commands live in
//! the device's own storage.

use crate::classes::family::{self, Member};
use crate::foundation::define::{layout, methods};
use crate::foundation::object::begin;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Id, Sel};
use core::ffi::CStr;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[repr(C)]
struct CommandAllocator {
    member: Member,
    resets: AtomicU64,
}

/// An allocator, owned by the caller. Nil if the driver has no Metal 4.
///
/// # Safety
/// `device` is a device of the simulator.
pub(crate) unsafe fn new(device: Id) -> Id {
    // SAFETY: forwarded; the family's class is laid out as `CommandAllocator`.
    unsafe {
        let Some(classes) = family::family(device).metal4 else { return Id::NULL };
        family::allocate(classes.allocator, device)
    }
}

/// An allocator is used by one thread at a time: the count is not protected.
unsafe extern "C-unwind" fn reset(this: Id, _: Sel) {
    // SAFETY: the receiver is alive.
    let resets = &unsafe { layout::<CommandAllocator>(this) }.resets;
    resets.store(resets.load(Relaxed) + 1, Relaxed);
}

/// Starts the class.
pub(crate) fn class(root: Class, name: &CStr) -> Option<ClassBuilder> {
    let builder = family::add_methods(begin::<CommandAllocator>(name, root)?);
    Some(methods! { builder; - c"reset" = reset(); })
}
