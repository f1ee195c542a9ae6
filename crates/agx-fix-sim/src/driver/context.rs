//! The context behind `_impl`: its layout, its bindings, its command storage.

use crate::driver::commands::{BINDINGS, Chunk, ChunkPool};
use crate::driver::resources::ResourceList;
use crate::gpu::kernels::Kernel;
use core::mem::offset_of;
use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64};

/// Where the crash reports saw the driver touch a context.
pub(crate) mod offset {
    /// Read by `setBuffer:offset:atIndex:`.
    pub(crate) const DIRTY: usize = 0;
    /// Read by the methods that have no crash report. (Ours: the real fields are unknown.)
    pub(crate) const CALLS: usize = 0x10;
    /// Read by `prepareForEnqueue`.
    pub(crate) const DISPATCHES: usize = 0x98;
    /// Written by `allocateUSCSpillBuffer`.
    pub(crate) const SPILL: usize = 0x184;
    /// Read by `setComputePipelineState:`.
    pub(crate) const RESOURCES: usize = 0x5c8;
    /// Read by `dispatchThreads:threadsPerThreadgroup:`.
    pub(crate) const FLAGS: usize = 0x5f4;
}

/// Flag: dispatches may overlap (`MTLDispatchTypeConcurrent`).
pub(crate) const CONCURRENT: u32 = 1;
/// Flag: the command buffer does not retain what is bound.
pub(crate) const UNRETAINED: u32 = 2;

/// The context of an encoder of any kind. What the names call reserved is unknown to us.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Context {
    /// One bit for each binding set since the last dispatch.
    pub(crate) dirty: AtomicU64,
    reserved_0: [u8; offset::CALLS - 8],
    /// Calls of methods.
    pub(crate) calls: AtomicU64,
    /// Sum over the arguments of the methods that do nothing else with them.
    checksum: AtomicU64,
    reserved_1: [u8; offset::DISPATCHES - offset::CALLS - 16],
    /// Dispatches recorded.
    pub(crate) dispatches: AtomicU64,
    reserved_2: [u8; offset::SPILL - offset::DISPATCHES - 8],
    /// Bytes of the spill buffer.
    pub(crate) spill: AtomicU32,
    reserved_3: [u8; offset::RESOURCES - offset::SPILL - 4],
    /// What the pass keeps alive.
    pub(crate) resources: AtomicPtr<ResourceList>,
    reserved_4: [u8; offset::FLAGS - offset::RESOURCES - 8],
    /// [`CONCURRENT`], [`UNRETAINED`].
    pub(crate) flags: AtomicU32,
    reserved_5: [u8; 8],
    /// The bound pipeline.
    pub(crate) pipeline: AtomicPtr<Kernel>,
    /// GPU addresses; 0 where nothing is bound.
    pub(crate) bindings: [AtomicU64; BINDINGS],
    /// Lengths of threadgroup memory.
    pub(crate) threadgroup_memory: [AtomicU64; BINDINGS],
    /// The first chunk of command storage.
    pub(crate) first: AtomicPtr<Chunk>,
    /// The chunk being written.
    pub(crate) current: AtomicPtr<Chunk>,
}

const _: () = {
    assert!(offset_of!(Context, dirty) == offset::DIRTY);
    assert!(offset_of!(Context, calls) == offset::CALLS);
    assert!(offset_of!(Context, dispatches) == offset::DISPATCHES);
    assert!(offset_of!(Context, spill) == offset::SPILL);
    assert!(offset_of!(Context, resources) == offset::RESOURCES);
    assert!(offset_of!(Context, flags) == offset::FLAGS);
    assert!(offset_of!(Context, pipeline) == 0x600);
};

impl Context {
    /// Counts a call.
    pub(crate) fn count(&self) {
        self.calls.store(self.calls.load(Relaxed) + 1, Relaxed);
    }

    /// Adds a call, and the sum of its arguments, to what was read before.
    pub(crate) fn count_after(&self, calls: u64, checksum: u64, arguments: u64) {
        self.checksum.store(checksum.rotate_left(9) ^ arguments, Relaxed);
        self.calls.store(calls + 1, Relaxed);
    }

    /// The sum over arguments.
    pub(crate) fn checksum(&self) -> u64 {
        self.checksum.load(Relaxed)
    }

    /// Puts a GPU address into the argument table.
    pub(crate) fn bind(&self, index: usize, address: u64) {
        let Some(binding) = self.bindings.get(index) else { return };
        binding.store(address, Relaxed);
        self.dirty.store(self.dirty.load(Relaxed) | 1 << index, Relaxed);
    }

    /// Copies argument data into the command storage and binds it.
    pub(crate) fn bind_data(&self, index: usize, data: &[u8], chunks: &ChunkPool) {
        let address = self.storage_for(chunks, |chunk| chunk.append_data(data));
        self.bind(index, address);
    }

    /// Records a dispatch of the bound arguments.
    pub(crate) fn record(&self, kernel: u32, grid: [u64; 3], recorded_before: u64, chunks: &ChunkPool) {
        self.storage_for(chunks, |chunk| chunk.append_record(kernel, grid, &self.bindings));
        self.dispatches.store(recorded_before + 1, Relaxed);
        self.dirty.store(0, Relaxed);
    }

    /// Appends to the current chunk, or to a fresh one if it is full.
    fn storage_for<T>(&self, chunks: &ChunkPool, append: impl Fn(&Chunk) -> Option<T>) -> T {
        loop {
            // SAFETY: null, or a chunk; chunks are immortal.
            let current = unsafe { self.current.load(Relaxed).as_ref() };
            if let Some(done) = current.and_then(&append) {
                return done;
            }
            let fresh = chunks.take();
            match current {
                Some(full) => full.link(fresh),
                None => self.first.store(core::ptr::from_ref(fresh).cast_mut(), Relaxed),
            }
            self.current.store(core::ptr::from_ref(fresh).cast_mut(), Relaxed);
        }
    }

    /// Hands over the command storage: its first chunk, or null.
    pub(crate) fn take_commands(&self) -> *const Chunk {
        let first = self.first.load(Relaxed);
        self.first.store(core::ptr::null_mut(), Relaxed);
        self.current.store(core::ptr::null_mut(), Relaxed);
        first
    }
}
