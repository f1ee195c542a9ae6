//! `_MTLLibrary`: any source is accepted, as the kernels are built in.

use crate::classes::function;
use crate::foundation::define::{begin, methods};
use crate::foundation::object::{self, Object};
use crate::foundation::string;
use crate::gpu::kernels;
use crate::world::world;
use agx_fix_objc::{Class, Id, Sel};

#[repr(C)]
struct Library {
    object: Object,
}

/// A library, owned by the caller.
pub(crate) fn new() -> Id {
    // SAFETY: the world's class.
    world().map_or(Id::NULL, |world| unsafe { object::allocate(world.classes.library) })
}

unsafe extern "C-unwind" fn new_function_with_name(_: Id, _: Sel, name: Id) -> Id {
    // SAFETY: the sender gives nil or a string.
    let name = unsafe { string::text(name) };
    name.to_str().ok().and_then(kernels::named).map_or(Id::NULL, function::new)
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<Class> {
    let builder = methods! { begin::<Library>(c"_MTLLibrary", root)?;
        - c"newFunctionWithName:" = new_function_with_name(Id) -> Id;
    };
    Some(builder.register())
}
