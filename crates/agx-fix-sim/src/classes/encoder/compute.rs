//! The methods of a compute encoder on which a dispatch of the simulated GPU depends.

use super::Encoder;
use crate::classes::{buffer, library};
use crate::driver::commands::{BINDINGS, MAX_DATA};
use crate::driver::context::CONCURRENT;
use crate::driver::encode;
use crate::fault::report::fail_assertion;
use crate::fault::site;
use crate::foundation::define::{instance_method_encoded, layout, methods};
use crate::foundation::exception;
use crate::options::options;
use agx_fix_objc::abi::Size;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Id, Sel};
use core::ffi::c_void;
use core::sync::atomic::Ordering::Relaxed;

unsafe extern "C-unwind" fn set_compute_pipeline_state(this: Id, _: Sel, pipeline: Id) {
    // SAFETY: the receiver is alive; the sender gives nil or a pipeline.
    unsafe {
        let kernel = library::kernel(pipeline);
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
        if options().throw && !length.is_multiple_of(16) {
            exception::throw();
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

unsafe extern "C-unwind" fn dispatch_type(this: Id, _: Sel) -> usize {
    // SAFETY: the receiver is alive.
    let flags = unsafe { layout::<Encoder>(this) }.flags.load(Relaxed);
    usize::from(flags & CONCURRENT != 0)
}

unsafe extern "C-unwind" fn memory_barrier(this: Id, _: Sel, _scope: usize) {
    // SAFETY: the receiver is alive.
    unsafe { encode::memory_barrier(&layout::<Encoder>(this).context) };
}

fn check_index(index: usize, method: &str) {
    if index >= BINDINGS {
        fail_assertion(&format!(
            "-[AGXG16XFamilyComputeContext {method}]: failed assertion 'index must be at most {}'",
            BINDINGS - 1
        ));
    }
}

unsafe extern "C-unwind" fn set_imageblock(this: Id, _: Sel, width: usize, height: usize) {
    // SAFETY: the receiver is alive.
    unsafe {
        encode::touch(
            &layout::<Encoder>(this).context,
            (width ^ height) as u64,
            false,
            &site::SET_IMAGEBLOCK,
        );
    }
}

/// Adds the methods.
pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    let builder = methods! { builder;
        - c"dispatchType" = dispatch_type() -> usize;
        - c"setComputePipelineState:" = set_compute_pipeline_state(Id);
        - c"setBuffer:offset:atIndex:" = set_buffer(Id, usize, usize);
        - c"setBytes:length:atIndex:" = set_bytes(*const c_void, usize, usize);
        - c"setThreadgroupMemoryLength:atIndex:" = set_threadgroup_memory_length(usize, usize);
        - c"dispatchThreads:threadsPerThreadgroup:" = dispatch_threads(Size, Size);
        - c"dispatchThreadgroups:threadsPerThreadgroup:" = dispatch_threadgroups(Size, Size);
        - c"memoryBarrierWithScope:" = memory_barrier(usize);
    };
    if !options().odd_encoding {
        return builder;
    }
    let function: unsafe extern "C-unwind" fn(Id, Sel, usize, usize) = set_imageblock;
    instance_method_encoded(builder, c"setImageblockWidth:height:", function, c"v@:II")
}
