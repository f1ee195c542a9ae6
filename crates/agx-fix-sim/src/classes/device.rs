//! The methods of devices.

use crate::classes::family::{Device, Names, family};
use crate::classes::{buffer, command_buffer, command_queue, event, library};
use crate::foundation::define::{ErrorOut, factories, methods};
use crate::foundation::object::begin;
use crate::foundation::string;
use crate::gpu::memory::Allocation;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Id, Sel};
use core::ffi::c_void;

unsafe extern "C-unwind" fn name(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is a device.
    string::autoreleased(unsafe { family(this) }.names.product)
}

factories! {
    new_command_queue() = command_queue::new;
    new_command_queue_described(descriptor: Id) = command_queue::new;
    new_metal4_queue() = command_queue::new_metal4;
    new_metal4_queue_described(descriptor: Id, error: *const c_void) = command_queue::new_metal4;
    new_command_buffer() = command_buffer::new_metal4;
    new_command_allocator() = command_buffer::new_allocator;
    new_command_allocator_described(descriptor: Id, error: *const c_void) = command_buffer::new_allocator;
}

unsafe extern "C-unwind" fn new_command_queue_of(this: Id, _: Sel, uncompleted: usize) -> Id {
    // SAFETY: the receiver is a device.
    unsafe { command_queue::new_of(this, uncompleted) }
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

unsafe extern "C-unwind" fn new_event(_: Id, _: Sel) -> Id {
    event::new()
}

unsafe extern "C-unwind" fn new_shared_event(_: Id, _: Sel) -> Id {
    event::new_shared()
}

unsafe extern "C-unwind" fn new_library(_: Id, _: Sel, source: Id, _options: Id, _error: ErrorOut) -> Id {
    if source.is_null() { Id::NULL } else { library::new() }
}

unsafe extern "C-unwind" fn new_pipeline(_: Id, _: Sel, function: Id, _error: ErrorOut) -> Id {
    // SAFETY: the sender gives nil or a function of the simulator.
    unsafe { library::new_pipeline(function) }
}

/// Starts the class.
pub(crate) fn class(root: Class, names: &Names) -> Option<ClassBuilder> {
    let builder = methods! { begin::<Device>(names.device, root)?;
        - c"name" = name() -> Id;
        - c"newCommandQueue" = new_command_queue() -> Id;
        - c"newCommandQueueWithMaxCommandBufferCount:" = new_command_queue_of(usize) -> Id;
        - c"newCommandQueueWithDescriptor:" = new_command_queue_described(Id) -> Id;
        - c"newBufferWithLength:options:" = new_buffer_with_length(usize, usize) -> Id;
        - c"newBufferWithBytes:length:options:" = new_buffer_with_bytes(*const c_void, usize, usize) -> Id;
        - c"newEvent" = new_event() -> Id;
        - c"newSharedEvent" = new_shared_event() -> Id;
        - c"newLibraryWithSource:options:error:" = new_library(Id, Id, ErrorOut) -> Id;
        - c"newComputePipelineStateWithFunction:error:" = new_pipeline(Id, ErrorOut) -> Id;
    };
    if names.metal4.is_none() {
        return Some(builder);
    }
    Some(methods! { builder;
        - c"newMTL4CommandQueue" = new_metal4_queue() -> Id;
        - c"newMTL4CommandQueueWithDescriptor:error:" = new_metal4_queue_described(Id, *const c_void) -> Id;
        - c"newCommandBuffer" = new_command_buffer() -> Id;
        - c"newCommandAllocator" = new_command_allocator() -> Id;
        - c"newCommandAllocatorWithDescriptor:error:" =
            new_command_allocator_described(Id, *const c_void) -> Id;
    })
}
