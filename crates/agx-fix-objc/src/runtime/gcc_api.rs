//! GCC's `libobjc.so.4`, loaded at run time: the functions used here, looked up by name.

use crate::types::{CString, Class, Id, Imp, Method, Sel};
use core::ffi::{c_int, c_void};
use std::sync::OnceLock;

macro_rules! functions {
    ($($name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)?;)*) => {
        #[allow(non_snake_case, reason = "the runtime's own names")]
        pub(super) struct Api {
            $(pub(super) $name: unsafe extern "C-unwind" fn($($ty),*) $(-> $ret)?,)*
            /// `__objc_runtime_mutex`, the runtime's own recursive lock.
            pub(super) mutex: *mut c_void,
            /// The dispatch table that all classes share until they get their first message.
            pub(super) uninstalled: *mut c_void,
        }

        impl Api {
            fn from_library(library: *mut c_void) -> Option<Self> {
                Some(Self {
                    // SAFETY: the symbols of libobjc.so.4 have these signatures (objc/runtime.h of GCC).
                    $($name: unsafe { core::mem::transmute::<*mut c_void, unsafe extern "C-unwind" fn($($ty),*) $(-> $ret)?>(
                        symbol(library, concat!(stringify!($name), "\0"))?) },)*
                    // SAFETY: both symbols are variables that hold a pointer (libobjc's objc-private/runtime.h),
                    // set before the library's initialiser returns and never changed.
                    mutex: unsafe { *symbol(library, "__objc_runtime_mutex\0")?.cast::<*mut c_void>() },
                    // SAFETY: as above.
                    uninstalled: unsafe { *symbol(library, "__objc_uninstalled_dtable\0")?.cast::<*mut c_void>() },
                })
            }
        }

        $(
            #[allow(non_snake_case, dead_code, reason = "the runtime's own names; one is called only while loading")]
            #[inline]
            pub(crate) unsafe fn $name($($arg: $ty),*) $(-> $ret)? {
                // SAFETY: the pointer has the signature of the runtime's function, whose demands the caller meets.
                unsafe { (api().$name)($($arg),*) }
            }
        )*
    };
}

functions! {
    objc_getClass(name: CString) -> Class;
    objc_getClassList(buffer: *mut Class, count: c_int) -> c_int;
    objc_allocateClassPair(superclass: Class, name: CString, extra: usize) -> Class;
    objc_registerClassPair(class: Class);
    class_addIvar(class: Class, name: CString, size: usize, log2_align: u8, types: CString) -> i8;
    class_addMethod(class: Class, selector: Sel, imp: Imp, types: CString) -> i8;
    class_getInstanceMethod(class: Class, selector: Sel) -> Method;
    class_getSuperclass(class: Class) -> Class;
    class_getName(class: Class) -> CString;
    class_createInstance(class: Class, extra: usize) -> Id;
    class_respondsToSelector(class: Class, selector: Sel) -> i8;
    class_getInstanceVariable(class: Class, name: CString) -> *mut c_void;
    ivar_getOffset(variable: *mut c_void) -> isize;
    objc_exception_throw(exception: Id);
    object_dispose(object: Id) -> Id;
    method_getImplementation(method: Method) -> Imp;
    method_setImplementation(method: Method, imp: Imp) -> Imp;
    method_getTypeEncoding(method: Method) -> CString;
    sel_registerName(name: CString) -> Sel;
    sel_getName(selector: Sel) -> CString;
    objc_msg_lookup(object: Id, selector: Sel) -> Imp;
    objc_thread_add();
    objc_mutex_lock(mutex: *mut c_void) -> c_int;
    objc_mutex_unlock(mutex: *mut c_void) -> c_int;
    sarray_at_put_safe(table: *mut c_void, index: usize, element: Imp);
}

// SAFETY: function pointers and addresses of the runtime's own synchronised state.
unsafe impl Send for Api {}
// SAFETY: as above.
unsafe impl Sync for Api {}

static API: OnceLock<Option<Api>> = OnceLock::new();

fn symbol(library: *mut c_void, name: &str) -> Option<*mut c_void> {
    // SAFETY: `library` is a handle of dlopen and `name` ends with a null byte.
    let address = unsafe { libc::dlsym(library, name.as_ptr().cast()) };
    (!address.is_null()).then_some(address)
}

fn open() -> Option<Api> {
    // SAFETY: a null-terminated name; the library's initialiser only sets up its own tables.
    let library = unsafe { libc::dlopen(c"libobjc.so.4".as_ptr(), libc::RTLD_NOW) };
    if library.is_null() {
        return None;
    }
    let api = Api::from_library(library)?;
    // The runtime frees an outgrown dispatch table at once as long as it believes that one thread is alive
    // (libobjc sarray.c), and it does not see threads that it did not start. Tell it that there is a second one.
    // SAFETY: the function only counts.
    unsafe { (api.objc_thread_add)() };
    Some(api)
}

pub(super) fn available() -> bool {
    API.get_or_init(open).is_some()
}

/// Whether the library is there by now; it is not loaded for the question.
pub(super) fn is_loaded() -> bool {
    matches!(API.get(), Some(Some(_)))
}

#[inline]
pub(super) fn api() -> &'static Api {
    match API.get() {
        Some(Some(api)) => api,
        _ => first_use(),
    }
}

#[cold]
fn first_use() -> &'static Api {
    match API.get_or_init(open) {
        Some(api) => api,
        // Reached only by a caller that ignored the answer of `load`: there is no object to send anything to.
        None => std::process::abort(),
    }
}
