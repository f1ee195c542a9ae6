//! `AGXG17XFamilyComputeContext`: the compute encoder of a later chip, which overrides some methods and calls `super`.
//!
//! The class is registered when its first object is needed. By then a client or a hook may already know the superclass.

use crate::foundation::define::methods;
use crate::foundation::object::{Object, begin};
use agx_fix_objc::abi::Size;
use agx_fix_objc::message::Arguments;
use agx_fix_objc::runtime::{implementation, instance_method};
use agx_fix_objc::{Class, Id, Sel};
use std::sync::OnceLock;

static CLASS: OnceLock<Option<(Class, Class)>> = OnceLock::new();

/// The class, registered by the first caller.
pub(crate) fn class(superclass: Class) -> Option<Class> {
    CLASS.get_or_init(|| Some((register(superclass)?, superclass))).map(|(class, _)| class)
}

/// Calls the superclass's implementation as it is now.
unsafe fn call_super<A: Arguments>(this: Id, selector: Sel, arguments: A) {
    let Some(Some((_, superclass))) = CLASS.get() else { return };
    // SAFETY: the superclass has the method, with the signature that the overriding one has.
    unsafe {
        if let Some(method) = instance_method(*superclass, selector) {
            arguments.call(implementation(method), this, selector)
        }
    }
}

unsafe extern "C-unwind" fn set_buffer(this: Id, selector: Sel, buffer: Id, offset: usize, index: usize) {
    // SAFETY: as the superclass has it.
    unsafe { call_super(this, selector, (buffer, offset, index)) };
}

unsafe extern "C-unwind" fn dispatch_threads(this: Id, selector: Sel, threads: Size, per_group: Size) {
    // SAFETY: as the superclass has it.
    unsafe { call_super(this, selector, (threads, per_group)) };
}

unsafe extern "C-unwind" fn end_encoding(this: Id, selector: Sel) {
    // SAFETY: as the superclass has it.
    unsafe { call_super(this, selector, ()) };
}

fn register(superclass: Class) -> Option<Class> {
    let builder = methods! { begin::<Object>(c"AGXG17XFamilyComputeContext", superclass)?;
        - c"setBuffer:offset:atIndex:" = set_buffer(Id, usize, usize);
        - c"dispatchThreads:threadsPerThreadgroup:" = dispatch_threads(Size, Size);
        - c"endEncoding" = end_encoding();
    };
    Some(builder.register())
}
