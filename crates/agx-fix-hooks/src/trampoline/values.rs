//! The types of results and arguments that rows can name, and what the hooks read of them.

use agx_fix_objc::Id;
use agx_fix_objc::abi::{Bool, BufferRange4, Origin, Range, Region, ScissorRect, Size, Viewport};
use core::ffi::c_void;

/// A result: what a call answers that is not made.
pub(super) trait Answer {
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
pub(super) trait Argument {
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
