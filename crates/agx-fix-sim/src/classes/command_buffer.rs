//! `AGXG16XFamilyCommandBuffer`: makes encoders, collects their passes, goes to the GPU.
//!
//! By Metal's rule one thread at a time uses a command buffer. Nothing here enforces it: the open and the previous
//! encoder, and the status before the commit, are checked and changed without a lock.

mod submit;

use crate::classes::{command_queue, compute_encoder};
use crate::driver::context::{CONCURRENT, UNRETAINED};
use crate::driver::encode::Pass;
use crate::fault::report::fail_assertion;
use crate::foundation::autorelease::autorelease;
use crate::foundation::define::{BlockArgument, begin, layout, methods};
use crate::foundation::object::{self, Object};
use crate::foundation::selectors::selectors;
use crate::foundation::string::Label;
use crate::gpu::submission::{Submission, status};
use crate::world::world;
use agx_fix_objc::abi::Bool;
use agx_fix_objc::{Class, Id, Sel, send};
use core::ffi::c_void;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering::Relaxed};
use submit::{
    add_completed_handler, add_scheduled_handler, commit, status as status_method, wait_until_completed,
    wait_until_scheduled,
};

/// What a factory asks of an encoder.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Config {
    /// `MTLDispatchType`: 0 serial, 1 concurrent.
    pub(crate) dispatch_type: usize,
}

#[repr(C)]
struct CommandBuffer {
    object: Object,
    label: Label,
    /// The queue, retained.
    queue: AtomicPtr<c_void>,
    /// The encoder that is encoding. Not retained: an encoder holds its command buffer.
    open: AtomicPtr<c_void>,
    /// `_previousComputeCommandEncoder`, retained.
    previous: AtomicPtr<c_void>,
    /// From `Box::into_raw`.
    submission: AtomicPtr<Submission>,
    unretained: AtomicBool,
}

/// An autoreleased command buffer, once the queue has a place for it.
///
/// # Safety
/// `queue` is a command queue of the simulator, alive.
pub(crate) unsafe fn new(queue: Id, retained: bool) -> Id {
    // SAFETY: forwarded; the world's class is laid out as `CommandBuffer`.
    unsafe {
        let (Some(world), Some(worker)) = (world(), command_queue::worker(queue)) else { return Id::NULL };
        let place = worker.place();
        let object = object::allocate(world.classes.command_buffer);
        if !object.is_null() {
            let buffer = layout::<CommandBuffer>(object);
            buffer.queue.store(object::retain(queue).as_ptr(), Relaxed);
            buffer.submission.store(Box::into_raw(Box::new(Submission::new(place))), Relaxed);
            buffer.unretained.store(!retained, Relaxed);
        }
        autorelease(object)
    }
}

unsafe fn submission<'a>(this: Id) -> &'a Submission {
    // SAFETY: the caller's buffer is alive; it was made by `new`, and holds its submission as long as it lives.
    unsafe { &*layout::<CommandBuffer>(this).submission.load(Relaxed) }
}

/// The context flags of an encoder of this buffer.
///
/// # Safety
/// `buffer` is a command buffer of the simulator, alive; `config` is null or a configuration.
pub(crate) unsafe fn context_flags(buffer: Id, config: *const Config) -> u32 {
    // SAFETY: forwarded.
    unsafe {
        let unretained = layout::<CommandBuffer>(buffer).unretained.load(Relaxed);
        let concurrent = config.as_ref().is_some_and(|config| config.dispatch_type == 1);
        (if unretained { UNRETAINED } else { 0 }) | (if concurrent { CONCURRENT } else { 0 })
    }
}

/// Takes the pass of an encoder.
///
/// # Safety
/// `buffer` is a command buffer of the simulator, alive.
pub(crate) unsafe fn append(buffer: Id, pass: Pass) {
    // SAFETY: forwarded.
    unsafe { submission(buffer) }.append(pass);
}

/// The encoder has ended: it is kept to be born again.
///
/// # Safety
/// Both are objects of the simulator, alive.
pub(crate) unsafe fn encoder_ended(buffer: Id, encoder: Id) {
    // SAFETY: forwarded; the previous encoder was retained here.
    unsafe {
        let buffer = layout::<CommandBuffer>(buffer);
        let older = buffer.previous.load(Relaxed);
        buffer.previous.store(object::retain(encoder).as_ptr(), Relaxed);
        buffer.open.store(core::ptr::null_mut(), Relaxed);
        object::release(Id::from_ptr(older));
    }
}

unsafe extern "C-unwind" fn compute_command_encoder(this: Id, selector: Sel) -> Id {
    // SAFETY: forwarded.
    unsafe { compute_command_encoder_of_type(this, selector, 0) }
}

unsafe extern "C-unwind" fn compute_command_encoder_of_type(this: Id, _: Sel, dispatch_type: usize) -> Id {
    let config = Config { dispatch_type };
    let config = (&raw const config).cast::<c_void>();
    // SAFETY: the method has this signature; the configuration outlives the call.
    unsafe { send(this, selectors().encoder_with_config, (config,)) }
}

/// There are no descriptors to be had from this Metal: whatever comes stands for the default.
unsafe extern "C-unwind" fn compute_command_encoder_described(
    this: Id,
    selector: Sel,
    _descriptor: Id,
) -> Id {
    // SAFETY: forwarded.
    unsafe { compute_command_encoder_of_type(this, selector, 0) }
}

