//! Apple's runtime behind the contract: linked, and already as the contract says.

use crate::types::{CString, Class, Id, Imp, Method, Sel};
use core::ffi::c_void;

#[link(name = "objc")]
unsafe extern "C-unwind" {
    pub(crate) fn objc_getClass(name: CString) -> Class;
    pub(crate) fn objc_allocateClassPair(superclass: Class, name: CString, extra: usize) -> Class;
    pub(crate) fn objc_registerClassPair(class: Class);
    pub(crate) fn class_addIvar(
        class: Class,
        name: CString,
        size: usize,
        log2_align: u8,
        types: CString,
    ) -> i8;
    pub(crate) fn class_addMethod(class: Class, selector: Sel, imp: Imp, types: CString) -> i8;
    pub(crate) fn class_getInstanceMethod(class: Class, selector: Sel) -> Method;
    pub(crate) fn class_getSuperclass(class: Class) -> Class;
    pub(crate) fn class_getName(class: Class) -> CString;
    pub(crate) fn class_createInstance(class: Class, extra: usize) -> Id;
    pub(crate) fn class_getInstanceVariable(class: Class, name: CString) -> *mut c_void;
    pub(crate) fn ivar_getOffset(variable: *mut c_void) -> isize;
    pub(crate) fn objc_exception_throw(exception: Id);
    pub(crate) fn object_dispose(object: Id) -> Id;
    pub(crate) fn object_getClass(object: Id) -> Class;
    pub(crate) fn method_getImplementation(method: Method) -> Imp;
    pub(crate) fn method_getTypeEncoding(method: Method) -> CString;
    pub(crate) fn sel_registerName(name: CString) -> Sel;
    pub(crate) fn sel_getName(selector: Sel) -> CString;
    fn method_setImplementation(method: Method, imp: Imp) -> Imp;
    fn objc_msgSend();
}

unsafe extern "C" {
    #[allow(non_upper_case_globals, reason = "the system's own name")]
    static _NSConcreteGlobalBlock: [*const c_void; 32];
}

pub(crate) const HAS_FOUNDATION: bool = true;
pub(crate) const GLOBAL_BLOCK_CLASS: *const c_void = (&raw const _NSConcreteGlobalBlock).cast();

pub(super) fn available() -> bool {
    true
}

/// The dispatcher itself. It serves every signature used here: none returns a struct larger than 16 bytes, which
/// on x86_64 would need `objc_msgSend_stret`.
#[inline]
pub(super) unsafe fn dispatcher(_object: Id, _selector: Sel) -> Imp {
    Imp::from_ptr(objc_msgSend as *mut c_void)
}

pub(super) unsafe fn replace_method(class: Class, selector: Sel, method: Method, replacement: Imp) {
    // SAFETY: the method is the class's for that selector, and the replacement fits, as the caller says. `class_addMethod`
    // overrides an inherited method and refuses where the class has its own.
    unsafe {
        if class_addMethod(class, selector, replacement, method_getTypeEncoding(method)) == 0 {
            method_setImplementation(method, replacement);
        }
    }
}

/// Apple's runtime sees to its own locks.
pub(super) fn before_fork() {}

/// Likewise.
pub(super) fn after_fork() {}
