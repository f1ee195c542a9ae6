//! What the methods of an encoder do with its context, phase by phase.
//!
//! Each phase reads `_impl` again where the driver does, without a lock or a null check, and continues with the value
//! that it read. The accesses of the crash reports come first in their phases, so a null `_impl` faults there.

use crate::driver::commands::{Chunk, chain};
use crate::driver::context::{Context, UNRETAINED, offset};
use crate::driver::resources::ResourceList;
use crate::fault::access::{load32, load64, store32};
use crate::fault::site::{self, Site};
use crate::gpu::device::device;
use crate::gpu::kernels::{self, Kernel, PIPELINE_SPILL};
use crate::options::widen;
use agx_fix_objc::Id;
use agx_fix_objc::memory::Strong;
use core::sync::atomic::AtomicPtr;
use core::sync::atomic::Ordering::Relaxed;

/// The `_impl` variable of an encoder.
pub(crate) type Impl = AtomicPtr<Context>;

/// What an ended pass hands to its command buffer. Storage goes back to the device when it is dropped.
#[derive(Debug)]
pub(crate) struct Pass {
    /// The command storage.
    pub(crate) chunks: Vec<&'static Chunk>,
    /// What must live until the GPU is done.
    #[allow(dead_code, reason = "held, not read")]
    resources: Vec<Strong>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        for chunk in self.chunks.drain(..) {
            device().chunks.give(chunk);
        }
    }
}

/// Takes a context for a new pass.
pub(crate) fn create(context: &Impl, flags: u32) {
    context.store(device().contexts.take(flags), Relaxed);
}

/// `setComputePipelineState:`.
///
/// # Safety
/// `pipeline` is nil or alive. The encoder is open, or the process is meant to die.
pub(crate) unsafe fn set_pipeline(context: &Impl, pipeline: Id, kernel: *const Kernel) {
    let context = context.load(Relaxed);
    // SAFETY: the caller promises an open encoder, whose context is alive, or the null that is meant to fault here.
    let list = unsafe { load64::<{ offset::RESOURCES }>(context.cast(), &site::SET_PIPELINE) };
    widen();
    // SAFETY: the load would have faulted on null, so this is a context.
    let context = unsafe { &*context };
    // SAFETY: a context has null or an immortal list at that offset; the caller promises a pipeline, nil or alive.
    unsafe { keep(context, list as *const ResourceList, pipeline) };
    context.count();
    context.pipeline.store(kernel.cast_mut(), Relaxed);
}

/// `setBuffer:offset:atIndex:`.
///
/// # Safety
/// As for [`set_pipeline`].
pub(crate) unsafe fn set_buffer(context: &Impl, buffer: Id, address: u64, index: usize) {
    let context = context.load(Relaxed);
    // SAFETY: the caller promises an open encoder, whose context is alive, or the null that is meant to fault here.
    unsafe { load64::<{ offset::DIRTY }>(context.cast(), &site::SET_BUFFER) };
    // SAFETY: the load would have faulted on null, so this is a context.
    let context = unsafe { &*context };
    context.count();
    // SAFETY: the list is null or immortal; the caller promises a buffer, nil or alive.
    unsafe { keep(context, context.resources.load(Relaxed), buffer) };
    context.bind(index, address);
}

/// `setBytes:length:atIndex:`, with at most [`crate::driver::commands::MAX_DATA`] bytes.
///
/// # Safety
/// The encoder is open, or the process is meant to die.
pub(crate) unsafe fn set_bytes(context: &Impl, data: &[u8], index: usize) {
    let context = context.load(Relaxed);
    // SAFETY: the caller promises an open encoder, whose context is alive, or the null that is meant to fault here.
    unsafe { load64::<{ offset::DIRTY }>(context.cast(), &site::SET_BYTES) };
    // SAFETY: the load would have faulted on null, so this is a context.
    let context = unsafe { &*context };
    context.count();
    context.bind_data(index, data, &device().chunks);
}

