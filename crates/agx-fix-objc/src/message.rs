//! Typed message sends.

use crate::types::{Id, Imp, Sel};
use crate::{abi::Encode, runtime};

/// A tuple of message arguments.
pub trait Arguments {
    /// Calls `imp` with receiver, selector and these arguments.
    ///
    /// # Safety
    /// `imp` is a function of exactly this signature, or the dispatcher for a method of this signature.
    unsafe fn call<R: Encode>(self, imp: Imp, object: Id, selector: Sel) -> R;
}

macro_rules! arguments {
    ($($arg:ident: $ty:ident),*) => {
        impl<$($ty: Encode),*> Arguments for ($($ty,)*) {
            #[inline]
            unsafe fn call<Ret: Encode>(self, imp: Imp, object: Id, selector: Sel) -> Ret {
                let ($($arg,)*) = self;
                // SAFETY: the caller promises that `imp` has this signature.
                unsafe {
                    let function: unsafe extern "C-unwind" fn(Id, Sel $(, $ty)*) -> Ret =
                        core::mem::transmute(imp.as_ptr());
                    function(object, selector $(, $arg)*)
                }
            }
        }
    };
}

arguments!();
arguments!(a: A);
arguments!(a: A, b: B);
arguments!(a: A, b: B, c: C);
arguments!(a: A, b: B, c: C, d: D);
arguments!(a: A, b: B, c: C, d: D, e: E);
arguments!(a: A, b: B, c: C, d: D, e: E, f: F);

/// Sends a message. A message to nil answers zero, as the runtime has it.
///
/// # Safety
/// `object` is nil or alive; its method for `selector` takes exactly `A` and returns `R`; what the method itself
/// demands (threads, states, live arguments) holds.
#[inline]
pub unsafe fn send<A: Arguments, R: Encode>(object: Id, selector: Sel, arguments: A) -> R {
    // SAFETY: object, method and arguments fit, as the caller says; the dispatcher answers the method of that object.
    unsafe { arguments.call(runtime::dispatcher(object, selector), object, selector) }
}
