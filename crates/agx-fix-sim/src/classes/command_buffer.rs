//! Command buffers: they open encoders, collect the passes of these, and go to the GPU. Here is the object's state; the
//! modules below have its methods.
//!
//! Metal lets one thread at a time use a command buffer. The driver does not enforce that: it checks and changes the
//! open encoder, the previous encoder and the status before the commit without a lock.

mod factories;
mod metal4;
mod submit;

use crate::classes::family::{self, Member, Names, family, family_of, set_label};
use crate::classes::kind::Kind;
use crate::driver::context::{CONCURRENT, UNRETAINED};
use crate::driver::encode::Pass;
use crate::foundation::autorelease::autorelease;
use crate::foundation::define::{layout, methods};
use crate::foundation::object::{self, begin};
use crate::foundation::selectors::selectors;
use crate::gpu::queue::Queue;
use crate::gpu::submission::Submission;
use crate::options::widen;
use agx_fix_objc::abi::Bool;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Id, Sel, send};
use core::ffi::c_void;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::Arc;

pub(crate) use metal4::{
    allocator_class, class as class_metal4, new as new_metal4, new_allocator, take_ended,
};

#[repr(C)]
struct CommandBuffer {
    member: Member,
    /// The queue, or the allocator of a Metal 4 buffer; retained.
    owner: AtomicPtr<c_void>,
    /// The encoder that is encoding. Not retained: an encoder holds its command buffer.
    open: AtomicPtr<c_void>,
    /// `_previousComputeCommandEncoder`, retained.
    previous: AtomicPtr<c_void>,
    /// From `Box::into_raw`.
    submission: AtomicPtr<Submission>,
    /// The wrapper that the application knows in place of this buffer, or nil. Not retained: the wrapper holds this.
    wrapper: AtomicPtr<c_void>,
    unretained: AtomicBool,
    /// Where a Metal 4 buffer is between `begin` and `commit`.
    stage: AtomicU32,
    /// Calls of the methods that are only counted, and the sum over their arguments.
    calls: AtomicU64,
    checksum: AtomicU64,
}

/// An autoreleased command buffer, once the queue has a place for it.
///
/// # Safety
/// `queue` is a command queue of the simulator, alive, and `worker` is its worker.
pub(crate) unsafe fn new(queue: Id, worker: Arc<Queue>, retained: bool) -> Id {
    // SAFETY: the caller promises a live command queue, which begins with a `Member`.
    let device = unsafe { family::device_of(queue) };
    // SAFETY: the device of a queue is a device of the simulator.
    let family = unsafe { family(device) };
    // SAFETY: the class is that of the family's command buffers.
    let object = unsafe { allocate(family.command_buffer, device, Submission::new(Some(worker))) };
    if !object.is_null() {
        // SAFETY: a new object of a class that is laid out as `CommandBuffer`.
        let buffer = unsafe { layout::<CommandBuffer>(object) };
        // SAFETY: the caller promises a live queue.
        buffer.owner.store(unsafe { object::retain(queue) }.as_ptr(), Relaxed);
        buffer.unretained.store(!retained, Relaxed);
    }
    // SAFETY: nil, or a new command buffer, whose reference goes to the pool.
    unsafe { autorelease(object) }
}

/// # Safety
/// `class` is one of the simulator's, laid out as a [`CommandBuffer`].
unsafe fn allocate(class: Class, device: Id, submission: Submission) -> Id {
    // SAFETY: the caller promises a class of command buffers, which begin with a `Member`.
    let object = unsafe { family::allocate(class, device) };
    if !object.is_null() {
        let submission = Box::into_raw(Box::new(submission));
        // SAFETY: a new object; the caller promises that its class is laid out as `CommandBuffer`.
        unsafe { layout::<CommandBuffer>(object) }.submission.store(submission, Relaxed);
    }
    object
}

/// # Safety
/// `this` is a command buffer of the simulator, alive as long as the submission is used.
unsafe fn submission<'a>(this: Id) -> &'a Submission {
    // SAFETY: the caller promises a live command buffer, whose class is laid out as `CommandBuffer`.
    let submission = unsafe { layout::<CommandBuffer>(this) }.submission.load(Relaxed);
    // SAFETY: `allocate` stored it, and `dealloc` alone frees it.
    unsafe { &*submission }
}

/// Has handlers see `wrapper` in place of the buffer. Nil ends that.
///
/// # Safety
/// `buffer` is a command buffer of the simulator, alive; the wrapper calls again before it goes.
pub(crate) unsafe fn set_wrapper(buffer: Id, wrapper: Id) {
    // SAFETY: the caller promises a live command buffer, whose class is laid out as `CommandBuffer`.
    unsafe { layout::<CommandBuffer>(buffer) }.wrapper.store(wrapper.as_ptr(), Relaxed);
}

