//! `AGXG16XFamilyCommandBuffer_mtlnext`: the command buffer of Metal 4, and its allocator.
//!
//! The device makes a buffer. It begins with an allocator, ends, is committed to a queue, and may begin again.

use super::factories::open;
use super::{CommandBuffer, allocate, dealloc, submission};
use crate::classes::family::{self, Member, family, set_label};
use crate::classes::kind::Kind;
use crate::driver::encode::Pass;
use crate::fault::report::fail_assertion;
use crate::foundation::define::{factories, layout, methods};
use crate::foundation::object::{self, begin};
use crate::gpu::submission::Submission;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Id, Sel};
use core::ffi::CStr;
use core::sync::atomic::Ordering::{AcqRel, Relaxed};

const RECORDING: u32 = 1;
const ENDED: u32 = 2;

/// A command buffer, owned by the caller. Nil if the driver has no Metal 4.
///
/// # Safety
/// `device` is a device of the simulator.
pub(crate) unsafe fn new(device: Id) -> Id {
    // SAFETY: the caller promises a device of the simulator.
    let Some(classes) = unsafe { family(device) }.metal4 else { return Id::NULL };
    // SAFETY: the class is that of the family's command buffers of Metal 4.
    let object = unsafe { allocate(classes.command_buffer, device, Submission::new(None)) };
    if !object.is_null() {
        // Nothing that is bound is retained in Metal 4.
        // SAFETY: a new object of a class that is laid out as `CommandBuffer`.
        unsafe { layout::<CommandBuffer>(object) }.unretained.store(true, Relaxed);
    }
    object
}

/// An allocator, owned by the caller. It is only a token: commands live in the device's own storage. Nil if the driver
/// has no Metal 4.
///
/// # Safety
/// `device` is a device of the simulator.
pub(crate) unsafe fn new_allocator(device: Id) -> Id {
    // SAFETY: the caller promises a device of the simulator.
    let Some(classes) = unsafe { family(device) }.metal4 else { return Id::NULL };
    // SAFETY: the class is that of the family's allocators, laid out as `Member`.
    unsafe { family::allocate(classes.allocator, device) }
}

/// Takes the passes of a buffer that is committed.
///
/// # Safety
/// `buffer` is a command buffer of Metal 4 of the simulator, alive.
pub(crate) unsafe fn take_ended(buffer: Id) -> Vec<Pass> {
    // SAFETY: the caller promises a live command buffer, whose class is laid out as `CommandBuffer`.
    if unsafe { layout::<CommandBuffer>(buffer) }.stage.load(Relaxed) != ENDED {
        fail("[MTL4CommandQueue commit:count:]", "a command buffer was committed without endCommandBuffer");
    }
    // SAFETY: the caller promises a live command buffer.
    unsafe { submission(buffer) }.take_passes()
}

/// No crash report has these texts.
#[cold]
fn fail(method: &str, what: &str) -> ! {
    fail_assertion(&format!("-{method}: failed assertion '{what}'"))
}

unsafe extern "C-unwind" fn begin_with_allocator(this: Id, _: Sel, allocator: Id) {
    // SAFETY: the receiver is alive; the sender gives nil or an allocator.
    unsafe {
        let buffer = layout::<CommandBuffer>(this);
        if buffer.stage.load(Relaxed) == RECORDING {
            fail(
                "[MTL4CommandBuffer beginCommandBufferWithAllocator:]",
                "the command buffer has begun already",
            );
        }
        buffer.stage.store(RECORDING, Relaxed);
        drop(submission(this).take_passes());
        let older = buffer.owner.swap(object::retain(allocator).as_ptr(), AcqRel);
        object::release(Id::from_ptr(older));
    }
}

unsafe extern "C-unwind" fn begin_with_options(this: Id, selector: Sel, allocator: Id, _options: Id) {
    // SAFETY: the receiver is alive; the sender gives nil or an allocator.
    unsafe { begin_with_allocator(this, selector, allocator) };
}

unsafe extern "C-unwind" fn end(this: Id, _: Sel) {
    // SAFETY: the receiver is alive.
    unsafe {
        let buffer = layout::<CommandBuffer>(this);
        if buffer.stage.load(Relaxed) != RECORDING {
            fail("[MTL4CommandBuffer endCommandBuffer]", "the command buffer has not begun");
        }
        if !buffer.open.load(Relaxed).is_null() {
            fail("[MTL4CommandBuffer endCommandBuffer]", "end command buffer with uncommitted encoder");
        }
        buffer.stage.store(ENDED, Relaxed);
    }
}

unsafe fn open_recording(this: Id, kind: Kind) -> Id {
    // SAFETY: the receiver is alive.
    unsafe {
        if layout::<CommandBuffer>(this).stage.load(Relaxed) != RECORDING {
            fail("[MTL4CommandBuffer validate]", "an encoder was asked for outside begin and end");
        }
        open(this, kind)
    }
}

factories! {
    compute() = open_recording, Kind::Compute4;
    render(descriptor: Id) = open_recording, Kind::Render4;
    render_with_options(descriptor: Id, options: usize) = open_recording, Kind::Render4;
    machine_learning() = open_recording, Kind::MachineLearning4;
}

/// Starts the class.
pub(crate) fn class(root: Class, name: &CStr) -> Option<ClassBuilder> {
    Some(methods! { family::add_methods(begin::<CommandBuffer>(name, root)?);
        - c"beginCommandBufferWithAllocator:" = begin_with_allocator(Id);
        - c"beginCommandBufferWithAllocator:options:" = begin_with_options(Id, Id);
        - c"endCommandBuffer" = end();
        - c"computeCommandEncoder" = compute() -> Id;
        - c"renderCommandEncoderWithDescriptor:" = render(Id) -> Id;
        - c"renderCommandEncoderWithDescriptor:options:" = render_with_options(Id, usize) -> Id;
        - c"machineLearningCommandEncoder" = machine_learning() -> Id;
        - c"setLabel:" = set_label(Id);
        - c"dealloc" = dealloc();
    })
}

/// Starts the class of allocators.
pub(crate) fn allocator_class(root: Class, name: &CStr) -> Option<ClassBuilder> {
    Some(family::add_methods(begin::<Member>(name, root)?))
}
