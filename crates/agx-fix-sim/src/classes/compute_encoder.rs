//! `AGXG16XFamilyComputeContext`: the compute encoder.
//!
//! `_impl` lies at byte 120 of the object, as in the driver's crash reports. What the encoder's methods do with it is
//! in [`crate::driver::encode`]; here is the life of the object:
//!
//! ```text
//! new --init--> open --endEncoding--> ended --reInit--> open ...
//!                     deferredEndEncoding -> endComputePass -> destroyImpl
//! ```
//!
//! Teardown goes by messages, so that a replaced method sees each step inside the step before.

use crate::classes::command_buffer::Config;
use crate::classes::{buffer, command_buffer, compute_pipeline};
use crate::driver::commands::MAX_DATA;
use crate::driver::context::BINDINGS;
use crate::driver::encode::{self, Impl};
use crate::fault::report::{fail_assertion, say};
use crate::fault::site;
use crate::foundation::define::{layout, methods};
use crate::foundation::exception;
use crate::foundation::object::{self, Object};
use crate::foundation::selectors::selectors;
use crate::foundation::string::Label;
use crate::options::options;
use crate::world::world;
use agx_fix_objc::abi::Size;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Id, Sel, runtime, send};
use core::ffi::c_void;
use core::mem::offset_of;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering::AcqRel, Ordering::Relaxed};

/// Where the driver keeps `_impl`.
const IMPL_OFFSET: usize = 120;

const OPEN: u32 = 1;
const ENDED: u32 = 2;

#[repr(C)]
struct Encoder {
    object: Object,
    label: Label,
    /// Retained while the encoder is open.
    command_buffer: AtomicPtr<c_void>,
    /// 0 before init, then [`OPEN`] or [`ENDED`].
    phase: AtomicU32,
    /// What the context was asked for, for when the encoder is born again.
    flags: AtomicU32,
    reserved: [u64; 10],
    context: Impl,
}

const _: () = assert!(offset_of!(Encoder, context) == IMPL_OFFSET);

/// Whether the encoder can be born again.
///
/// # Safety
/// `encoder` is an encoder of the simulator, alive.
pub(crate) unsafe fn has_ended(encoder: Id) -> bool {
    // SAFETY: forwarded.
    unsafe { layout::<Encoder>(encoder) }.phase.load(Relaxed) == ENDED
}

unsafe extern "C-unwind" fn init(this: Id, _: Sel, buffer: Id, config: *const c_void) -> Id {
    // SAFETY: the receiver is new; the sender gives its command buffer and its configuration.
    unsafe {
        if !this.is_null() {
            let flags = command_buffer::context_flags(buffer, config.cast::<Config>());
            layout::<Encoder>(this).flags.store(flags, Relaxed);
            open(this, buffer);
        }
    }
    this
}

unsafe extern "C-unwind" fn reinit(this: Id, _: Sel, buffer: Id) -> Id {
    // SAFETY: the receiver has ended; the sender gives its command buffer.
    unsafe { open(this, buffer) };
    this
}

unsafe fn open(this: Id, buffer: Id) {
    // SAFETY: forwarded.
    unsafe {
        let encoder = layout::<Encoder>(this);
        encoder.command_buffer.store(object::retain(buffer).as_ptr(), Relaxed);
        encode::create(&encoder.context, encoder.flags.load(Relaxed));
        encoder.phase.store(OPEN, Relaxed);
    }
}

/// Ending an encoder that has ended does nothing: the driver tears down only what is there.
unsafe extern "C-unwind" fn end_encoding(this: Id, _: Sel) {
    // SAFETY: the receiver is alive; its reference to the command buffer was taken in `open` and is given up by
    // whichever thread swaps it out.
    unsafe {
        let encoder = layout::<Encoder>(this);
        if encoder.phase.load(Relaxed) != OPEN {
            return;
        }
        encoder.phase.store(ENDED, Relaxed);
        send::<_, ()>(this, selectors().deferred_end_encoding, ());
        let buffer = Id::from_ptr(encoder.command_buffer.swap(core::ptr::null_mut(), AcqRel));
        if !buffer.is_null() {
            command_buffer::encoder_ended(buffer, this);
            object::release(buffer);
        }
    }
}

