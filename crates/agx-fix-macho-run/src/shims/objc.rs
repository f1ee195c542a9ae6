//! Apple's Objective-C runtime (`objc/runtime.h`, `objc/message.h`) on GCC's, by way of agx-fix-objc, which gives GCC's runtime
//! Apple's semantics.
//!
//! Not modelled: Apple's runtime removes an object's associations when the object is freed. Here they stay, and a new object at the
//! same address begins with them. That matters only to the strategy `associated-object` and its count of mutexes.

use super::{ShimRow, functions};
use crate::machine::message_send;
use agx_fix_objc::associated::{self, Key};
use agx_fix_objc::{Class, Id, Imp, Method, Sel, runtime};
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};

pub(super) fn rows() -> Vec<ShimRow> {
    functions! {
        "_class_addMethod" => add_method;
        "_class_getInstanceMethod" => instance_method;
        "_class_getName" => class_name;
        "_class_getSuperclass" => superclass;
        "_method_getImplementation" => implementation;
        "_method_getTypeEncoding" => type_encoding;
        "_method_setImplementation" => set_implementation;
        "_objc_getAssociatedObject" => associated_object;
        "_objc_getClass" => class_named;
        "_objc_msgSend" => message_send;
        "_objc_setAssociatedObject" => set_associated_object;
        "_object_getClass" => class_of;
        "_sel_registerName" => register_name;
    }
}

/// Loads the runtime when it is first needed. On a Mac it is loaded before any code of the library runs.
fn ready() {
    if let Err(missing) = runtime::load() {
        crate::stop(&missing.to_string());
    }
}

/// Nil where no class has the name.
unsafe extern "C" fn class_named(name: *const c_char) -> Class {
    ready();
    // SAFETY: the caller's terminated string.
    runtime::class_named(unsafe { CStr::from_ptr(name) }).unwrap_or(Class::NULL)
}

unsafe extern "C" fn register_name(name: *const c_char) -> Sel {
    ready();
    // SAFETY: the caller's terminated string.
    runtime::selector(unsafe { CStr::from_ptr(name) })
}

/// Nil for nil.
unsafe extern "C" fn class_of(object: Id) -> Class {
    // SAFETY: nil or a live object, as the caller promises.
    unsafe { runtime::class_of(object) }
}

/// `"nil"` for Nil.
unsafe extern "C" fn class_name(class: Class) -> *const c_char {
    if class.is_null() {
        return c"nil".as_ptr();
    }
    // SAFETY: a class, as the caller promises; not Nil.
    unsafe { runtime::class_name(class) }.as_ptr()
}

/// Nil for a root class, and for Nil.
unsafe extern "C" fn superclass(class: Class) -> Class {
    if class.is_null() {
        return class;
    }
    // SAFETY: a class, as the caller promises; not Nil.
    unsafe { runtime::superclass(class) }.unwrap_or(Class::NULL)
}

/// Null where the class neither has nor inherits the method.
unsafe extern "C" fn instance_method(class: Class, selector: Sel) -> Method {
    if class.is_null() || selector.is_null() {
        return Method::NULL;
    }
    // SAFETY: a class and a selector, as the caller promises; neither is null.
    unsafe { runtime::instance_method(class, selector) }.unwrap_or(Method::NULL)
}

unsafe extern "C" fn implementation(method: Method) -> Imp {
    // SAFETY: a method, as the caller promises.
    unsafe { runtime::implementation(method) }
}

unsafe extern "C" fn type_encoding(method: Method) -> *const c_char {
    // SAFETY: a method, as the caller promises.
    unsafe { runtime::type_encoding(method) }.map_or(std::ptr::null(), CStr::as_ptr)
}

thread_local! {
    /// The method that this thread's last `class_addMethod` refused to add, with its class. Apple's runtime knows the class of a
    /// method, GCC's does not.
    static OWNER: Cell<(Method, Class, Sel)> = const { Cell::new((Method::NULL, Class::NULL, Sel::NULL)) };
}

/// NO where the class has the method of its own; overrides it where it inherits one. To add a method that was not there is not
/// modelled.
unsafe extern "C" fn add_method(class: Class, selector: Sel, imp: Imp, _encoding: *const c_char) -> i8 {
    // SAFETY: classes and selectors of the runtime, as the caller promises.
    unsafe {
        let Some(method) = runtime::instance_method(class, selector) else {
            crate::stop("class_addMethod is to add a method that the class does not inherit");
        };
        let inherited = runtime::superclass(class).and_then(|it| runtime::instance_method(it, selector));
        if inherited != Some(method) {
            OWNER.set((method, class, selector));
            return 0;
        }
        runtime::replace_method(class, selector, method, imp);
        1
    }
}

/// Answers the implementation that was there. Only for a method that this thread's last `class_addMethod` refused.
unsafe extern "C" fn set_implementation(method: Method, imp: Imp) -> Imp {
    let (known, class, selector) = OWNER.get();
    if known != method {
        crate::stop("method_setImplementation is called for a method whose class is unknown here");
    }
    // SAFETY: `add_method` has seen that it is the class's own method of that selector.
    unsafe {
        let before = runtime::implementation(method);
        runtime::replace_method(class, selector, method, imp);
        before
    }
}

/// `OBJC_ASSOCIATION_ASSIGN` alone: a word.
unsafe extern "C" fn set_associated_object(object: Id, key: *const c_void, value: Id, policy: usize) {
    if policy != 0 {
        crate::stop("objc_setAssociatedObject is called with a policy other than OBJC_ASSOCIATION_ASSIGN");
    }
    // SAFETY: only the address of a key counts, and the library's are statics.
    unsafe { associated::set(object, &*key.cast::<Key>(), value.addr()) }
}

unsafe extern "C" fn associated_object(object: Id, key: *const c_void) -> Id {
    // SAFETY: only the address of a key counts, and the library's are statics.
    Id::from_ptr(unsafe { associated::get(object, &*key.cast::<Key>()) } as *mut c_void)
}

/// The receiver's method, for a receiver that is not nil.
pub(crate) unsafe extern "C" fn look_up(object: Id, selector: Sel) -> Imp {
    // SAFETY: a live object and a selector, as the caller promises; the object is not nil.
    unsafe { runtime::dispatcher(object, selector) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_to_nil_answers_zero() {
        let send = message_send as *const ();
        // SAFETY: for nil nothing is looked at but the receiver.
        unsafe {
            let word: extern "C" fn(Id, Sel, usize) -> [usize; 2] = std::mem::transmute(send);
            let number: extern "C" fn(Id, Sel, f64) -> f64 = std::mem::transmute(send);
            assert_eq!(word(Id::NULL, Sel::NULL, 7), [0, 0]);
            assert_eq!(number(Id::NULL, Sel::NULL, 7.0), 0.0);
        }
    }
}
