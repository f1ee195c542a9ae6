//! Registering classes of one's own: for the simulated driver and for tests.

use crate::runtime::{
    class_addIvar, class_addMethod, class_createInstance, objc_allocateClassPair, objc_registerClassPair,
    object_dispose, selector,
};
use crate::types::{Class, Id, Imp};
use core::ffi::CStr;

/// A class under construction. Everything is added before [`ClassBuilder::register`]: GCC's runtime does not bear
/// methods that are added while other threads send messages.
#[derive(Debug)]
pub struct ClassBuilder(Class);

impl ClassBuilder {
    /// Starts a class. `None` if the name is taken. A root class (no `superclass`) gets its `isa` variable.
    ///
    /// # Safety
    /// `superclass` came from the runtime.
    pub unsafe fn new(name: &CStr, superclass: Option<Class>) -> Option<Self> {
        // SAFETY: a null-terminated name, which the runtime copies.
        let class = unsafe { objc_allocateClassPair(superclass.unwrap_or(Class::NULL), name.as_ptr(), 0) };
        if class.is_null() {
            return None;
        }
        let builder = Self(class);
        Some(if superclass.is_none() { builder.ivar(c"isa", 8, 3, c"#") } else { builder })
    }

    /// Adds an instance variable of `size` bytes, aligned to `1 << log2_align`.
    #[must_use]
    pub fn ivar(self, name: &CStr, size: usize, log2_align: u8, encoding: &CStr) -> Self {
        // SAFETY: the class is under construction; strings are copied.
        unsafe { class_addIvar(self.0, name.as_ptr(), size, log2_align, encoding.as_ptr()) };
        self
    }

    /// Adds an instance method.
    ///
    /// # Safety
    /// `imp` is a function of the signature that `encoding` states, valid for the life of the process.
    #[must_use]
    pub unsafe fn method(self, name: &CStr, imp: Imp, encoding: &CStr) -> Self {
        // SAFETY: the class is under construction; the runtime keeps the encoding, so it must not go away.
        unsafe { class_addMethod(self.0, selector(name), imp, leak(encoding)) };
        self
    }

    /// Adds a class method.
    ///
    /// # Safety
    /// As for [`ClassBuilder::method`].
    #[must_use]
    pub unsafe fn class_method(self, name: &CStr, imp: Imp, encoding: &CStr) -> Self {
        // SAFETY: a class under construction already has its metaclass, and begins with it.
        unsafe {
            let metaclass = crate::runtime::class_of(self.0.as_id());
            class_addMethod(metaclass, selector(name), imp, leak(encoding));
        }
        self
    }

    /// Makes the class known.
    pub fn register(self) -> Class {
        // SAFETY: under construction until now.
        unsafe { objc_registerClassPair(self.0) };
        self.0
    }
}

fn leak(encoding: &CStr) -> *const core::ffi::c_char {
    encoding.to_owned().into_raw()
}

/// A new object of `class`, zeroed behind its class word, with `extra` bytes behind its variables.
///
/// # Safety
/// `class` came from the runtime.
pub unsafe fn create_instance(class: Class, extra: usize) -> Id {
    // SAFETY: a class of the runtime, as the caller says.
    unsafe { class_createInstance(class, extra) }
}

/// Frees the memory of an object.
///
/// # Safety
/// `object` came from [`create_instance`] and is no longer used.
pub unsafe fn dispose(object: Id) {
    // SAFETY: made by `create_instance` and no longer used, as the caller says.
    unsafe { object_dispose(object) };
}
