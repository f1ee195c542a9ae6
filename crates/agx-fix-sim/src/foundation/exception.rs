//! `NSException`, as far as a client needs it to catch one.

use crate::foundation::define::methods;
use crate::foundation::object::{Object, SharedClass, begin};
use crate::foundation::string;
use agx_fix_objc::{Class, Id, Sel};

static CLASS: SharedClass = SharedClass::new();

/// Throws an `NSException` at the caller of the driver.
///
/// # Safety
/// All frames up to the handler can be unwound.
pub(crate) unsafe fn throw() -> ! {
    // SAFETY: the caller promises frames that can be unwound. The object is new, and the handler gets its reference.
    unsafe { agx_fix_objc::exception::throw(CLASS.allocate()) }
}

unsafe extern "C-unwind" fn name(_: Id, _: Sel) -> Id {
    string::autoreleased(c"NSInvalidArgumentException")
}

unsafe extern "C-unwind" fn reason(_: Id, _: Sel) -> Id {
    string::autoreleased(c"the length of threadgroup memory must be a multiple of 16 bytes")
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<()> {
    let builder = methods! { begin::<Object>(c"NSException", root)?;
        - c"name" = name() -> Id;
        - c"reason" = reason() -> Id;
    };
    CLASS.register(builder)
}
