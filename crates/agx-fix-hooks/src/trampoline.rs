//! The functions that replace methods, made by generics from a row's signature.
//!
//! A trampoline knows its row and its level at compile time. The level answers the question "whose original?" when a
//! class and its superclass are both hooked and a method of the one calls `super`: no two hooked classes on one line
//! of inheritance have the same level, so (class of the receiver, level, row) names one original.
//!
//! All are `extern "C-unwind"`: an exception of the driver passes through, and the frame is dropped on its way, which
//! lets go of the lock. They are small, as there are three for each row: what happens around the original is in
//! [`action`], and, for the rows whose calls are many, in [`fast_path`], which is asked first.

use crate::{action, fast_path};
use agx_fix_objc::abi::{Bool, BufferRange4, Encode, Origin, Range, Region, ScissorRect, Size, Viewport};
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

/// Results that are numbers.
macro_rules! numbers {
    ($($ty:ty),*) => { $(impl Answer for $ty { fn nothing() -> Self { Default::default() } })* };
}
numbers!(usize, u64, f64, Bool);

/// Argument types that a row can name.
pub(crate) trait Argument: Encode {
    /// The argument as a word, where the hooks read it: objects, pointers and integers as they are, a float's bits, the
    /// address of a range or region.
    #[inline]
    fn word(&self) -> usize {
        0
    }
}

macro_rules! words {
    ($($ty:ty),*) => { $(impl Argument for $ty { #[inline] fn word(&self) -> usize { *self as usize } })* };
}
words!(usize, *const c_void);

impl Argument for Id {
    #[inline]
    fn word(&self) -> usize {
        self.addr()
    }
}

macro_rules! arguments {
    ($($ty:ty),*) => { $(impl Argument for $ty {})* };
}
arguments!(isize, u8, u32, u64, f64, Bool, Size, Origin, Viewport, ScissorRect, BufferRange4);

impl Argument for f32 {
    #[inline]
    fn word(&self) -> usize {
        self.to_bits() as usize
    }
}

macro_rules! by_address {
    ($($ty:ty),*) => { $(impl Argument for $ty {
        #[inline]
        fn word(&self) -> usize {
            core::ptr::from_ref(self).addr()
        }
    })* };
}
by_address!(Range, Region);

/// The trampolines of a signature, written as a function type, for one row.
pub(crate) trait Trampolines<const ROW: usize, const FAST: bool> {
    /// Type encodings of result, receiver, selector, arguments.
    const ENCODING: &'static [&'static str];
    /// One for each level.
    const ALL: [Imp; LEVELS];
}

/// Calls the original, with the arguments as they came.
macro_rules! call {
    ($original:expr, ($this:expr, $selector:expr $(, $arg:ident: $ty:ty)*) -> $result:ty) => {{
        let original: unsafe extern "C-unwind" fn(Id, Sel $(, $ty)*) -> $result =
            core::mem::transmute($original.as_ptr());
        #[cfg(feature = "plant")]
        crate::table::planted::clobber();
        let answer = original($this, $selector $(, $arg)*);
        #[cfg(feature = "plant")]
        crate::table::planted::clobber();
        answer
    }};
}

macro_rules! signature {
    ($trampoline:ident($($arg:ident: $ty:ident),*)) => {
        unsafe extern "C-unwind" fn $trampoline<
            const ROW: usize,
            const FAST: bool,
            const LEVEL: usize,
            R: Answer
            $(, $ty: Argument)*
        >(
            this: Id,
            selector: Sel,
            $($arg: $ty),*
        ) -> R {
            // SAFETY: the runtime calls this in place of the row's method, with its arguments; the originals are that
            // method, whose type encoding was compared before the swap.
            unsafe {
                if FAST {
                    let call = fast_path::enter(this, ROW, LEVEL);
                    if let Some(original) = call.original() {
                        return call!(original, (this, selector $(, $arg: $ty)*) -> R);
                    }
                }
                let words = [$($arg.word()),*];
                let frame = action::enter(this, ROW, LEVEL, &words);
                let Some((original, this)) = frame.target(selector) else { return R::nothing() };
                let answer = call!(original, (this, selector $(, $arg: $ty)*) -> R);
                frame.leave(answer.object(), &words);
                answer
            }
        }

        impl<const ROW: usize, const FAST: bool, R: Answer $(, $ty: Argument)*> Trampolines<ROW, FAST>
            for fn($($ty),*) -> R
        {
            const ENCODING: &'static [&'static str] =
                &[R::ENCODING, Id::ENCODING, Sel::ENCODING $(, $ty::ENCODING)*];
            const ALL: [Imp; LEVELS] = [
                Imp::from_ptr($trampoline::<ROW, FAST, 0, R $(, $ty)*> as *mut c_void),
                Imp::from_ptr($trampoline::<ROW, FAST, 1, R $(, $ty)*> as *mut c_void),
                Imp::from_ptr($trampoline::<ROW, FAST, 2, R $(, $ty)*> as *mut c_void),
            ];
        }
    };
}

signature!(with_0());
signature!(with_1(a: A));
signature!(with_2(a: A, b: B));
signature!(with_3(a: A, b: B, c: C));
signature!(with_4(a: A, b: B, c: C, d: D));
signature!(with_5(a: A, b: B, c: C, d: D, e: E));
signature!(with_6(a: A, b: B, c: C, d: D, e: E, f: F));
signature!(with_7(a: A, b: B, c: C, d: D, e: E, f: F, g: G));
signature!(with_8(a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H));
signature!(with_9(a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H, i: I));
signature!(with_10(a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H, i: I, j: J));