/// `setThreadgroupMemoryLength:atIndex:`.
///
/// # Safety
/// As for [`set_bytes`].
pub(crate) unsafe fn set_threadgroup_memory(context: &Impl, length: usize, index: usize) {
    let context = context.load(Relaxed);
    // SAFETY: the caller promises an open encoder, whose context is alive, or the null that is meant to fault here.
    unsafe { load64::<{ offset::DIRTY }>(context.cast(), &site::SET_THREADGROUP_MEMORY) };
    // SAFETY: the load would have faulted on null, so this is a context.
    let context = unsafe { &*context };
    context.count();
    if let Some(entry) = context.threadgroup_memory.get(index) {
        entry.store(length as u64, Relaxed);
    }
}

/// `memoryBarrierWithScope:`. The GPU runs one dispatch after the other, so there is nothing to record.
///
/// # Safety
/// As for [`set_bytes`].
pub(crate) unsafe fn memory_barrier(context: &Impl) {
    let context = context.load(Relaxed);
    // SAFETY: the caller promises an open encoder, whose context is alive, or the null that is meant to fault here.
    unsafe { load32::<{ offset::FLAGS }>(context.cast(), &site::MEMORY_BARRIER) };
    // SAFETY: the load would have faulted on null, so this is a context.
    unsafe { &*context }.count();
}

/// Both forms of dispatch, once the grid is counted in threads.
///
/// # Safety
/// As for [`set_bytes`].
pub(crate) unsafe fn dispatch(context: &Impl, grid: [u64; 3], site: &'static Site) {
    let first = context.load(Relaxed);
    // SAFETY: the caller promises an open encoder, whose context is alive, or the null that is meant to fault here.
    unsafe { load32::<{ offset::FLAGS }>(first.cast(), site) };
    widen();
    // SAFETY: the caller promises an open encoder, or a process that is meant to die.
    let (kernel, recorded, spill) = unsafe { prepare_for_enqueue(context) };
    widen();
    // SAFETY: the caller promises an open encoder, or a process that is meant to die.
    let last = unsafe { allocate_usc_spill_buffer(context, spill) };
    // SAFETY: the phase has written to it, and would have faulted on null, so this is a context.
    let last = unsafe { &*last };
    last.count();
    last.record(kernel, grid, recorded, &device().chunks);
}

/// Reads what the dispatch needs: the kernel's number, the dispatches before it, the bytes to spill.
///
/// # Safety
/// As for [`set_bytes`].
#[inline(never)]
unsafe fn prepare_for_enqueue(context: &Impl) -> (u32, u64, u32) {
    let context = context.load(Relaxed);
    // SAFETY: the caller promises an open encoder, whose context is alive, or the null that is meant to fault here.
    let recorded = unsafe { load64::<{ offset::DISPATCHES }>(context.cast(), &site::PREPARE_FOR_ENQUEUE) };
    // SAFETY: the load would have faulted on null, so this is a context.
    let pipeline = unsafe { &*context }.pipeline.load(Relaxed);
    // SAFETY: a bound pipeline is one of the device's kernels, which are statics; none at all is meant to fault here.
    let spill = unsafe { load32::<PIPELINE_SPILL>(pipeline.cast(), &site::BOUND_PIPELINE) };
    // SAFETY: the load would have faulted on null, so this is a kernel.
    (unsafe { &*pipeline }.number, recorded, spill)
}

/// Makes room for registers that do not fit, and answers the context it found.
///
/// # Safety
/// As for [`set_bytes`].
#[inline(never)]
unsafe fn allocate_usc_spill_buffer(context: &Impl, bytes: u32) -> *mut Context {
    let context = context.load(Relaxed);
    // SAFETY: the caller promises an open encoder, whose context is alive, or the null that is meant to fault here. The
    // word at the offset is an atomic of the context.
    unsafe { store32::<{ offset::SPILL }>(context.cast(), bytes, &site::ALLOCATE_SPILL) };
    context
}

