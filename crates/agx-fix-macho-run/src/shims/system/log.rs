//! The unified log (`os/log.h`). Nothing is kept, because the same messages go to standard error, where tests read them. But each
//! message is checked to be well formed: on a Mac only the reader of the log would notice.

use super::super::{ShimRow, functions};
use std::ffi::{CStr, c_char, c_void};

pub(super) fn rows() -> Vec<ShimRow> {
    functions! {
        "_os_log_create" => create;
        "__os_log_impl" => log;
    }
}

/// Stands for an `os_log_t`, an opaque object.
static LOG: u8 = 0;

/// os_log_create(3): an object for a subsystem and a category, the same for the same names.
unsafe extern "C" fn create(subsystem: *const c_char, category: *const c_char) -> *const c_void {
    // SAFETY: the contract asks for two terminated strings.
    let names = unsafe { [CStr::from_ptr(subsystem), CStr::from_ptr(category)] };
    if names != [c"agx-fix", c"guard"] {
        crate::stop(&format!("os_log_create is called for {names:?}"));
    }
    (&raw const LOG).cast()
}

/// What `os_log` expands to. The arguments are packed as Clang's `OSLog.cpp` says: a summary, their number, then kind and flags,
/// length and value of each. Here it is one public string, in 12 bytes.
unsafe extern "C" fn log(
    image: *const c_void,
    log: *const c_void,
    kind: u8,
    format: *const c_char,
    arguments: *const u8,
    size: u32,
) {
    const ONE_PUBLIC_STRING: [u8; 4] = [2, 1, 0x22, 8];
    // SAFETY: the contract asks for a terminated format and `size` bytes of arguments.
    let (format, arguments) =
        unsafe { (CStr::from_ptr(format), std::slice::from_raw_parts(arguments, size as usize)) };
    let text = arguments.strip_prefix(&ONE_PUBLIC_STRING).and_then(|text| text.try_into().ok());
    let whole = !image.is_null() && log == (&raw const LOG).cast() && kind == 0 && format == c"%{public}s";
    let Some(text) = text.filter(|_| whole) else {
        crate::stop(&format!("a message for the log is malformed: {format:?} with {arguments:?}"));
    };
    // SAFETY: the format says that the argument is a terminated string.
    let text = unsafe { CStr::from_ptr(std::ptr::with_exposed_provenance(usize::from_ne_bytes(text))) };
    if text.is_empty() {
        crate::stop("a message for the log is empty");
    }
}
