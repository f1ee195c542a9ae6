//! Classes from tables of Rust functions. A method's type encoding is made from the type of its function, so the two
//! cannot disagree.

use agx_fix_objc::abi::Encode;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Id, Imp, Sel};
use core::ffi::{CStr, c_char, c_void};
use std::ffi::CString;

/// A function that can be a method.
pub(crate) trait Signature {
    /// The function.
    fn imp(self) -> Imp;
    /// Its type encoding.
    fn encoding() -> String;
}

macro_rules! signatures {
    ($(($($arg:ident),*))*) => { $(
        impl<Ret: Encode $(, $arg: Encode)*> Signature for unsafe extern "C-unwind" fn(Id, Sel $(, $arg)*) -> Ret {
            fn imp(self) -> Imp {
                Imp::from_ptr(self as *mut c_void)
            }
            fn encoding() -> String {
                [Ret::ENCODING, Id::ENCODING, Sel::ENCODING $(, $arg::ENCODING)*].concat()
            }
        }
    )* };
}

signatures! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) }

/// An array of objects or of plain values, or bytes.
pub(crate) type Pointer = *const c_void;

/// Argument types that only a driver's side needs.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident($inner:ty) = $encoding:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub(crate) struct $name(pub(crate) $inner);

        impl Encode for $name {
            const ENCODING: &'static str = $encoding;
        }
    )* };
}

words! {
    /// A C string.
    Text(*const c_char) = "r*";
    /// A block.
    BlockArgument(Id) = "@?";
    /// Where to put an `NSError`; nothing here ever does.
    ErrorOut(*mut c_void) = "^@";
}

/// Adds an instance method.
pub(crate) fn instance_method<F: Signature>(builder: ClassBuilder, name: &CStr, function: F) -> ClassBuilder {
    // SAFETY: the encoding is made from the function's own type, and code is not unloaded: the world pins the library.
    unsafe { builder.method(name, function.imp(), &encoding::<F>()) }
}

/// Adds an instance method under an encoding that need not be the function's.
pub(crate) fn instance_method_encoded<F: Signature>(
    builder: ClassBuilder,
    name: &CStr,
    function: F,
    encoding: &CStr,
) -> ClassBuilder {
    // SAFETY: code is not unloaded. The simulator does not call by the encoding, and a client calls by Metal's header.
    unsafe { builder.method(name, function.imp(), encoding) }
}

/// Adds a class method.
pub(crate) fn class_method<F: Signature>(builder: ClassBuilder, name: &CStr, function: F) -> ClassBuilder {
    // SAFETY: as for `instance_method`.
    unsafe { builder.class_method(name, function.imp(), &encoding::<F>()) }
}

fn encoding<F: Signature>() -> CString {
    CString::new(F::encoding()).unwrap_or_default()
}

/// Adds methods to a class: `+` or `-`, the selector, the function, its arguments behind receiver and selector.
macro_rules! methods {
    ($builder:expr; $($sign:tt $name:literal = $function:ident($($arg:ty),*) $(-> $ret:ty)?;)*) => {{
        let builder = $builder;
        $(let builder = $crate::foundation::define::methods!(@ $sign)(
            builder,
            $name,
            $function as unsafe extern "C-unwind" fn($crate::Id, $crate::Sel $(, $arg)*) $(-> $ret)?,
        );)*
        builder
    }};
    (@ +) => { $crate::foundation::define::class_method };
    (@ -) => { $crate::foundation::define::instance_method };
}
pub(crate) use methods;

/// Factories: what a function makes for the receiver and some fixed values. This Metal has no descriptors: any argument
/// stands for the default.
macro_rules! factories {
    ($($name:ident($($argument:ident: $ty:ty),*) = $make:path $(, $value:expr)*;)*) => { $(
        unsafe extern "C-unwind" fn $name(this: $crate::Id, _: $crate::Sel $(, $argument: $ty)*) -> $crate::Id {
            $(let _ = $argument;)*
            // SAFETY: the receiver is alive, and of the class that has the method.
            unsafe { $make(this $(, $value)*) }
        }
    )* };
}
pub(crate) use factories;

/// The Rust side of an object.
///
/// # Safety
/// `object` is alive, its class has the layout `T`, and the reference does not outlive it.
#[inline]
pub(crate) unsafe fn layout<'a, T>(object: Id) -> &'a T {
    // SAFETY: the caller promises a live object of layout `T`, which outlives the reference. All that changes in a
    // layout is atomic or behind a lock.
    unsafe { &*object.as_ptr().cast::<T>() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_objc::abi::Size;

    #[test]
    fn an_encoding_is_that_of_the_function() {
        type Dispatch = unsafe extern "C-unwind" fn(Id, Sel, Size, Size);
        type Library = unsafe extern "C-unwind" fn(Id, Sel, Id, Id, ErrorOut) -> Id;
        type Handler = unsafe extern "C-unwind" fn(Id, Sel, BlockArgument);
        assert_eq!(Dispatch::encoding(), "v@:{MTLSize=QQQ}{MTLSize=QQQ}");
        assert_eq!(Library::encoding(), "@@:@@^@");
        assert_eq!(Handler::encoding(), "v@:@?");
    }
}
