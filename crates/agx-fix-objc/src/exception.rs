//! Throwing Objective-C exceptions: for the simulated driver and for tests.

use crate::runtime::objc_exception_throw;
use crate::types::Id;

/// Throws `exception` at the calling frames. They are unwound up to the first Objective-C `@catch` that takes it;
/// where there is none the runtime ends the process.
///
/// # Safety
/// `exception` is a live object, of which the caller gives up a reference; all frames up to the `@catch` can be
/// unwound (`extern "C-unwind"`, no `catch_unwind`).
pub unsafe fn throw(exception: Id) -> ! {
    // SAFETY: alive, and the frames can be unwound, as the caller says.
    unsafe { objc_exception_throw(exception) };
    // The runtime's function does not return; it has no prototype here that says so.
    std::process::abort()
}
