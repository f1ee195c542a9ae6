//! `NSException`: something to throw.

use crate::foundation::define::{begin, methods};
use crate::foundation::object::{self, Object};
use crate::foundation::string;
use crate::world::world;
use agx_fix_objc::{Class, Id, Sel};

#[repr(C)]
struct NsException {
    object: Object,
}

/// Throws an `NSException` at the caller of the driver.
///
/// # Safety
/// All frames up to the handler can be unwound.
pub(crate) unsafe fn throw(class: Class) -> ! {
    // SAFETY: forwarded; the handler gets the new reference.
    unsafe { agx_fix_objc::exception::throw(object::allocate(class)) }
}

unsafe extern "C-unwind" fn name(_: Id, _: Sel) -> Id {
    world().map_or(Id::NULL, |world| string::constant(world, c"NSInvalidArgumentException"))
}

unsafe extern "C-unwind" fn reason(_: Id, _: Sel) -> Id {
    let reason = c"the length of threadgroup memory must be a multiple of 16 bytes";
    world().map_or(Id::NULL, |world| string::constant(world, reason))
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<Class> {
    let builder = methods! { begin::<NsException>(c"NSException", root)?;
        - c"name" = name() -> Id;
        - c"reason" = reason() -> Id;
    };
    Some(builder.register())
}