/// A method that is only counted. Leaves the sum of its arguments in the context, and a record in the command storage
/// if it is work for the GPU.
///
/// # Safety
/// As for [`set_bytes`].
pub(crate) unsafe fn touch(context: &Impl, arguments: u64, works: bool, site: &'static Site) {
    let context = context.load(Relaxed);
    // SAFETY: the caller promises an open encoder, whose context is alive, or the null that is meant to fault here.
    let calls = unsafe { load64::<{ offset::CALLS }>(context.cast(), site) };
    // SAFETY: the load would have faulted on null, so this is a context.
    let context = unsafe { &*context };
    let checksum = context.checksum();
    widen();
    context.count_after(calls, checksum, arguments);
    if works {
        let recorded = context.dispatches.load(Relaxed);
        context.record(kernels::COUNTED, [0; 3], recorded, &device().chunks);
    }
}

/// Work of a blit encoder: `kernel` on `length` bytes at up to two addresses. Everything goes through the context's
/// argument table, as for a dispatch.
///
/// # Safety
/// The objects are nil or alive. The encoder is open, or the process is meant to die.
pub(crate) unsafe fn blit(
    context: &Impl,
    kernel: u32,
    operands: &[(Id, u64)],
    [length, value]: [u64; 2],
    site: &'static Site,
) {
    let context = context.load(Relaxed);
    // SAFETY: the caller promises an open encoder, whose context is alive, or the null that is meant to fault here.
    let calls = unsafe { load64::<{ offset::CALLS }>(context.cast(), site) };
    // SAFETY: the load would have faulted on null, so this is a context.
    let context = unsafe { &*context };
    for (index, &(object, address)) in operands.iter().enumerate() {
        // SAFETY: the list is null or immortal; the caller promises objects, each nil or alive.
        unsafe { keep(context, context.resources.load(Relaxed), object) };
        context.bind(index, address);
    }
    widen();
    context.count_after(calls, context.checksum(), length);
    let recorded = context.dispatches.load(Relaxed);
    context.record(kernel, [length, value, 1], recorded, &device().chunks);
}

/// The calls counted in the context; 0 if there is none.
///
/// # Safety
/// The encoder is alive.
pub(crate) unsafe fn calls(context: &Impl) -> u64 {
    // SAFETY: null, or a context.
    unsafe { context.load(Relaxed).as_ref() }.map_or(0, |context| context.calls.load(Relaxed))
}

/// Keeps an object until the GPU is done, unless the command buffer was made without that.
///
/// # Safety
/// `list` is null (a context that is being zeroed by its next owner) or immortal; `object` is nil or alive.
unsafe fn keep(context: &Context, list: *const ResourceList, object: Id) {
    if context.flags.load(Relaxed) & UNRETAINED != 0 {
        return;
    }
    // SAFETY: the caller promises null or an immortal list.
    let list = unsafe { list.as_ref() };
    // SAFETY: the caller promises an object, nil or alive.
    let object = unsafe { Strong::from_borrowed(object) };
    if let (Some(list), Some(object)) = (list, object) {
        list.keep(object);
    }
}

/// Takes the recorded work out of the context. `None` if there is no context.
///
/// # Safety
/// No other thread is inside the encoder; otherwise work is lost or done twice, as in the driver.
pub(crate) unsafe fn take_pass(context: &Impl) -> Option<Pass> {
    // SAFETY: null, or a context; the caller promises that no other thread gives it back meanwhile.
    let context = unsafe { context.load(Relaxed).as_ref() }?;
    // SAFETY: the storage of a context begins with null or a chunk.
    let chunks = unsafe { chain(context.take_commands()) };
    // SAFETY: the list of a context is null or immortal.
    let list = unsafe { context.resources.load(Relaxed).as_ref() };
    Some(Pass { chunks, resources: list.map(ResourceList::take).unwrap_or_default() })
}

/// `destroyImpl`: the context goes back into the pool before `_impl` is cleared. In between it may already belong to
/// another encoder while late calls on this one still find it.
///
/// # Safety
/// As for [`take_pass`].
pub(crate) unsafe fn destroy(context: &Impl) {
    let given = context.load(Relaxed);
    if given.is_null() {
        return;
    }
    // SAFETY: `create` took it from this pool.
    unsafe { device().contexts.give(given) };
    widen();
    context.store(core::ptr::null_mut(), Relaxed);
}
