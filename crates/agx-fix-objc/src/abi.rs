//! The argument and result types of Metal's methods, with their Objective-C type encodings.
//!
//! Layouts and names are those of Metal's `MTLTypes.h` and of Foundation's `NSRange`; encodings are what
//! `method_getTypeEncoding` shows for a 64-bit target.

use crate::types::{Class, Id, Sel};
use core::ffi::c_void;

/// A type that a message can carry.
pub trait Encode: Copy {
    /// The type encoding.
    const ENCODING: &'static str;
}

macro_rules! encode {
    ($($ty:ty = $encoding:literal;)*) => { $(impl Encode for $ty { const ENCODING: &'static str = $encoding; })* };
}

encode! {
    () = "v";
    Id = "@";
    Class = "#";
    Sel = ":";
    u8 = "C"; i8 = "c"; u16 = "S"; i16 = "s"; u32 = "I"; i32 = "i"; u64 = "Q"; i64 = "q";
    usize = "Q"; isize = "q";
    f32 = "f"; f64 = "d";
    *mut c_void = "^v"; *const c_void = "^v";
    Bool = "B";
}

/// Objective-C's `BOOL`: one byte. (`bool` on arm64, `signed char` on x86_64, `unsigned char` in GCC's runtime.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Bool(pub u8);

macro_rules! structs {
    ($($(#[$doc:meta])* $name:ident = $encoding:literal { $($field:ident: $ty:ty),* })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        #[repr(C)]
        #[allow(missing_docs, reason = "the fields are Metal's own")]
        pub struct $name { $(pub $field: $ty),* }

        encode! { $name = $encoding; }
    )* };
}

structs! {
    /// `MTLSize`.
    Size = "{MTLSize=QQQ}" { width: usize, height: usize, depth: usize }
    /// `MTLOrigin`.
    Origin = "{MTLOrigin=QQQ}" { x: usize, y: usize, z: usize }
    /// `MTLRegion`.
    Region = "{MTLRegion={MTLOrigin=QQQ}{MTLSize=QQQ}}" { origin: Origin, size: Size }
    /// `MTLViewport`.
    Viewport = "{MTLViewport=dddddd}" {
        origin_x: f64, origin_y: f64, width: f64, height: f64, znear: f64, zfar: f64
    }
    /// `MTLScissorRect`.
    ScissorRect = "{MTLScissorRect=QQQQ}" { x: usize, y: usize, width: usize, height: usize }
    /// `MTL4BufferRange`.
    BufferRange4 = "{MTL4BufferRange=QQ}" { address: u64, length: u64 }
    /// `NSRange`.
    Range = "{_NSRange=QQ}" { location: usize, length: usize }
}

impl Size {
    /// A size of one dimension.
    pub const fn linear(width: usize) -> Self {
        Self { width, height: 1, depth: 1 }
    }

    /// The number of elements, or `None` beyond the range of a word.
    pub const fn count(self) -> Option<usize> {
        match self.width.checked_mul(self.height) {
            Some(area) => area.checked_mul(self.depth),
            None => None,
        }
    }
}
