//! The C symbols of the library: Metal's device factories, and figures for tests and tools.

use crate::classes::{debug, encoder};
use crate::foundation::{array, object};
use crate::gpu::device::device;
use crate::world;
use agx_fix_objc::Id;
use core::sync::atomic::Ordering::Relaxed;

/// Metal's factory: the device of the first driver, owned by the caller. Nil where there is no Objective-C runtime.
///
/// # Safety
/// Callers keep to the C calling convention. It is `unsafe` because Metal's declaration is.
#[unsafe(no_mangle)]
#[allow(non_snake_case, reason = "Metal's own name")]
pub unsafe extern "C-unwind" fn MTLCreateSystemDefaultDevice() -> Id {
    let first = world::devices().first().copied().unwrap_or(Id::NULL);
    // SAFETY: nil, or a device, which lives as long as the process.
    unsafe { object::retain(first) }
}

/// Metal's factory: an `NSArray` with the device of each driver, owned by the caller. Nil where there is no
/// Objective-C runtime.
///
/// # Safety
/// As for [`MTLCreateSystemDefaultDevice`].
#[unsafe(no_mangle)]
#[allow(non_snake_case, reason = "Metal's own name")]
pub unsafe extern "C-unwind" fn MTLCopyAllDevices() -> Id {
    let devices = world::devices();
    // SAFETY: devices live as long as the process.
    if devices.is_empty() { Id::NULL } else { unsafe { array::new(devices) } }
}

/// Objects of the simulator that are alive, the devices among them.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn agx_sim_live_objects() -> u64 {
    object::live()
}

/// Contexts in memory: those of open encoders and those in the pool.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn agx_sim_contexts_allocated() -> u64 {
    device().contexts.allocated()
}

/// Dispatches that the GPU refused: unknown kernel, unmapped address, a buffer too small for its dimensions.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn agx_sim_gpu_faults() -> u64 {
    device().faults.load(Relaxed)
}

/// Draws and other work that the GPU has reached and only counts: all but kernels, and copies and fills of buffers.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn agx_sim_counted_work() -> u64 {
    device().counted.load(Relaxed)
}

/// The calls of methods that the encoder has counted since it was opened. 0 for nil and for one that has ended.
///
/// # Safety
/// `encoder` is nil or an encoder of the simulator, alive; a wrapper stands for what it wraps.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn agx_sim_encoder_calls(encoder: Id) -> u64 {
    if encoder.is_null() {
        return 0;
    }
    // SAFETY: the caller promises nil, an encoder of the simulator or its wrapper, alive, and this is not nil.
    let encoder = unsafe { debug::unwrapped(encoder) };
    // SAFETY: an encoder of the simulator; the caller keeps it alive, or its wrapper, which retains it.
    unsafe { encoder::calls(encoder) }
}
