//! The C API. `include/agx_fix.h` is generated from this file; the names and types of the paper's library are kept.
//!
//! Counts are exact once the threads that made the calls have been joined. Every function may be called from any
//! thread, at any time, also in a process without Metal.

use crate::start;
use agx_fix_hooks as hooks;
use agx_fix_interface::Document as _;
use core::ffi::c_char;

/// Hooks the classes of the system's default Metal device. Needed only where the library was loaded after the
/// application had made its device; an injected library does it by itself. Answers whether Metal is hooked.
#[unsafe(no_mangle)]
pub extern "C" fn agx_fix_install() -> bool {
    start::install()
}

/// Whether encoder methods are hooked in this process.
#[unsafe(no_mangle)]
pub extern "C" fn agx_fix_is_enabled() -> bool {
    hooks::is_installed()
}

/// Locks taken for a call on an encoder or command buffer.
#[unsafe(no_mangle)]
pub extern "C" fn agx_fix_get_acquisitions() -> u64 {
    hooks::statistics().acquisitions
}

/// Acquisitions that had to wait for another thread.
#[unsafe(no_mangle)]
pub extern "C" fn agx_fix_get_contentions() -> u64 {
    hooks::statistics().contentions
}

/// Mutexes made: one for each encoder opened; with the preset `global` one in all.
#[unsafe(no_mangle)]
pub extern "C" fn agx_fix_get_mutex_creations() -> u64 {
    hooks::statistics().mutex_creations
}

/// Calls on encoders that had ended. They did not reach the driver.
#[unsafe(no_mangle)]
pub extern "C" fn agx_fix_get_late_calls() -> u64 {
    hooks::statistics().late_calls
}

/// Late calls that were dispatches: work that the GPU was not given.
#[unsafe(no_mangle)]
pub extern "C" fn agx_fix_get_late_dispatches() -> u64 {
    hooks::statistics().late_dispatches
}

/// Waits for an encoder that were longer than `AGX_FIX_LOCK_WARN_MS`.
#[unsafe(no_mangle)]
pub extern "C" fn agx_fix_get_long_waits() -> u64 {
    hooks::statistics().long_waits
}

/// Counts from zero again, except for mutexes made.
#[unsafe(no_mangle)]
pub extern "C" fn agx_fix_reset_stats() {
    hooks::reset_statistics();
}

/// Writes all statistics as one line of JSON, schema "agx-fix-statistics/2", into `buffer`: at most `size - 1` bytes
/// and a terminating null byte. Answers the length of the whole text without the null byte, like `snprintf`; nothing
/// is written if `size` is 0.
///
/// # Safety
/// `buffer` has room for `size` bytes, or `size` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn agx_fix_stats_json(buffer: *mut c_char, size: usize) -> usize {
    // SAFETY: the buffer has room, as the caller says.
    unsafe { copy_text(&hooks::statistics().to_json(), buffer, size) }
}

/// Writes all findings as one line of JSON, schema "agx-fix-findings/1": each kind of misuse that was seen, with both
/// threads and both calls. `buffer`, `size` and the answer are as for `agx_fix_stats_json`.
///
/// # Safety
/// `buffer` has room for `size` bytes, or `size` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn agx_fix_findings_json(buffer: *mut c_char, size: usize) -> usize {
    // SAFETY: the buffer has room, as the caller says.
    unsafe { copy_text(&hooks::findings().to_json(), buffer, size) }
}

/// Writes what is guarded, class by class, as one line of JSON, schema "agx-fix-coverage/2": for each class of Metal
/// objects that this process has seen, the methods that are guarded, those that are not and why, those that the class
/// does not have, and those that are deliberately not hooked. `buffer`, `size` and the answer are as for
/// `agx_fix_stats_json`.
///
/// # Safety
/// `buffer` has room for `size` bytes, or `size` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn agx_fix_coverage_json(buffer: *mut c_char, size: usize) -> usize {
    // SAFETY: the buffer has room, as the caller says.
    unsafe { copy_text(&hooks::coverage().to_json(), buffer, size) }
}

/// Copies as much of a text as fits, with a null byte, and answers the length of the whole.
///
/// # Safety
/// `buffer` has room for `size` bytes, or `size` is 0.
unsafe fn copy_text(text: &str, buffer: *mut c_char, size: usize) -> usize {
    if size > 0 && !buffer.is_null() {
        let length = text.len().min(size - 1);
        // SAFETY: `length + 1 <= size` bytes fit, as the caller promises; the source is a string of this library.
        unsafe {
            core::ptr::copy_nonoverlapping(text.as_ptr().cast(), buffer, length);
            *buffer.add(length) = 0;
        }
    }
    text.len()
}

/// The library's version, a string that lives as long as the process.
#[unsafe(no_mangle)]
pub extern "C" fn agx_fix_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
