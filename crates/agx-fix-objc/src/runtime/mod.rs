//! The runtime contract: look-ups, and replacing a method, with Apple's semantics on both runtimes.
//!
//! `apple` and `gcc` implement the same functions; everything above calls the ones here.

#[cfg(target_vendor = "apple")]
mod apple;
#[cfg(not(target_vendor = "apple"))]
mod gcc;
#[cfg(not(target_vendor = "apple"))]
mod gcc_api;

#[cfg(target_vendor = "apple")]
use apple as backend;
#[cfg(not(target_vendor = "apple"))]
use gcc as backend;

use crate::types::{CString, Class, Id, Imp, Method, Sel};
use core::ffi::CStr;
use core::fmt;

/// The Objective-C runtime cannot be had in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingRuntime;

impl fmt::Display for MissingRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "libobjc.so.4 (GCC's Objective-C runtime) was not found, so no Metal object can exist here; \
             install it (Debian: libobjc4, Fedora: libobjc, Arch: gcc-objc) or put its folder into LD_LIBRARY_PATH",
        )
    }
}

impl std::error::Error for MissingRuntime {}

/// Makes the runtime usable. On Linux this loads `libobjc.so.4`, once.
///
/// # Errors
/// [`MissingRuntime`] where the library cannot be loaded or lacks a function. Every other function of this crate
/// that needs the runtime aborts in that case: call `load` first.
pub fn load() -> Result<(), MissingRuntime> {
    if backend::available() { Ok(()) } else { Err(MissingRuntime) }
}

/// Before a fork: waits until no other thread is inside the runtime's own lock, and keeps it so until [`after_fork`].
pub fn before_fork() {
    backend::before_fork();
}

/// After a fork, in parent and child, by the thread that called [`before_fork`].
pub fn after_fork() {
    backend::after_fork();
}

/// The class of that name, if registered.
pub fn class_named(name: &CStr) -> Option<Class> {
    // SAFETY: a null-terminated string.
    some(unsafe { backend::objc_getClass(name.as_ptr()) })
}

/// The selector of that name; registered when new.
pub fn selector(name: &CStr) -> Sel {
    // SAFETY: a null-terminated string, which the runtime copies.
    unsafe { backend::sel_registerName(name.as_ptr()) }
}

/// The name of a selector.
///
/// # Safety
/// `selector` came from the runtime.
pub unsafe fn selector_name(selector: Sel) -> &'static CStr {
    // SAFETY: the runtime's selector names live as long as the process.
    unsafe { CStr::from_ptr(backend::sel_getName(selector)) }
}

/// The name of a class.
///
/// # Safety
/// `class` came from the runtime.
pub unsafe fn class_name(class: Class) -> &'static CStr {
    // SAFETY: class names live as long as their class; classes of the driver are never disposed.
    unsafe { CStr::from_ptr(backend::class_getName(class)) }
}

/// The class of a live object: its dynamic class, whatever `-class` answers. Nil for nil.
///
/// # Safety
/// `object` is nil or a live object.
#[inline]
pub unsafe fn class_of(object: Id) -> Class {
    // SAFETY: nil or alive, as the caller says.
    unsafe { backend::object_getClass(object) }
}

/// The superclass; `None` for a root class.
///
/// # Safety
/// `class` came from the runtime.
pub unsafe fn superclass(class: Class) -> Option<Class> {
    // SAFETY: a class of the runtime, as the caller says.
    some(unsafe { backend::class_getSuperclass(class) })
}

/// Where in its objects `class` keeps the instance variable of that name, in bytes from the start.
///
/// # Safety
/// `class` came from the runtime.
pub unsafe fn variable_offset(class: Class, name: &CStr) -> Option<usize> {
    // SAFETY: a class of the runtime, as the caller says, and a null-terminated name; a variable only where the runtime found one.
    unsafe {
        let variable = backend::class_getInstanceVariable(class, name.as_ptr());
        if variable.is_null() { None } else { usize::try_from(backend::ivar_getOffset(variable)).ok() }
    }
}

/// The instance method that `class` has of its own or inherits.
///
/// # Safety
/// `class` came from the runtime.
pub unsafe fn instance_method(class: Class, selector: Sel) -> Option<Method> {
    // SAFETY: a class of the runtime, as the caller says.
    let method = unsafe { backend::class_getInstanceMethod(class, selector) };
    (!method.is_null()).then_some(method)
}

/// The implementation of a method.
///
/// # Safety
/// `method` came from the runtime.
pub unsafe fn implementation(method: Method) -> Imp {
    // SAFETY: a method of the runtime, as the caller says.
    unsafe { backend::method_getImplementation(method) }
}

/// The type encoding of a method, if the runtime knows it.
///
/// # Safety
/// `method` came from the runtime.
pub unsafe fn type_encoding(method: Method) -> Option<&'static CStr> {
    // SAFETY: a method of the runtime, as the caller says; encodings live as long as their method.
    unsafe {
        let encoding: CString = backend::method_getTypeEncoding(method);
        (!encoding.is_null()).then(|| CStr::from_ptr(encoding))
    }
}

/// Gives `class`, and what inherits the method from it, `replacement` in place of `method`. A method that `class`
/// inherits is overridden in `class`; its superclass keeps its own. Safe while other threads send messages.
///
/// The caller publishes the original implementation **before**: a call may arrive at `replacement` at once.
///
/// # Safety
/// `method` is what [`instance_method`] answered for `class` and `selector`; `replacement` is a function with the
/// signature of the method, valid for the life of the process.
pub unsafe fn replace_method(class: Class, selector: Sel, method: Method, replacement: Imp) {
    // SAFETY: the method is the class's for that selector, and the replacement fits and stays, as the caller says.
    unsafe { backend::replace_method(class, selector, method, replacement) }
}

/// The function to call for a message: the implementation itself, or Apple's dispatcher.
///
/// # Safety
/// `object` is nil or a live object.
#[inline]
pub unsafe fn dispatcher(object: Id, selector: Sel) -> Imp {
    // SAFETY: nil or alive, as the caller says.
    unsafe { backend::dispatcher(object, selector) }
}

pub(crate) use backend::{
    GLOBAL_BLOCK_CLASS, HAS_FOUNDATION, class_addIvar, class_addMethod, class_createInstance,
    objc_allocateClassPair, objc_exception_throw, objc_registerClassPair, object_dispose,
};

fn some(class: Class) -> Option<Class> {
    (!class.is_null()).then_some(class)
}
