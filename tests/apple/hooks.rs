//! The start of the generated hooks, as far as no row changes it. It is compiled for Apple's arm64 to LLVM's
//! intermediate language, without any library but `core`, and is no part of the workspace.

#![no_std]
#![allow(dead_code, reason = "the project's declarations are included whole")]

use core::ffi::{c_char, c_void};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};
use types::{Id, Sel};

/// How often a hook was called.
#[unsafe(no_mangle)]
pub static HOOK_CALLS: AtomicUsize = AtomicUsize::new(0);

/// A method and what takes its place, as `start.c` reads it.
#[repr(C)]
pub struct Hook {
    class: *const c_char,
    selector: *const c_char,
    function: *const c_void,
    original: &'static AtomicPtr<c_void>,
}

// SAFETY: words that do not change, but for an atomic one.
unsafe impl Sync for Hook {}

/// Destroys every register that carries an argument or a result.
#[inline(never)]
extern "C" fn clobber() {
    // SAFETY: all registers that it writes are named.
    unsafe {
        core::arch::asm!(
            "mov x0, #-91", "mov x1, x0", "mov x2, x0", "mov x3, x0", "mov x4, x0", "mov x5, x0", "mov x6, x0",
            "mov x7, x0", "mov x8, x0",
            "movi v0.2d, #-1", "movi v1.2d, #-1", "movi v2.2d, #-1", "movi v3.2d, #-1", "movi v4.2d, #-1",
            "movi v5.2d, #-1", "movi v6.2d, #-1", "movi v7.2d, #-1",
            out("x0") _, out("x1") _, out("x2") _, out("x3") _, out("x4") _, out("x5") _, out("x6") _, out("x7") _,
            out("x8") _, out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _,
            out("v7") _,
        );
    }
}

/// For a look at the convention itself, see `start.c`.
#[unsafe(no_mangle)]
#[rustfmt::skip]
pub extern "C" fn second_byte_in_rust(
    _: usize, _: usize, _: usize, _: usize, _: usize, _: usize, _: usize, _: usize, _first: u8, second: u8,
) -> usize {
    second.into()
}

/// Whether two type encodings are the same, while compiling.
const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

/// Nothing here panics; the compiler wants to know what would happen.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// A hook for a method. What follows the call keeps LLVM from making it a jump, with which a wrong declaration would go
/// unnoticed.
macro_rules! hook {
    ($name:ident($($argument:ident: $ty:ty),*) -> $answer:ty) => {
        mod $name {
            use super::*;

            pub static ORIGINAL: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());

            pub unsafe extern "C-unwind" fn hook(this: Id, selector: Sel $(, $argument: $ty)*) -> $answer {
                HOOK_CALLS.fetch_add(1, Relaxed);
                clobber();
                // SAFETY: the original has the row's signature, which is this hook's.
                unsafe {
                    let original: unsafe extern "C-unwind" fn(Id, Sel $(, $ty)*) -> $answer =
                        core::mem::transmute(ORIGINAL.load(Relaxed));
                    let answer = original(this, selector $(, $argument)*);
                    clobber();
                    answer
                }
            }
        }
    };
}
