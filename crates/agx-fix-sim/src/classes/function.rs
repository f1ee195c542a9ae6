//! `_MTLFunction`.

use crate::foundation::define::{begin, layout};
use crate::foundation::object::{self, Object};
use crate::gpu::kernels::Kernel;
use crate::world::world;
use agx_fix_objc::{Class, Id};
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

#[repr(C)]
struct Function {
    object: Object,
    kernel: AtomicPtr<Kernel>,
}

/// A function, owned by the caller.
pub(crate) fn new(kernel: &'static Kernel) -> Id {
    let Some(world) = world() else { return Id::NULL };
    // SAFETY: the world's class, laid out as `Function`.
    unsafe {
        let function = object::allocate(world.classes.function);
        if !function.is_null() {
            let kernel = core::ptr::from_ref(kernel).cast_mut();
            layout::<Function>(function).kernel.store(kernel, Relaxed);
        }
        function
    }
}

/// The kernel of a function.
///
/// # Safety
/// `function` is nil or a function of the simulator, alive.
pub(crate) unsafe fn kernel(function: Id) -> Option<&'static Kernel> {
    // SAFETY: forwarded; kernels are statics.
    unsafe { function.as_ptr().cast::<Function>().as_ref()?.kernel.load(Relaxed).as_ref() }
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<Class> {
    Some(begin::<Function>(c"_MTLFunction", root)?.register())
}
