//! The unified log (`os_log`, macOS 10.12 and newer), for programs whose standard error nobody sees.
//!
//! `<os/log.h>` is macros over `_os_log_impl`, which takes a format and a packed list of its arguments. Clang's
//! `OSLog.h` and `OSLog.cpp` say how the list is laid out; here it is always that of one public string.

use core::ffi::{CStr, c_char, c_void};
use core::sync::atomic::{AtomicPtr, Ordering};

const SUBSYSTEM: &CStr = c"agx-fix";
const CATEGORY: &CStr = c"guard";
/// `OS_LOG_TYPE_DEFAULT`.
const TYPE_DEFAULT: u8 = 0;

/// `log` finds a message's format by its place in this section of the image.
#[unsafe(link_section = "__TEXT,__oslogstring,cstring_literals")]
static FORMAT: [u8; 11] = *b"%{public}s\0";

/// Summary (there is something other than numbers), number of arguments, then the argument: kind and flags, length, value.
#[repr(C, packed)]
struct OneString {
    summary: u8,
    arguments: u8,
    kind: u8,
    length: u8,
    text: *const c_char,
}

const NON_SCALAR: u8 = 2;
/// Kind 2 (string) in the upper half, flag 2 (public) in the lower.
const PUBLIC_STRING: u8 = 2 << 4 | 2;

unsafe extern "C" {
    /// Any address of the image that logs.
    static __dso_handle: u8;
    fn os_log_create(subsystem: *const c_char, category: *const c_char) -> *mut c_void;
    fn _os_log_impl(
        image: *const c_void,
        log: *mut c_void,
        kind: u8,
        format: *const c_char,
        arguments: *const u8,
        size: u32,
    );
}

/// Logs are made once and live as long as the process; the system answers the same one for the same names.
fn agx_fix() -> *mut c_void {
    static LOG: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());
    let known = LOG.load(Ordering::Acquire);
    if !known.is_null() {
        return known;
    }
    // SAFETY: two terminated strings, which are copied.
    let log = unsafe { os_log_create(SUBSYSTEM.as_ptr(), CATEGORY.as_ptr()) };
    LOG.store(log, Ordering::Release);
    log
}

pub(crate) fn log(line: &CStr) {
    let arguments = OneString {
        summary: NON_SCALAR,
        arguments: 1,
        kind: PUBLIC_STRING,
        length: size_of::<*const c_char>() as u8,
        text: line.as_ptr(),
    };
    // SAFETY: a log, a format that takes one string, and that string in the layout of the list; all are read before it
    // returns.
    unsafe {
        _os_log_impl(
            (&raw const __dso_handle).cast(),
            agx_fix(),
            TYPE_DEFAULT,
            FORMAT.as_ptr().cast(),
            (&raw const arguments).cast(),
            size_of::<OneString>() as u32,
        );
    }
}