unsafe extern "C-unwind" fn deferred_end_encoding(this: Id, _: Sel) {
    // SAFETY: the receiver is alive.
    unsafe { send::<_, ()>(this, selectors().end_compute_pass, ()) };
}

unsafe extern "C-unwind" fn end_compute_pass(this: Id, _: Sel) {
    // SAFETY: the receiver is alive, and holds its command buffer while it is open.
    unsafe {
        let encoder = layout::<Encoder>(this);
        let pass = encode::take_pass(&encoder.context);
        let buffer = Id::from_ptr(encoder.command_buffer.load(Relaxed));
        if let Some(pass) = pass.filter(|_| !buffer.is_null()) {
            command_buffer::append(buffer, pass);
        }
        send::<_, ()>(this, selectors().destroy_impl, ());
    }
}

unsafe extern "C-unwind" fn destroy_impl(this: Id, _: Sel) {
    // SAFETY: the receiver is alive.
    unsafe { encode::destroy(&layout::<Encoder>(this).context) };
}

unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: the last reference is gone.
    unsafe {
        let encoder = layout::<Encoder>(this);
        if encoder.phase.load(Relaxed) == OPEN {
            fail_assertion(
                "-[_MTLCommandEncoder dealloc]:131: failed assertion 'Command encoder released without endEncoding'",
            );
        }
        if !encoder.context.load(Relaxed).is_null() {
            send::<_, ()>(this, selectors().destroy_impl, ());
        }
        encoder.label.set(Id::NULL);
        object::dealloc(this, selector);
    }
}

unsafe extern "C-unwind" fn set_compute_pipeline_state(this: Id, _: Sel, pipeline: Id) {
    // SAFETY: the receiver is alive; the sender gives nil or a pipeline.
    unsafe {
        let kernel = compute_pipeline::kernel(pipeline);
        encode::set_pipeline(&layout::<Encoder>(this).context, pipeline, kernel);
    }
}

unsafe extern "C-unwind" fn set_buffer(this: Id, _: Sel, buffer: Id, offset: usize, index: usize) {
    check_index(index, "setBuffer:offset:atIndex:");
    // SAFETY: the receiver is alive; the sender gives nil or a buffer.
    unsafe {
        let start = buffer::address(buffer);
        let address = if start == 0 { 0 } else { start.wrapping_add(offset as u64) };
        encode::set_buffer(&layout::<Encoder>(this).context, buffer, address, index);
    }
}

unsafe extern "C-unwind" fn set_bytes(this: Id, _: Sel, bytes: *const c_void, length: usize, index: usize) {
    check_index(index, "setBytes:length:atIndex:");
    if length > MAX_DATA || bytes.is_null() {
        fail_assertion(
            "-[AGXG16XFamilyComputeContext setBytes:length:atIndex:]: failed assertion \
             'bytes must not be nil and length must be at most 4096'",
        );
    }
    // SAFETY: the receiver is alive; the sender gives `length` readable bytes.
    unsafe {
        let data = core::slice::from_raw_parts(bytes.cast::<u8>(), length);
        encode::set_bytes(&layout::<Encoder>(this).context, data, index);
    }
}

unsafe extern "C-unwind" fn set_threadgroup_memory_length(this: Id, _: Sel, length: usize, index: usize) {
    check_index(index, "setThreadgroupMemoryLength:atIndex:");
    // SAFETY: the receiver is alive; whoever asks for exceptions has frames that can be unwound.
    unsafe {
        if options().throw
            && !length.is_multiple_of(16)
            && let Some(world) = world()
        {
            exception::throw(world.classes.exception);
        }
        encode::set_threadgroup_memory(&layout::<Encoder>(this).context, length, index);
    }
}

