//! What an injected library places in its image: functions in front of Metal's device factories.

/// Stands in front of `MTLCreateSystemDefaultDevice`, `MTLCopyAllDevices` and `MTLCopyAllDevicesWithObserver`:
/// `$seen: fn(Id)` gets every device before the application does.
///
/// On macOS by `__DATA,__interpose`; on Linux by exporting the names, for programs that are linked against a Metal
/// or look it up globally. Symbols taken from one library's own handle pass by.
#[macro_export]
macro_rules! interpose_metal {
    ($seen:path) => {
        $crate::__interpose! { $seen;
            fn MTLCreateSystemDefaultDevice() -> one;
            fn MTLCopyAllDevices() -> many;
            fn MTLCopyAllDevicesWithObserver(observer: *mut ::core::ffi::c_void, handler: $crate::__private::Id) -> many;
        }
    };
}

#[doc(hidden)]
#[macro_export]
#[cfg(not(target_vendor = "apple"))]
macro_rules! __interpose {
    ($seen:path; $(fn $name:ident($($arg:ident: $ty:ty),*) -> $count:ident;)*) => { $(
        /// Metal's own function, seen on its way.
        ///
        /// # Safety
        /// As for Metal's function of the same name.
        #[unsafe(no_mangle)]
        #[allow(non_snake_case)]
        pub unsafe extern "C-unwind" fn $name($($arg: $ty),*) -> $crate::__private::Id {
            let name = const {
                match ::core::ffi::CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                    Ok(name) => name,
                    Err(_) => panic!(),
                }
            };
            let own: unsafe extern "C-unwind" fn($($ty),*) -> $crate::__private::Id = $name;
            let Some(original) = $crate::__private::symbol_behind(name, own as *const ::core::ffi::c_void) else {
                return $crate::__private::Id::NULL;
            };
            // SAFETY: the symbol of that name has this signature (Metal's MTLDevice.h).
            let result = unsafe {
                let original: unsafe extern "C-unwind" fn($($ty),*) -> $crate::__private::Id = ::core::mem::transmute(original);
                original($($arg),*)
            };
            $crate::__private::$count(result, $seen);
            result
        }
    )* };
}

#[doc(hidden)]
#[macro_export]
#[cfg(target_vendor = "apple")]
macro_rules! __interpose {
    ($seen:path; $(fn $name:ident($($arg:ident: $ty:ty),*) -> $count:ident;)*) => { $(
        const _: () = {
            #[link(name = "Metal", kind = "framework")]
            unsafe extern "C-unwind" {
                fn $name($($arg: $ty),*) -> $crate::__private::Id;
            }
            unsafe extern "C-unwind" fn seen($($arg: $ty),*) -> $crate::__private::Id {
                // SAFETY: dyld does not apply a tuple to the image that holds it: this is Metal's own function.
                let result = unsafe { $name($($arg),*) };
                $crate::__private::$count(result, $seen);
                result
            }
            type Function = unsafe extern "C-unwind" fn($($ty),*) -> $crate::__private::Id;
            // SAFETY: pairs of (replacement, original), as dyld reads this section.
            #[used]
            #[unsafe(link_section = "__DATA,__interpose")]
            static TUPLE: (Function, Function) = (seen, $name);
        };
    )* };
}

#[doc(hidden)]
pub mod __private {
    //! What the macros expand to.
    pub use agx_fix_objc::Id;
    use agx_fix_objc::runtime::selector;
    use agx_fix_objc::send;
    pub use agx_fix_platform::symbol_behind;

    /// A factory that answers one device.
    pub fn one(device: Id, seen: fn(Id)) {
        if !device.is_null() {
            seen(device);
        }
    }

    /// A factory that answers an array of devices.
    pub fn many(devices: Id, seen: fn(Id)) {
        if devices.is_null() {
            return;
        }
        // SAFETY: Metal answers an `NSArray`, alive until the caller releases it; indices stay below its count.
        unsafe {
            let count: usize = send(devices, selector(c"count"), ());
            for index in 0..count {
                one(send(devices, selector(c"objectAtIndex:"), (index,)), seen);
            }
        }
    }
}
