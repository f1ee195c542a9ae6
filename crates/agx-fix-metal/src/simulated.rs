//! Asking the simulated driver, where it is in this process, for what it has counted.

use agx_fix_platform::symbol;

/// Draws, and other work whose results nobody looks at, that the simulated GPU has come to so far; `None` if the driver is
/// not the simulated one.
pub fn counted_work() -> Option<u64> {
    let function = symbol(c"agx_sim_counted_work")?;
    // SAFETY: the simulator's function of that name has this signature (`exports.rs` there).
    Some(unsafe { core::mem::transmute::<*mut core::ffi::c_void, extern "C-unwind" fn() -> u64>(function)() })
}
