//! `AGXG16XComputePipeline`.

use crate::classes::function;
use crate::foundation::define::{begin, layout, methods};
use crate::foundation::object::{self, Object};
use crate::gpu::kernels::Kernel;
use crate::world::world;
use agx_fix_objc::{Class, Id, Sel};
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

#[repr(C)]
struct Pipeline {
    object: Object,
    kernel: AtomicPtr<Kernel>,
}

/// A pipeline, owned by the caller. Nil without a function.
///
/// # Safety
/// `function` is nil or a function of the simulator, alive.
pub(crate) unsafe fn new(function: Id) -> Id {
    // SAFETY: forwarded; the world's class is laid out as `Pipeline`.
    unsafe {
        let (Some(world), Some(kernel)) = (world(), function::kernel(function)) else { return Id::NULL };
        let pipeline = object::allocate(world.classes.pipeline);
        if !pipeline.is_null() {
            layout::<Pipeline>(pipeline).kernel.store(core::ptr::from_ref(kernel).cast_mut(), Relaxed);
        }
        pipeline
    }
}

/// The kernel of a pipeline; null for nil.
///
/// # Safety
/// `pipeline` is nil or a pipeline of the simulator, alive.
pub(crate) unsafe fn kernel(pipeline: Id) -> *const Kernel {
    // SAFETY: forwarded.
    let pipeline = unsafe { pipeline.as_ptr().cast::<Pipeline>().as_ref() };
    pipeline.map_or(core::ptr::null(), |pipeline| pipeline.kernel.load(Relaxed))
}

unsafe extern "C-unwind" fn max_total_threads(_: Id, _: Sel) -> usize {
    1024
}

unsafe extern "C-unwind" fn execution_width(_: Id, _: Sel) -> usize {
    32
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<Class> {
    let builder = methods! { begin::<Pipeline>(c"AGXG16XComputePipeline", root)?;
        - c"maxTotalThreadsPerThreadgroup" = max_total_threads() -> usize;
        - c"threadExecutionWidth" = execution_width() -> usize;
    };
    Some(builder.register())
}
