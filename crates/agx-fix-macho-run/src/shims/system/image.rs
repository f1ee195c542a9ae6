//! What dyld answers about images (`dlfcn.h`). `dladdr` answers the path of the Mac's library for its addresses. For Linux the
//! memory belongs to this library, so `dlopen` of that path opens this library.

use super::super::{ShimRow, functions};
use super::numbers::to_linux;
use crate::loader::Loaded;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::OnceLock;

pub(super) fn rows() -> Vec<ShimRow> {
    functions! {
        "_dladdr" => address_info;
        "_dlopen" => open;
        "_dlsym" => symbol;
    }
}

struct Known {
    path: CString,
    start: usize,
    end: usize,
}

static IMAGE: OnceLock<Known> = OnceLock::new();

/// Makes the image known under its path.
#[cfg_attr(test, allow(dead_code, reason = "the bridge calls it"))]
pub(crate) fn announce(path: &str, image: &Loaded) {
    let path = CString::new(path).unwrap_or_default();
    // Only one image is loaded in a process.
    let _ = IMAGE.set(Known { path, start: image.base, end: image.base + image.size });
}

/// dladdr(3): of an address of the image its path and start. Symbols are not looked for.
unsafe extern "C" fn address_info(address: *const c_void, info: *mut libc::Dl_info) -> c_int {
    let at = address as usize;
    let Some(image) = IMAGE.get().filter(|image| (image.start..image.end).contains(&at)) else {
        // SAFETY: any address, and the caller's variable; both systems have the same struct.
        return unsafe { libc::dladdr(address, info) };
    };
    let found = libc::Dl_info {
        dli_fname: image.path.as_ptr(),
        dli_fbase: image.start as *mut c_void,
        dli_sname: std::ptr::null(),
        dli_saddr: std::ptr::null_mut(),
    };
    // SAFETY: the caller's variable.
    unsafe { info.write(found) };
    1
}

/// Darwin's bit, and Linux's. What Darwin calls `RTLD_LOCAL` is Linux's rule.
const MODES: [(c_int, c_int); 6] = [
    (0x1, libc::RTLD_LAZY),
    (0x2, libc::RTLD_NOW),
    (0x4, libc::RTLD_LOCAL),
    (0x8, libc::RTLD_GLOBAL),
    (0x10, libc::RTLD_NOLOAD),
    (0x80, libc::RTLD_NODELETE),
];

/// dlopen(3). The image's path stands for the library that it lies in.
unsafe extern "C" fn open(path: *const c_char, mode: c_int) -> *mut c_void {
    let Some(linux_mode) = to_linux(mode, &MODES) else {
        crate::stop(&format!("dlopen is called with the mode {mode:#x}, which the model does not know"));
    };
    // SAFETY: the caller's terminated string.
    let name = (!path.is_null()).then(|| unsafe { CStr::from_ptr(path) });
    let is_image = IMAGE.get().is_some_and(|image| name == Some(image.path.as_c_str()));
    if !is_image {
        // SAFETY: null or a terminated string, as the caller promises.
        return unsafe { libc::dlopen(path, linux_mode) };
    }
    // SAFETY: all zeros is a value of the struct.
    let mut own: libc::Dl_info = unsafe { std::mem::zeroed() };
    // SAFETY: any address, and a live variable.
    if unsafe { libc::dladdr(open as *const c_void, &raw mut own) } == 0 {
        return std::ptr::null_mut();
    }
    // SAFETY: the path of this library, which lives as long as the library does.
    unsafe { libc::dlopen(own.dli_fname, linux_mode) }
}

/// dlsym(3), with Darwin's pseudo handles. "Next" is behind this library, "default" everything.
unsafe extern "C" fn symbol(handle: *mut c_void, name: *const c_char) -> *mut c_void {
    let handle = match handle as isize {
        -1 => libc::RTLD_NEXT,
        -2 => libc::RTLD_DEFAULT,
        -5..=-3 => crate::stop("dlsym is called with RTLD_SELF or RTLD_MAIN_ONLY"),
        _ => handle,
    };
    // SAFETY: a handle and a terminated string, as the caller promises.
    unsafe { libc::dlsym(handle, name) }
}