/// The context flags of an encoder of this buffer, for a `MTLDispatchType`.
///
/// # Safety
/// `buffer` is a command buffer of the simulator, alive.
pub(crate) unsafe fn context_flags(buffer: Id, dispatch_type: usize) -> u32 {
    // SAFETY: the caller promises a live command buffer, whose class is laid out as `CommandBuffer`.
    let unretained = unsafe { layout::<CommandBuffer>(buffer) }.unretained.load(Relaxed);
    (if unretained { UNRETAINED } else { 0 }) | (if dispatch_type == 1 { CONCURRENT } else { 0 })
}

/// A method that is only counted, without a lock.
///
/// # Safety
/// `buffer` is a command buffer of the simulator, alive.
pub(crate) unsafe fn touch(buffer: Id, arguments: u64) {
    // SAFETY: the caller promises a live command buffer, whose class is laid out as `CommandBuffer`.
    let buffer = unsafe { layout::<CommandBuffer>(buffer) };
    let (calls, checksum) = (buffer.calls.load(Relaxed), buffer.checksum.load(Relaxed));
    widen();
    buffer.checksum.store(checksum.rotate_left(9) ^ arguments, Relaxed);
    buffer.calls.store(calls + 1, Relaxed);
}

/// Takes the pass of an encoder.
///
/// # Safety
/// `buffer` is a command buffer of the simulator, alive.
pub(crate) unsafe fn append(buffer: Id, pass: Pass) {
    // SAFETY: the caller promises a live command buffer.
    unsafe { submission(buffer) }.append(pass);
}

/// The encoder has ended: AGX keeps a compute encoder, to use it again for the next one.
///
/// # Safety
/// Both are objects of the simulator, alive.
pub(crate) unsafe fn encoder_ended(buffer: Id, encoder: Id, kind: Kind) {
    // SAFETY: the caller promises a live command buffer, which begins with a `Member`.
    let reuses = unsafe { family_of(buffer) }.names.messages;
    // SAFETY: the caller promises a live command buffer, whose class is laid out as `CommandBuffer`.
    let buffer = unsafe { layout::<CommandBuffer>(buffer) };
    let mut older = core::ptr::null_mut();
    if reuses && kind == Kind::Compute {
        older = buffer.previous.load(Relaxed);
        // SAFETY: the caller promises a live encoder.
        buffer.previous.store(unsafe { object::retain(encoder) }.as_ptr(), Relaxed);
    }
    buffer.open.store(core::ptr::null_mut(), Relaxed);
    // SAFETY: nil, or the encoder that an earlier call retained here.
    unsafe { object::release(Id::from_ptr(older)) };
}

unsafe extern "C-unwind" fn commit_encoder(this: Id, _: Sel) {
    // SAFETY: the receiver is alive; the previous encoder was retained in `encoder_ended`.
    unsafe {
        let buffer = layout::<CommandBuffer>(this);
        let previous = Id::from_ptr(buffer.previous.load(Relaxed));
        if !previous.is_null() {
            buffer.previous.store(core::ptr::null_mut(), Relaxed);
            send::<_, ()>(previous, selectors().destroy_impl, ());
            object::release(previous);
        }
    }
}

/// Releases the previous encoder, by message. Only AGX has one.
unsafe fn give_up_previous(this: Id) {
    // SAFETY: the receiver is alive, and AGX's buffers have the method.
    unsafe {
        if !layout::<CommandBuffer>(this).previous.load(Relaxed).is_null() {
            send::<_, ()>(this, selectors().commit_encoder, ());
        }
    }
}

unsafe extern "C-unwind" fn retained_references(this: Id, _: Sel) -> Bool {
    // SAFETY: the receiver is alive.
    Bool((!unsafe { layout::<CommandBuffer>(this) }.unretained.load(Relaxed)).into())
}

unsafe extern "C-unwind" fn command_queue(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    Id::from_ptr(unsafe { layout::<CommandBuffer>(this) }.owner.load(Relaxed))
}

unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: the last reference is gone, so no encoder is open and no worker runs it; what is held was retained, the
    // submission is null or from `Box::into_raw`.
    unsafe {
        give_up_previous(this);
        let buffer = layout::<CommandBuffer>(this);
        let submission = buffer.submission.load(Relaxed);
        if !submission.is_null() {
            drop(Box::from_raw(submission));
        }
        object::release(Id::from_ptr(buffer.owner.load(Relaxed)));
        family::dealloc(this, selector);
    }
}

/// Starts the class.
pub(crate) fn class(root: Class, names: &Names) -> Option<ClassBuilder> {
    let mut builder = methods! { family::add_methods(begin::<CommandBuffer>(names.command_buffer, root)?);
        - c"retainedReferences" = retained_references() -> Bool;
        - c"commandQueue" = command_queue() -> Id;
        - c"setLabel:" = set_label(Id);
        - c"dealloc" = dealloc();
    };
    if names.messages {
        builder = methods! { builder; - c"commitEncoder" = commit_encoder(); };
    }
    Some(submit::add_methods(factories::add_methods(builder, names)))
}
