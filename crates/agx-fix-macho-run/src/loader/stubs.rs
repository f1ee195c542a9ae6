//! Stubs: the image's code calls an import through a few instructions that count the call and jump to the shim. A stub has no
//! frame and touches no argument, so that stack traces, unwinding and arguments on the stack are the same as without it.

use crate::machine;
use std::ffi::{CStr, CString, c_char};
use std::sync::atomic::AtomicU64;

/// The room for one stub.
pub(super) use machine::STUB as SIZE;

/// Counts, and goes on to the target.
pub(super) fn counting(counter: &AtomicU64, target: usize) -> [u8; SIZE] {
    machine::counting(std::ptr::from_ref(counter) as usize, target)
}

/// Says the name and stops.
pub(super) fn missing(symbol: &str, library: &str) -> [u8; SIZE] {
    let text = format!("{symbol} of {library}");
    // A symbol has no zero byte. The string is never freed, because the stub is not.
    let name = CString::new(text).unwrap_or_default().into_raw();
    machine::missing(name as usize, stop_at_missing as *const () as usize)
}

unsafe extern "C" fn stop_at_missing(name: *const c_char) -> ! {
    // SAFETY: the string that the stub was made with.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    crate::stop(&format!("the library calls {name}, for which there is no shim"))
}
