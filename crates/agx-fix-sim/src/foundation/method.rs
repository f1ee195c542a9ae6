//! Methods by signature alone: one generic function for each number of arguments, and a behaviour that gets the
//! arguments.
//!
//! A driver treats hundreds of Metal's methods alike. Each is a row of a table with a selector and a signature, and
//! needs no function of its own.

use agx_fix_objc::abi::Encode;
use agx_fix_objc::message::Arguments;
use agx_fix_objc::{Id, Imp, Sel};
use core::ffi::c_void;

/// What a method does, whatever its signature.
pub(crate) trait Behaviour {
    /// The method.
    ///
    /// # Safety
    /// As a message to `this` with these arguments: the receiver is alive, and the sender keeps to the signature.
    unsafe fn call<A: Packed, R: Encode>(this: Id, selector: Sel, arguments: A) -> R;
}

/// The arguments of a call.
pub(crate) trait Packed: Arguments {
    /// A checksum of their words, in order.
    fn checksum(&self) -> u64;
}

/// A function type `fn(arguments) -> result`, as the signature of a method with that behaviour.
pub(crate) trait Method<B> {
    /// The function.
    const IMP: Imp;
    /// Its type encoding, in pieces.
    const ENCODING: &'static [&'static str];
}

/// What a message to nil answers.
pub(crate) fn zero<R: Encode>() -> R {
    // SAFETY: results of messages are words, numbers and objects: zero is a value of each.
    unsafe { core::mem::zeroed() }
}

fn mix<T: Encode>(sum: u64, value: &T) -> u64 {
    // SAFETY: what a message carries is made of whole words or is a single number: there is no padding.
    let bytes =
        unsafe { core::slice::from_raw_parts(core::ptr::from_ref(value).cast::<u8>(), size_of::<T>()) };
    bytes.chunks(8).fold(sum, |sum, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        sum.rotate_left(7) ^ u64::from_ne_bytes(word)
    })
}

macro_rules! arities {
    ($($method:ident($($arg:ident: $ty:ident),*);)*) => { $(
        impl<$($ty: Encode),*> Packed for ($($ty,)*) {
            fn checksum(&self) -> u64 {
                let ($($arg,)*) = self;
                let sum = 0;
                $(let sum = mix(sum, $arg);)*
                sum
            }
        }

        #[allow(clippy::too_many_arguments, reason = "as many as Metal's methods have")]
        unsafe extern "C-unwind" fn $method<Bhv: Behaviour, Ret: Encode $(, $ty: Encode)*>(
            this: Id,
            selector: Sel
            $(, $arg: $ty)*
        ) -> Ret {
            // SAFETY: called by the runtime for a message to `this`. Its sender keeps the receiver alive, and passes the
            // arguments of the signature.
            unsafe { Bhv::call(this, selector, ($($arg,)*)) }
        }

        impl<Bhv: Behaviour, Ret: Encode $(, $ty: Encode)*> Method<Bhv> for fn($($ty),*) -> Ret {
            const IMP: Imp = Imp::from_ptr(
                $method::<Bhv, Ret $(, $ty)*> as unsafe extern "C-unwind" fn(Id, Sel $(, $ty)*) -> Ret
                    as *const () as *mut c_void,
            );
            const ENCODING: &'static [&'static str] =
                &[Ret::ENCODING, Id::ENCODING, Sel::ENCODING $(, $ty::ENCODING)*];
        }
    )* };
}

arities! {
    method0();
    method1(a: A);
    method2(a: A, b: B);
    method3(a: A, b: B, c: C);
    method4(a: A, b: B, c: C, d: D);
    method5(a: A, b: B, c: C, d: D, e: E);
    method6(a: A, b: B, c: C, d: D, e: E, f: F);
    method7(a: A, b: B, c: C, d: D, e: E, f: F, g: G);
    method8(a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H);
    method9(a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H, i: I);
    method10(a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H, i: I, j: J);
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_objc::abi::{Range, Size};

    struct Nothing;

    impl Behaviour for Nothing {
        unsafe fn call<A: Packed, R: Encode>(_: Id, _: Sel, _: A) -> R {
            zero()
        }
    }

    #[test]
    fn an_encoding_is_that_of_the_signature() {
        type Fill = fn(Id, Range, u8);
        assert_eq!(<Fill as Method<Nothing>>::ENCODING.concat(), "v@:@{_NSRange=QQ}C");
        assert_eq!(<fn() -> f64 as Method<Nothing>>::ENCODING.concat(), "d@:");
    }

    #[test]
    fn a_checksum_depends_on_each_word_and_on_their_order() {
        let sum = |a: usize, b: usize, c: u8| (Size { width: a, height: b, depth: 0 }, c).checksum();
        assert_eq!(sum(0, 0, 0), 0);
        assert_ne!(sum(1, 2, 3), sum(2, 1, 3));
        assert_ne!(sum(1, 2, 3), sum(1, 2, 4));
        assert_eq!(().checksum(), 0);
    }
}
