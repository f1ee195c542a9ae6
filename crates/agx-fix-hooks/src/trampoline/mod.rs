//! The functions that replace methods: one for each row and level, made by generics from the row's signature.
//!
//! A trampoline knows its row and its level at compile time. The level says whose original is meant when a class and its
//! superclass are both hooked and a method of the one calls `super`: no two hooked classes on one line of inheritance
//! have the same level, so (class of the receiver, level, row) names one original.
//!
//! All are `extern "C-unwind"`: an exception of the driver passes through and drops the frame, which unlocks. They are
//! small, as there are three for each row. What happens around the original is in [`action`]. For rows whose calls are
//! many, [`fast_path`] is asked first.

#[cfg(feature = "plant")]
mod planted;
mod values;

use crate::classes::LEVELS;
use crate::table::roles::*;
use crate::table::{COUNT, ROWS, index_of, rows};
use crate::{action, fast_path};
use agx_fix_objc::abi::{Bool, BufferRange4, Origin, Region, ScissorRect, Viewport};
#[cfg(not(feature = "plant"))]
use agx_fix_objc::abi::{Range, Size};
use agx_fix_objc::{Id, Imp, Sel};
use core::ffi::c_void;
#[cfg(feature = "plant")]
use planted::{Range, Size, f32, isize, u64};
use values::{Answer, Argument};

type Pointer = *const c_void;

/// The trampolines of a signature, written as a function type, for one row.
trait Trampolines<const ROW: usize, const FAST: bool> {
    /// One for each level.
    const ALL: [Imp; LEVELS];
}

macro_rules! trampolines {
    ($($roles:expr, $selector:literal ($($arg:ty),*) $(-> $result:ty)?, $action:expr;)*) => {
        /// The trampolines of each row, one for each level.
        pub(crate) static TRAMPOLINES: [[Imp; LEVELS]; COUNT] = [$({
            const ROW: usize = index_of($roles, $selector);
            const FAST: bool = ROWS[ROW].action.has_fast_path();
            <fn($($arg),*) $(-> $result)? as Trampolines<ROW, FAST>>::ALL
        }),*];
    };
}
rows!(trampolines);

/// Calls the original, with the arguments as they came.
macro_rules! call {
    ($original:expr, ($this:expr, $selector:expr $(, $arg:ident: $ty:ty)*) -> $result:ty) => {{
        let original: unsafe extern "C-unwind" fn(Id, Sel $(, $ty)*) -> $result =
            core::mem::transmute($original.as_ptr());
        #[cfg(feature = "plant")]
        planted::clobber();
        let answer = original($this, $selector $(, $arg)*);
        #[cfg(feature = "plant")]
        planted::clobber();
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
