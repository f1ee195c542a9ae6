//! Metal's factories (`MTLDevice.h`) are those of the simulated driver, which have the same names. They are looked up when they
//! are called, because here the driver may be loaded after the library. (On a Mac, Metal is loaded before it.)

use super::{ShimRow, functions};
use agx_fix_objc::Id;
use agx_fix_platform as platform;
use std::ffi::{CStr, c_void};

pub(super) fn rows() -> Vec<ShimRow> {
    functions! {
        "_MTLCreateSystemDefaultDevice" => create_system_default_device;
        "_MTLCopyAllDevices" => copy_all_devices;
        "_MTLCopyAllDevicesWithObserver" => copy_all_devices_with_observer;
    }
}

/// Metal's own function behind the one that this library exports; none means that there is no device.
fn original(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: a null-terminated name; `platform::symbol` looks globally, where this library comes first.
    let found = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) };
    if found.is_null() { platform::symbol(name).filter(|&found| !is_own(found)) } else { Some(found) }
}

/// Whether an address is one of this library's.
fn is_own(address: *mut c_void) -> bool {
    let start_of = |address: *const c_void| {
        // SAFETY: all zeros is a value of it; dladdr takes any address.
        unsafe {
            let mut info: libc::Dl_info = std::mem::zeroed();
            (libc::dladdr(address, &raw mut info) != 0).then_some(info.dli_fbase)
        }
    };
    start_of(address) == start_of(is_own as *const c_void)
}

/// Functions that call Metal's own of that name.
macro_rules! factories {
    ($($name:ident = $original:literal ($($argument:ident: $ty:ty),*);)*) => {$(
        unsafe extern "C-unwind" fn $name($($argument: $ty),*) -> Id {
            let Some(original) = original($original) else { return Id::NULL };
            type Function = unsafe extern "C-unwind" fn($($ty),*) -> Id;
            // SAFETY: the function of that name has this signature (MTLDevice.h); the arguments are the caller's.
            unsafe { std::mem::transmute::<*mut c_void, Function>(original)($($argument),*) }
        }
    )*};
}

factories! {
    create_system_default_device = c"MTLCreateSystemDefaultDevice" ();
    copy_all_devices = c"MTLCopyAllDevices" ();
    copy_all_devices_with_observer = c"MTLCopyAllDevicesWithObserver" (observer: *mut c_void, handler: Id);
}
