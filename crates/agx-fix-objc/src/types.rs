//! Objects, classes, selectors, methods and implementations as plain words. Nothing here owns or dereferences.

use core::ffi::{c_char, c_void};
use core::fmt;

macro_rules! word {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(transparent)]
        pub struct $name(*mut c_void);

        // SAFETY: a word; whoever dereferences it answers for the thread it does so on.
        unsafe impl Send for $name {}
        // SAFETY: as above.
        unsafe impl Sync for $name {}

        impl Default for $name {
            fn default() -> Self {
                Self::NULL
            }
        }

        impl $name {
            /// The null word.
            pub const NULL: Self = Self(core::ptr::null_mut());

            /// The word as a pointer.
            #[inline]
            pub const fn as_ptr(self) -> *mut c_void {
                self.0
            }

            /// The word of a pointer.
            #[inline]
            pub const fn from_ptr(pointer: *mut c_void) -> Self {
                Self(pointer)
            }

            /// The word as a number: a key for tables.
            #[inline]
            pub fn addr(self) -> usize {
                self.0 as usize
            }

            /// Whether the word is null.
            #[inline]
            pub fn is_null(self) -> bool {
                self.0.is_null()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:p})"), self.0)
            }
        }
    };
}

word! {
    /// An object, or nil.
    Id
}
word! {
    /// A class, or Nil.
    Class
}
word! {
    /// A selector. GCC's runtime has several words for one name: compare with
    /// [`crate::runtime::selector_name`], never with `==` where the word came from elsewhere.
    Sel
}
word! {
    /// A method: selector, type encoding and implementation.
    Method
}
word! {
    /// An implementation: a function whose first two arguments are the receiver and the selector.
    Imp
}

impl Class {
    /// The class as an object, to send class messages to.
    #[inline]
    pub fn as_id(self) -> Id {
        Id(self.0)
    }
}

/// A C string of the runtime.
pub(crate) type CString = *const c_char;
