//! `NSString`: an immutable copy of a C string.

use crate::foundation::autorelease::autorelease;
use crate::foundation::define::{Text, layout, methods};
use crate::foundation::object::{self, Object, SharedClass, begin};
use agx_fix_objc::{Class, Id, Sel};
use core::ffi::{CStr, c_char};
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use std::ffi::CString;

#[repr(C)]
struct NsString {
    object: Object,
    /// From `CString::into_raw`, or null.
    bytes: AtomicPtr<c_char>,
}

static CLASS: SharedClass = SharedClass::new();

/// An autoreleased string.
pub(crate) fn autoreleased(text: &CStr) -> Id {
    let string = CLASS.allocate();
    // SAFETY: nil, or a new string, whose reference goes to the pool.
    unsafe {
        if !string.is_null() {
            layout::<NsString>(string).bytes.store(text.to_owned().into_raw(), Relaxed);
        }
        autorelease(string)
    }
}

/// The text of a string; empty for nil.
///
/// # Safety
/// `string` is nil or an `NSString` of the simulator, alive as long as the text is used.
pub(crate) unsafe fn text<'a>(string: Id) -> &'a CStr {
    // SAFETY: the caller promises nil or a live string, whose class is laid out as `NsString`.
    let string = unsafe { string.as_ptr().cast::<NsString>().as_ref() };
    match string.map(|string| string.bytes.load(Relaxed)) {
        // SAFETY: the bytes are a C string from `CString::into_raw`, freed with the object, which the caller keeps alive.
        Some(bytes) if !bytes.is_null() => unsafe { CStr::from_ptr(bytes) },
        _ => c"",
    }
}

unsafe extern "C-unwind" fn string_with_utf8_string(_: Id, _: Sel, text: Text) -> Id {
    // SAFETY: the sender gives null or a C string.
    if text.0.is_null() { Id::NULL } else { autoreleased(unsafe { CStr::from_ptr(text.0) }) }
}

unsafe extern "C-unwind" fn utf8_string(this: Id, _: Sel) -> Text {
    // SAFETY: the receiver is alive.
    Text(unsafe { text(this) }.as_ptr())
}

unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: the last reference is gone; the bytes are null or from `CString::into_raw`.
    unsafe {
        let bytes = layout::<NsString>(this).bytes.load(Relaxed);
        if !bytes.is_null() {
            drop(CString::from_raw(bytes));
        }
        object::dealloc(this, selector);
    }
}

/// Registers the class.
pub(crate) fn register(root: Class) -> Option<()> {
    let builder = methods! { begin::<NsString>(c"NSString", root)?;
        + c"stringWithUTF8String:" = string_with_utf8_string(Text) -> Id;
        - c"UTF8String" = utf8_string() -> Text;
        - c"dealloc" = dealloc();
    };
    CLASS.register(builder)
}
