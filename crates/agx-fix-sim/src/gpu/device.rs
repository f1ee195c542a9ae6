//! The state that all queues of the simulated GPU share.

use crate::driver::commands::ChunkPool;
use crate::driver::pool::ContextPool;
use crate::gpu::memory::Memory;
use crate::gpu::model::Arithmetic;
use core::sync::atomic::AtomicU64;

/// What all queues of the one device share.
#[derive(Debug)]
pub(crate) struct Device {
    /// Idle contexts.
    pub(crate) contexts: ContextPool,
    /// Command storage.
    pub(crate) chunks: ChunkPool,
    /// The address space.
    pub(crate) memory: Memory,
    /// The part of the GPU that computes.
    pub(crate) arithmetic: Arithmetic,
    /// Dispatches that could not run.
    pub(crate) faults: AtomicU64,
    /// Draws and other work that is only counted.
    pub(crate) counted: AtomicU64,
}

/// The device.
pub(crate) fn device() -> &'static Device {
    static DEVICE: Device = Device {
        contexts: ContextPool::new(),
        chunks: ChunkPool::new(),
        memory: Memory::new(),
        arithmetic: Arithmetic::new(),
        faults: AtomicU64::new(0),
        counted: AtomicU64::new(0),
    };
    &DEVICE
}