unsafe extern "C-unwind" fn encoder_with_config(this: Id, _: Sel, config: *const c_void) -> Id {
    let Some(world) = world() else { return Id::NULL };
    let class = world.classes.encoder;
    // SAFETY: the receiver is alive; all methods have these signatures.
    unsafe {
        let reborn: Bool = send(this, selectors().try_coalescing, (config, class));
        let buffer = layout::<CommandBuffer>(this);
        if reborn.0 != 0 {
            return Id::from_ptr(buffer.open.load(Relaxed));
        }
        send::<_, ()>(this, selectors().commit_encoder, ());
        let encoder: Id = send(class.as_id(), selectors().alloc, ());
        let encoder: Id = send(encoder, selectors().init_encoder, (this, config));
        buffer.open.store(encoder.as_ptr(), Relaxed);
        autorelease(encoder)
    }
}

unsafe extern "C-unwind" fn try_coalescing(this: Id, _: Sel, _config: *const c_void, _next: Class) -> Bool {
    // SAFETY: the receiver is alive; the previous encoder was retained in `encoder_ended`, and that reference goes to
    // the pool of the caller.
    unsafe {
        let buffer = layout::<CommandBuffer>(this);
        if submission(this).status() >= status::COMMITTED {
            fail_assertion(
                "failed assertion _status < MTLCommandBufferStatusCommitted at line 323 in \
                 -[IOGPUMetalCommandBuffer setCurrentCommandEncoder:]",
            );
        }
        if !buffer.open.load(Relaxed).is_null() {
            fail_assertion(
                "-[AGXG16XFamilyCommandBuffer \
                 tryCoalescingPreviousComputeCommandEncoderWithConfig:nextEncoderClass:]:1094: \
                 failed assertion 'A command encoder is already encoding to this command buffer'",
            );
        }
        let previous = Id::from_ptr(buffer.previous.load(Relaxed));
        if previous.is_null() || !compute_encoder::has_ended(previous) {
            return Bool(0);
        }
        buffer.previous.store(core::ptr::null_mut(), Relaxed);
        send::<_, Id>(previous, selectors().reinit_encoder, (this,));
        buffer.open.store(previous.as_ptr(), Relaxed);
        autorelease(previous);
    }
    Bool(1)
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

unsafe extern "C-unwind" fn retained_references(this: Id, _: Sel) -> Bool {
    // SAFETY: the receiver is alive.
    Bool((!unsafe { layout::<CommandBuffer>(this) }.unretained.load(Relaxed)).into())
}

unsafe extern "C-unwind" fn command_queue(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    Id::from_ptr(unsafe { layout::<CommandBuffer>(this) }.queue.load(Relaxed))
}

unsafe extern "C-unwind" fn device(_: Id, _: Sel) -> Id {
    world().map_or(Id::NULL, |world| world.device)
}

unsafe extern "C-unwind" fn label(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    unsafe { layout::<CommandBuffer>(this) }.label.get()
}

unsafe extern "C-unwind" fn set_label(this: Id, _: Sel, label: Id) {
    // SAFETY: receiver and argument are alive.
    unsafe { layout::<CommandBuffer>(this).label.set(label) };
}

unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: the last reference is gone, so no encoder is open and no worker runs it; what is held was retained, the
    // submission is null or from `Box::into_raw`.
    unsafe {
        send::<_, ()>(this, selectors().commit_encoder, ());
        let buffer = layout::<CommandBuffer>(this);
        buffer.label.set(Id::NULL);
        let submission = buffer.submission.load(Relaxed);
        if !submission.is_null() {
            drop(Box::from_raw(submission));
        }
        object::release(Id::from_ptr(buffer.queue.load(Relaxed)));
        object::dealloc(this, selector);
    }
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<Class> {
    let builder = methods! { begin::<CommandBuffer>(c"AGXG16XFamilyCommandBuffer", root)?;
        - c"computeCommandEncoder" = compute_command_encoder() -> Id;
        - c"computeCommandEncoderWithDispatchType:" = compute_command_encoder_of_type(usize) -> Id;
        - c"computeCommandEncoderWithDescriptor:" = compute_command_encoder_described(Id) -> Id;
        - c"computeCommandEncoderWithConfig:" = encoder_with_config(*const c_void) -> Id;
        - c"tryCoalescingPreviousComputeCommandEncoderWithConfig:nextEncoderClass:" =
            try_coalescing(*const c_void, Class) -> Bool;
        - c"commitEncoder" = commit_encoder();
        - c"commit" = commit();
        - c"addCompletedHandler:" = add_completed_handler(BlockArgument);
        - c"addScheduledHandler:" = add_scheduled_handler(BlockArgument);
        - c"waitUntilCompleted" = wait_until_completed();
        - c"waitUntilScheduled" = wait_until_scheduled();
        - c"status" = status_method() -> usize;
        - c"retainedReferences" = retained_references() -> Bool;
        - c"commandQueue" = command_queue() -> Id;
        - c"device" = device() -> Id;
        - c"label" = label() -> Id;
        - c"setLabel:" = set_label(Id);
        - c"dealloc" = dealloc();
    };
    Some(builder.register())
}
