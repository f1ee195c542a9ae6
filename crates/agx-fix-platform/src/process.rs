//! The process: its symbols, libraries, log, exit handlers and rights.

use crate::system;
use core::ffi::{CStr, c_void};
use std::ffi::CString;

/// Writes a line to the system's log, where there is one beside standard error: the unified log of macOS (subsystem
/// `agx-fix`, category `guard`). A line with a NUL in it is cut off there.
pub fn log(line: &str) {
    let text = line.split('\0').next().unwrap_or_default();
    if let Ok(text) = CString::new(text) {
        system::log(&text);
    }
}

/// Runs `handler` when the process exits normally. False if the system refused.
pub fn at_exit(handler: extern "C" fn()) -> bool {
    // SAFETY: the handler takes nothing, and lives as long as the library, which is pinned before handlers are added.
    unsafe { libc::atexit(handler) == 0 }
}

/// Keeps the library that holds `address` in the process for good, whatever `dlclose` says. False if it is not a
/// library's address.
pub fn pin_library(address: usize) -> bool {
    // SAFETY: dladdr takes any address as a number; the name it gives lives as long as the library, which is loaded.
    unsafe {
        let mut info: libc::Dl_info = core::mem::zeroed();
        if libc::dladdr(address as *const c_void, &raw mut info) == 0 || info.dli_fname.is_null() {
            return false;
        }
        !libc::dlopen(info.dli_fname, libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE).is_null()
    }
}

/// The address of a symbol behind `not` in the search order, or anywhere but at `not`.
pub fn symbol_behind(name: &CStr, not: *const c_void) -> Option<*mut c_void> {
    [libc::RTLD_NEXT, libc::RTLD_DEFAULT].into_iter().find_map(|scope| {
        // SAFETY: a null-terminated name and a pseudo handle.
        let found = unsafe { libc::dlsym(scope, name.as_ptr()) };
        (!found.is_null() && found.cast_const() != not).then_some(found)
    })
}

/// The address of a symbol that the process has loaded.
pub fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: a null-terminated name and a pseudo handle.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}

/// Loads a library for the whole process, so that its symbols are found by name.
///
/// # Errors
/// The loader's own message.
pub fn load_library(path: &CStr) -> Result<(), String> {
    // SAFETY: a null-terminated path; the library's initialisers are its own affair. dlerror's text is copied at once.
    unsafe {
        if !libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL).is_null() {
            return Ok(());
        }
        let message = libc::dlerror();
        Err(if message.is_null() {
            "unknown error of the loader".to_owned()
        } else {
            CStr::from_ptr(message).to_string_lossy().into_owned()
        })
    }
}

/// Whether the process runs with more rights than its user: then its environment is not to be trusted.
pub fn is_privileged() -> bool {
    system::is_privileged()
}
