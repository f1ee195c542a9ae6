//! `AGXG16XDevice`.

use crate::classes::{buffer, command_queue, compute_pipeline, library};
use crate::foundation::define::{ErrorOut, begin, methods};
use crate::foundation::object::Object;
use crate::foundation::string;
use crate::gpu::memory::Allocation;
use crate::world::world;
use agx_fix_objc::{Class, Id, Sel};
use core::ffi::c_void;

/// Metal's own default.
const UNCOMPLETED_BUFFERS: usize = 64;

#[repr(C)]
struct Device {
    object: Object,
}

unsafe extern "C-unwind" fn name(_: Id, _: Sel) -> Id {
    world().map_or(Id::NULL, |world| string::constant(world, c"Simulated AGX G16X"))
}

unsafe extern "C-unwind" fn new_command_queue(_: Id, _: Sel) -> Id {
    command_queue::new(UNCOMPLETED_BUFFERS)
}

unsafe extern "C-unwind" fn new_command_queue_of(_: Id, _: Sel, uncompleted: usize) -> Id {
    command_queue::new(uncompleted)
}

unsafe extern "C-unwind" fn new_buffer_with_length(_: Id, _: Sel, length: usize, _options: usize) -> Id {
    Allocation::new(length).map_or(Id::NULL, buffer::new)
}

unsafe extern "C-unwind" fn new_buffer_with_bytes(
    _: Id,
    _: Sel,
    bytes: *const c_void,
    length: usize,
    _options: usize,
) -> Id {
    if bytes.is_null() {
        return Id::NULL;
    }
    let Some(allocation) = Allocation::new(length) else { return Id::NULL };
    // SAFETY: the sender gives `length` readable bytes, and the allocation is as long and new.
    unsafe { core::ptr::copy_nonoverlapping(bytes.cast(), allocation.start(), length) };
    buffer::new(allocation)
}

unsafe extern "C-unwind" fn new_library(_: Id, _: Sel, source: Id, _options: Id, _error: ErrorOut) -> Id {
    if source.is_null() { Id::NULL } else { library::new() }
}

unsafe extern "C-unwind" fn new_pipeline(_: Id, _: Sel, function: Id, _error: ErrorOut) -> Id {
    // SAFETY: the sender gives nil or a function of the simulator.
    unsafe { compute_pipeline::new(function) }
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<Class> {
    let builder = methods! { begin::<Device>(c"AGXG16XDevice", root)?;
        - c"name" = name() -> Id;
        - c"newCommandQueue" = new_command_queue() -> Id;
        - c"newCommandQueueWithMaxCommandBufferCount:" = new_command_queue_of(usize) -> Id;
        - c"newBufferWithLength:options:" = new_buffer_with_length(usize, usize) -> Id;
        - c"newBufferWithBytes:length:options:" = new_buffer_with_bytes(*const c_void, usize, usize) -> Id;
        - c"newLibraryWithSource:options:error:" = new_library(Id, Id, ErrorOut) -> Id;
        - c"newComputePipelineStateWithFunction:error:" = new_pipeline(Id, ErrorOut) -> Id;
    };
    Some(builder.register())
}