unsafe extern "C-unwind" fn dispatch_threads(this: Id, _: Sel, threads: Size, _per_threadgroup: Size) {
    let grid = [threads.width as u64, threads.height as u64, threads.depth as u64];
    // SAFETY: the receiver is alive.
    unsafe { encode::dispatch(&layout::<Encoder>(this).context, grid, &site::DISPATCH_THREADS) };
}

unsafe extern "C-unwind" fn dispatch_threadgroups(this: Id, _: Sel, groups: Size, per_group: Size) {
    let threads = |groups: usize, each: usize| (groups as u64).saturating_mul(each as u64);
    let grid = [
        threads(groups.width, per_group.width),
        threads(groups.height, per_group.height),
        threads(groups.depth, per_group.depth),
    ];
    // SAFETY: the receiver is alive.
    unsafe { encode::dispatch(&layout::<Encoder>(this).context, grid, &site::DISPATCH_THREADGROUPS) };
}

unsafe extern "C-unwind" fn memory_barrier(this: Id, _: Sel, _scope: usize) {
    // SAFETY: the receiver is alive.
    unsafe { encode::memory_barrier(&layout::<Encoder>(this).context) };
}

unsafe extern "C-unwind" fn device(_: Id, _: Sel) -> Id {
    world().map_or(Id::NULL, |world| world.device)
}

unsafe extern "C-unwind" fn label(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive.
    unsafe { layout::<Encoder>(this) }.label.get()
}

unsafe extern "C-unwind" fn set_label(this: Id, _: Sel, label: Id) {
    // SAFETY: receiver and argument are alive.
    unsafe { layout::<Encoder>(this).label.set(label) };
}

fn check_index(index: usize, method: &str) {
    if index >= BINDINGS {
        fail_assertion(&format!(
            "-[AGXG16XFamilyComputeContext {method}]: failed assertion 'index must be at most {}'",
            BINDINGS - 1
        ));
    }
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<Class> {
    // SAFETY: the superclass was registered before.
    let builder = unsafe { ClassBuilder::new(c"AGXG16XFamilyComputeContext", Some(root)) }?
        .ivar(c"_own", IMPL_OFFSET - size_of::<Object>(), 3, c"?")
        .ivar(c"_impl", size_of::<Impl>(), 3, c"^v");
    let builder = methods! { builder;
        - c"initWithCommandBuffer:config:" = init(Id, *const c_void) -> Id;
        - c"reInitWithCommandBuffer:" = reinit(Id) -> Id;
        - c"endEncoding" = end_encoding();
        - c"deferredEndEncoding" = deferred_end_encoding();
        - c"endComputePass" = end_compute_pass();
        - c"destroyImpl" = destroy_impl();
        - c"setComputePipelineState:" = set_compute_pipeline_state(Id);
        - c"setBuffer:offset:atIndex:" = set_buffer(Id, usize, usize);
        - c"setBytes:length:atIndex:" = set_bytes(*const c_void, usize, usize);
        - c"setThreadgroupMemoryLength:atIndex:" = set_threadgroup_memory_length(usize, usize);
        - c"dispatchThreads:threadsPerThreadgroup:" = dispatch_threads(Size, Size);
        - c"dispatchThreadgroups:threadsPerThreadgroup:" = dispatch_threadgroups(Size, Size);
        - c"memoryBarrierWithScope:" = memory_barrier(usize);
        - c"device" = device() -> Id;
        - c"label" = label() -> Id;
        - c"setLabel:" = set_label(Id);
        - c"dealloc" = dealloc();
    };
    let class = builder.register();
    // SAFETY: just registered.
    let offset = unsafe { runtime::variable_offset(class, c"_impl") };
    if offset != Some(IMPL_OFFSET) {
        say(&format!("the runtime put _impl at {offset:?} and not at byte {IMPL_OFFSET}"));
        return None;
    }
    Some(class)
}
