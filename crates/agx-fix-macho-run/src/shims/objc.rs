//! Apple's Objective-C runtime (`objc/runtime.h`, `objc/message.h`), over GCC's, by the layer of this project that gives GCC's the
//! semantics of Apple's.
//!
//! Not modelled: an object's associations do not go when it is freed (Apple's `objc_setAssociatedObject`), so that a new object
//! at the same address begins with them. It matters to the strategy `associated-object` alone, and to its count of mutexes made.

use super::{Row, functions};
use agx_fix_objc::associated::{self, Key};
use agx_fix_objc::{Class, Id, Imp, Method, Sel, runtime};
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};

pub(super) fn rows() -> Vec<Row> {
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

/// The runtime is there on a Mac before any code of the library runs; here it is loaded when it is asked for.
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
    // SAFETY: forwarded.
    unsafe { runtime::class_of(object) }
}

/// `"nil"` for Nil.
unsafe extern "C" fn class_name(class: Class) -> *const c_char {
    if class.is_null() {
        return c"nil".as_ptr();
    }
    // SAFETY: forwarded.
    unsafe { runtime::class_name(class) }.as_ptr()
}

/// Nil for a root class, and for Nil.
unsafe extern "C" fn superclass(class: Class) -> Class {
    if class.is_null() {
        return class;
    }
    // SAFETY: forwarded.
    unsafe { runtime::superclass(class) }.unwrap_or(Class::NULL)
}

/// Null where the class neither has nor inherits the method.
unsafe extern "C" fn instance_method(class: Class, selector: Sel) -> Method {
    if class.is_null() || selector.is_null() {
        return Method::NULL;
    }
    // SAFETY: forwarded.
    unsafe { runtime::instance_method(class, selector) }.unwrap_or(Method::NULL)
}

unsafe extern "C" fn implementation(method: Method) -> Imp {
    // SAFETY: forwarded.
    unsafe { runtime::implementation(method) }
}

unsafe extern "C" fn type_encoding(method: Method) -> *const c_char {
    // SAFETY: forwarded.
    unsafe { runtime::type_encoding(method) }.map_or(std::ptr::null(), CStr::as_ptr)
}

thread_local! {
    /// The class whose own method this thread was told of by `class_addMethod`. Apple's runtime finds the class of a method by
    /// itself, GCC's does not.
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
    // SAFETY: forwarded; the class's own method of that selector.
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
    // SAFETY: as above.
    Id::from_ptr(unsafe { associated::get(object, &*key.cast::<Key>()) } as *mut c_void)
}

unsafe extern "C" fn look_up(object: Id, selector: Sel) -> Imp {
    // SAFETY: forwarded; the object is not nil.
    unsafe { runtime::dispatcher(object, selector) }
}

/// Jumps to the receiver's method, with every argument where it was (objc4, `objc-msg-x86_64.s`): in registers, in those for
/// numbers (whose count is in `al`), on the stack. A message to nil answers zero in all registers that a result may be in.
#[unsafe(naked)]
unsafe extern "C" fn message_send() {
    core::arch::naked_asm!(
        "test rdi, rdi",
        "je 2f",
        "push rbp",
        "mov rbp, rsp",
        "sub rsp, 192",
        "movups [rsp], xmm0",
        "movups [rsp + 16], xmm1",
        "movups [rsp + 32], xmm2",
        "movups [rsp + 48], xmm3",
        "movups [rsp + 64], xmm4",
        "movups [rsp + 80], xmm5",
        "movups [rsp + 96], xmm6",
        "movups [rsp + 112], xmm7",
        "mov [rsp + 128], rdi",
        "mov [rsp + 136], rsi",
        "mov [rsp + 144], rdx",
        "mov [rsp + 152], rcx",
        "mov [rsp + 160], r8",
        "mov [rsp + 168], r9",
        "mov [rsp + 176], rax",
        "call {look_up}",
        "mov r11, rax",
        "movups xmm0, [rsp]",
        "movups xmm1, [rsp + 16]",
        "movups xmm2, [rsp + 32]",
        "movups xmm3, [rsp + 48]",
        "movups xmm4, [rsp + 64]",
        "movups xmm5, [rsp + 80]",
        "movups xmm6, [rsp + 96]",
        "movups xmm7, [rsp + 112]",
        "mov rdi, [rsp + 128]",
        "mov rsi, [rsp + 136]",
        "mov rdx, [rsp + 144]",
        "mov rcx, [rsp + 152]",
        "mov r8, [rsp + 160]",
        "mov r9, [rsp + 168]",
        "mov rax, [rsp + 176]",
        "leave",
        "jmp r11",
        "2:",
        "xor eax, eax",
        "xor edx, edx",
        "xorps xmm0, xmm0",
        "xorps xmm1, xmm1",
        "ret",
        look_up = sym look_up,
    )
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
