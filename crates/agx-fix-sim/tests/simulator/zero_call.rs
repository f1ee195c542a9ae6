//! A call of a method of any signature, with zeros for its arguments.

use agx_fix_objc::encoding::{Shape, shapes};
use agx_fix_objc::runtime::{class_of, implementation, instance_method, selector, type_encoding};
use agx_fix_objc::{Id, Sel};
use std::ffi::CStr;

/// More words than the longest argument list of Metal has.
const WORDS: usize = 24;

fn size(shape: &Shape) -> usize {
    match shape {
        Shape::Struct(fields) => fields.iter().map(size).sum(),
        Shape::Int(bytes) => usize::from(*bytes),
        _ => 8,
    }
}

/// The words that stand for zeros: in AArch64's convention a struct of more than 16 bytes is passed by its address.
fn words(arguments: &[Shape]) -> [usize; WORDS] {
    static ZEROS: [usize; 16] = [0; 16];
    let mut words = [0; WORDS];
    if cfg!(target_arch = "aarch64") {
        let mut next = 0;
        for argument in arguments {
            match argument {
                Shape::Float | Shape::Double => continue,
                Shape::Struct(_) if size(argument) > 16 => {
                    words[next] = ZEROS.as_ptr() as usize;
                    next += 1;
                }
                shape => next += size(shape).div_ceil(8),
            }
        }
    }
    words
}

macro_rules! function {
    ($($word:ident)*) => {
        unsafe extern "C-unwind" fn(Id, Sel $(, function!(@ $word))*, f64, f64, f64, f64, f64, f64, f64, f64) -> usize
    };
    (@ $word:ident) => { usize };
}

macro_rules! call {
    ($function:expr, $object:expr, $selector:expr, $words:expr; $($word:ident)*) => {{
        let [$($word),*] = $words;
        // SAFETY: the function takes at most so many words and numbers; what it does not take it does not look at.
        unsafe {
            let function: function!($($word)*) = std::mem::transmute($function);
            function($object, $selector $(, $word)*, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        }
    }};
}

/// Sends the message with zeros for all arguments, and answers the result if it is a word. `None` if the object has no
/// such method.
pub(crate) fn send_zeros(object: Id, name: &CStr) -> Option<usize> {
    let selector = selector(name);
    // SAFETY: the tests hold the object; the method belongs to its class.
    let (function, encoding) = unsafe {
        let method = instance_method(class_of(object), selector)?;
        (implementation(method).as_ptr(), type_encoding(method)?)
    };
    let shapes = shapes(encoding.to_str().ok()?)?;
    let words = words(shapes.get(3..)?);
    Some(call!(function, object, selector, words;
        a b c d e f g h i j k l m n o p q r s t u v w x))
}
