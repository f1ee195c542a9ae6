//! `_MTLLibrary`, `_MTLFunction` and `AGXG16XComputePipeline`: they lead from the name of a kernel to the kernel. The
//! kernels are built in, so a library accepts any source.

use crate::foundation::define::{layout, methods};
use crate::foundation::object::{Object, SharedClass, begin};
use crate::foundation::string;
use crate::gpu::kernels::{self, Kernel};
use agx_fix_objc::{Class, Id, Sel};
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

static LIBRARY: SharedClass = SharedClass::new();
static FUNCTION: SharedClass = SharedClass::new();
static PIPELINE: SharedClass = SharedClass::new();

/// A function or a pipeline.
#[repr(C)]
struct Compiled {
    object: Object,
    kernel: AtomicPtr<Kernel>,
}

/// A library, owned by the caller.
pub(crate) fn new() -> Id {
    LIBRARY.allocate()
}

/// A pipeline, owned by the caller. Nil without a function.
///
/// # Safety
/// `function` is nil or a function of the simulator, alive.
pub(crate) unsafe fn new_pipeline(function: Id) -> Id {
    // SAFETY: the caller promises nil or a live function.
    let kernel = unsafe { kernel(function) };
    // SAFETY: null, or a kernel; kernels are statics.
    unsafe { kernel.as_ref() }.map_or(Id::NULL, |kernel| compiled(&PIPELINE, kernel))
}

fn compiled(class: &SharedClass, kernel: &'static Kernel) -> Id {
    let object = class.allocate();
    if !object.is_null() {
        // SAFETY: both classes are laid out as `Compiled`.
        unsafe { layout::<Compiled>(object) }.kernel.store(core::ptr::from_ref(kernel).cast_mut(), Relaxed);
    }
    object
}

/// The kernel of a function or a pipeline; null for nil.
///
/// # Safety
/// `object` is nil, or a function or a pipeline of the simulator, alive.
pub(crate) unsafe fn kernel(object: Id) -> *const Kernel {
    // SAFETY: the caller promises nil, or a live function or pipeline; both classes are laid out as `Compiled`.
    let compiled = unsafe { object.as_ptr().cast::<Compiled>().as_ref() };
    compiled.map_or(core::ptr::null(), |compiled| compiled.kernel.load(Relaxed))
}

unsafe extern "C-unwind" fn new_function_with_name(_: Id, _: Sel, name: Id) -> Id {
    // SAFETY: the sender gives nil or a string.
    let name = unsafe { string::text(name) };
    let kernel = name.to_str().ok().and_then(kernels::named);
    kernel.map_or(Id::NULL, |kernel| compiled(&FUNCTION, kernel))
}

unsafe extern "C-unwind" fn max_total_threads(_: Id, _: Sel) -> usize {
    1024
}

unsafe extern "C-unwind" fn execution_width(_: Id, _: Sel) -> usize {
    32
}

/// Registers the classes.
pub(crate) fn register(root: Class) -> Option<()> {
    LIBRARY.register(methods! { begin::<Object>(c"_MTLLibrary", root)?;
        - c"newFunctionWithName:" = new_function_with_name(Id) -> Id;
    })?;
    FUNCTION.register(begin::<Compiled>(c"_MTLFunction", root)?)?;
    PIPELINE.register(methods! { begin::<Compiled>(c"AGXG16XComputePipeline", root)?;
        - c"maxTotalThreadsPerThreadgroup" = max_total_threads() -> usize;
        - c"threadExecutionWidth" = execution_width() -> usize;
    })
}
