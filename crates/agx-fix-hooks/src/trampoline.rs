//! The functions that replace methods, made by generics from a row's signature.
//!
//! A trampoline knows its row and its level at compile time. The level answers the question "whose original?" when a
//! class and its superclass are both hooked and a method of the one calls `super`: no two hooked classes on one line
//! of inheritance have the same level, so (class of the receiver, level, row) names one original.
//!
//! All are `extern "C-unwind"`: an exception of the driver passes through, and the permit is dropped on its way.

use crate::action;
use agx_fix_objc::abi::{Encode, Size};
use agx_fix_objc::{Id, Imp, Sel};
use core::ffi::c_void;

/// How many hooked classes there can be on one line of inheritance.
pub(crate) const LEVELS: usize = 3;

/// A result: what a call answers that is not made.
pub(crate) trait Answer: Encode {
    /// Zero, as from a message to nil.
    fn nothing() -> Self;

    /// The object answered, if it is one.
    fn object(&self) -> Id {
        Id::NULL
    }
}

impl Answer for () {
    fn nothing() -> Self {}
}

impl Answer for Id {
    fn nothing() -> Self {
        Self::NULL
    }
    fn object(&self) -> Id {
        *self
    }
}

/// Argument types that a row can name.
pub(crate) trait Argument: Encode {}
impl Argument for Id {}
impl Argument for usize {}
impl Argument for Size {}
impl Argument for *const c_void {}

/// The trampolines of a signature, written as a function type, for one row.
pub(crate) trait Trampolines<const ROW: usize> {
    /// Type encodings of result, receiver, selector, arguments.
    const ENCODING: &'static [&'static str];
    /// One for each level.
    const ALL: [Imp; LEVELS];
}

macro_rules! signature {
    ($trampoline:ident($($arg:ident: $ty:ident),*)) => {
        unsafe extern "C-unwind" fn $trampoline<const ROW: usize, const LEVEL: usize, R: Answer $(, $ty: Argument)*>(
            this: Id,
            selector: Sel,
            $($arg: $ty),*
        ) -> R {
            // SAFETY: the runtime calls this in place of the row's method, with its arguments; the original that
            // `around` hands to the closure is that method, whose type encoding was compared before the swap.
            unsafe {
                action::around::<R, ROW, LEVEL>(this, |original: Imp| {
                    let original: unsafe extern "C-unwind" fn(Id, Sel $(, $ty)*) -> R =
                        core::mem::transmute(original.as_ptr());
                    original(this, selector $(, $arg)*)
                })
            }
        }

        impl<const ROW: usize, R: Answer $(, $ty: Argument)*> Trampolines<ROW> for fn($($ty),*) -> R {
            const ENCODING: &'static [&'static str] =
                &[R::ENCODING, Id::ENCODING, Sel::ENCODING $(, $ty::ENCODING)*];
            const ALL: [Imp; LEVELS] = [
                Imp::from_ptr($trampoline::<ROW, 0, R $(, $ty)*> as *mut c_void),
                Imp::from_ptr($trampoline::<ROW, 1, R $(, $ty)*> as *mut c_void),
                Imp::from_ptr($trampoline::<ROW, 2, R $(, $ty)*> as *mut c_void),
            ];
        }
    };
}

signature!(with_0());
signature!(with_1(a: A));
signature!(with_2(a: A, b: B));
signature!(with_3(a: A, b: B, c: C));
