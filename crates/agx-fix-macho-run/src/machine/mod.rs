//! What depends on the processor: stubs, thunks, and the differences between Apple's calling convention and Linux's.
//!
//! Each of the two has the same items:
//!
//! - `ARCHITECTURE`: the image that is taken;
//! - `counting`, `missing`: the code of an import's stub;
//! - `thread_local_thunk`: what code calls with a descriptor of a thread-local variable;
//! - `message_send`: `objc_msgSend`;
//! - `variadic_open`: `open`, whose mode is a variable argument;
//! - `lead!`: the body of an export, a jump to what an array holds;
//! - `code_was_written`: makes written instructions ready to be executed.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::*;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::*;

/// The room for one stub.
pub(crate) const STUB: usize = 48;

fn padded(mut code: Vec<u8>) -> [u8; STUB] {
    code.resize(STUB, 0);
    code.try_into().expect("a stub has so many bytes")
}
