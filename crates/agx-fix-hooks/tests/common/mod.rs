//! Classes of drivers that live in a test.

use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Class, Imp};
use std::ffi::{CStr, CString, c_void};

/// A selector, its function, and the encoding of the function's type.
pub(crate) type Method = (&'static CStr, *mut c_void, String);

/// Makes a list of [`Method`]s: of each its selector, its receiver, selector and arguments, and what it does.
macro_rules! methods {
    (@result) => { () };
    (@result $result:ty) => { $result };
    ($($selector:literal ($this:pat_param, $sel:pat_param $(, $arg:ident: $ty:ty)*) $(-> $result:ty)? $body:block)*) => {
        vec![$({
            unsafe extern "C-unwind" fn method(
                $this: agx_fix_objc::Id,
                $sel: agx_fix_objc::Sel
                $(, $arg: $ty)*
            ) $(-> $result)? $body
            use agx_fix_objc::abi::Encode;
            let result = <$crate::common::methods!(@result $($result)?)>::ENCODING;
            let encoding = [result, "@:" $(, <$ty>::ENCODING)*].concat();
            ($selector, method as *mut std::ffi::c_void, encoding)
        }),*]
    };
}
pub(crate) use methods;

/// Registers a class. A root class has words behind its class word.
pub(crate) fn class(name: &str, above: Option<Class>, words: &[&CStr], methods: &[Method]) -> Class {
    let text = |text: &str| CString::new(text).expect("no zero byte");
    // SAFETY: a class of the test; `methods!` takes encodings from the functions' types.
    unsafe {
        let mut builder = ClassBuilder::new(&text(name), above).expect("a new class name");
        for word in words {
            builder = builder.ivar(word, 8, 3, c"Q");
        }
        for (selector, function, encoding) in methods {
            builder = builder.method(selector, Imp::from_ptr(*function), &text(encoding));
        }
        builder.register()
    }
}
