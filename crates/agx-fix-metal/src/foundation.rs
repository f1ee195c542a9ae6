//! The two Foundation classes that Metal's factories take and answer: `NSString` and `NSError`; and labels, by which findings
//! name objects.

use crate::selectors::selectors;
use agx_fix_objc::memory::Strong;
use agx_fix_objc::runtime::class_named;
use agx_fix_objc::{Id, send};
use core::ffi::{CStr, c_void};
use std::ffi::CString;

/// An `NSString`. `None` without that class, or if the text holds a null character.
pub(crate) fn string(text: &str) -> Option<Strong> {
    let class = class_named(c"NSString")?;
    let bytes = CString::new(text).ok()?;
    // SAFETY: `+stringWithUTF8String:` takes a terminated string, which it copies, and answers an autoreleased object
    // or nil, retained here while its pool cannot have been drained yet.
    unsafe {
        let pointer = bytes.as_ptr().cast::<c_void>();
        Strong::from_borrowed(send(class.as_id(), selectors().string_with_utf8, (pointer,)))
    }
}

/// A text that no string can hold is no label.
pub(crate) fn set_label(object: &Strong, label: &str) {
    if let Some(label) = string(label) {
        // SAFETY: a live object that has a label, and a live string, which the method copies.
        unsafe { send(**object, selectors().set_label, (*label,)) }
    }
}

/// The place of an `NSError **` argument.
pub(crate) struct ErrorSlot(Id);

impl ErrorSlot {
    pub(crate) const fn new() -> Self {
        Self(Id::NULL)
    }

    /// The argument, valid while the slot is.
    pub(crate) fn argument(&mut self) -> *mut c_void {
        (&raw mut self.0).cast()
    }

    /// What the error says.
    ///
    /// # Safety
    /// The slot is untouched, or a method wrote an `NSError` to it that its autorelease pool still holds.
    pub(crate) unsafe fn text(&self) -> String {
        if self.0.is_null() {
            return "no reason given".to_owned();
        }
        // SAFETY: the caller promises a live `NSError`; it answers a string, and the string terminated text that
        // lives as long as the string, copied at once. A nil string answers a null pointer, which is looked at.
        unsafe {
            let description: Id = send(self.0, selectors().localized_description, ());
            let text: *const c_void = send(description, selectors().utf8_string, ());
            if text.is_null() {
                return "an error without description".to_owned();
            }
            CStr::from_ptr(text.cast()).to_string_lossy().into_owned()
        }
    }
}
