//! Compute encoders: the calls whose races this project is about. Every `SAFETY` note covers signature and arguments;
//! the threading rule is the caller's, as the module above says.

use crate::foundation::set_label;
use crate::selectors::selectors;
use crate::{Buffer, ComputePipeline, wrapper};
use agx_fix_objc::abi::Size;
use agx_fix_objc::{Id, send};
use core::ffi::c_void;

wrapper! {
    /// An `MTLComputeCommandEncoder`. One thread at a time, and none after the end, as the crate says.
    ComputeEncoder
}

/// `MTLBarrierScopeBuffers`.
const SCOPE_BUFFERS: usize = 1;

impl ComputeEncoder {
    /// Selects the kernel of the next dispatches.
    pub fn set_pipeline(&self, pipeline: &ComputePipeline) {
        // SAFETY: a live encoder and a live pipeline.
        unsafe { send(*self.0, selectors().set_pipeline, (*pipeline.0,)) }
    }

    /// Binds a buffer, from a byte offset on.
    pub fn set_buffer(&self, buffer: &Buffer, offset: usize, index: usize) {
        // SAFETY: a live encoder and a live buffer, and two words.
        unsafe { send(*self.0, selectors().set_buffer, (*buffer.0, offset, index)) }
    }

    /// Binds a copy of these bytes.
    pub fn set_bytes(&self, bytes: &[u8], index: usize) {
        let start = bytes.as_ptr().cast::<c_void>();
        // SAFETY: a live encoder; the bytes outlive the call, in which they are copied.
        unsafe { send(*self.0, selectors().set_bytes, (start, bytes.len(), index)) }
    }

    /// Reserves threadgroup memory.
    pub fn set_threadgroup_memory_length(&self, bytes: usize, index: usize) {
        // SAFETY: a live encoder and two words.
        unsafe { send(*self.0, selectors().set_threadgroup_memory_length, (bytes, index)) }
    }

    /// Runs the kernel on a grid of so many threads.
    pub fn dispatch_threads(&self, threads: Size, threads_per_threadgroup: Size) {
        // SAFETY: a live encoder and two sizes by value.
        unsafe { send(*self.0, selectors().dispatch_threads, (threads, threads_per_threadgroup)) }
    }

    /// Runs the kernel on a grid of so many threadgroups.
    pub fn dispatch_threadgroups(&self, threadgroups: Size, threads_per_threadgroup: Size) {
        // SAFETY: as for `dispatch_threads`.
        unsafe { send(*self.0, selectors().dispatch_threadgroups, (threadgroups, threads_per_threadgroup)) }
    }

    /// Makes what earlier dispatches wrote to buffers visible to later ones.
    pub fn memory_barrier(&self) {
        // SAFETY: a live encoder and a word (`MTLBarrierScope`).
        unsafe { send(*self.0, selectors().memory_barrier, (SCOPE_BUFFERS,)) }
    }

    /// Ends the encoder. Once; no other call may follow.
    pub fn end_encoding(&self) {
        // SAFETY: a live encoder; the method takes and answers nothing.
        unsafe { send(*self.0, selectors().end_encoding, ()) }
    }

    /// Names the encoder for people.
    pub fn set_label(&self, label: &str) {
        set_label(&self.0, label);
    }

    /// Gives up the reference and keeps the address.
    pub fn into_unretained(self) -> UnretainedEncoder {
        UnretainedEncoder(*self.0)
    }
}

/// An encoder without a reference, as a program in C++ or one with a reference too few holds it. It may have been freed. Calling
/// it then is a use after free, which this type exists to show: see what
/// the crate says about safety.
#[derive(Clone, Copy, Debug)]
pub struct UnretainedEncoder(Id);

impl UnretainedEncoder {
    /// Reserves threadgroup memory: a call that an encoder in use takes at any time.
    pub fn set_threadgroup_memory_length(self, bytes: usize, index: usize) {
        // SAFETY: two words; that the encoder is alive is what the caller puts to the test, and a process without
        // protection may die of it here.
        unsafe { send(self.0, selectors().set_threadgroup_memory_length, (bytes, index)) }
    }
}
