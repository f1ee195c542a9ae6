//! AArch64. Of the differences between Apple's convention and Linux's one matters here: variable arguments are on the stack ("Writing
//! ARM64 code for Apple platforms").

use super::{STUB, padded};
use crate::loader::thread_local_address;
use crate::shims::{look_up, open};
use agx_fix_macho::Architecture;

pub(crate) const ARCHITECTURE: Architecture = Architecture::Arm64;

/// `ldr x16, counter; mov x17, 1; stadd x17, [x16]; ldr x16, target; br x16`, padded, and the two words. Between a
/// call and the function `x16` and `x17` are free (Procedure Call Standard for the Arm 64-bit Architecture). `stadd` is of ARMv8.1,
/// which every Apple silicon has.
pub(crate) fn counting(counter: usize, target: usize) -> [u8; STUB] {
    let code = [load(16, 24), 0xd280_0031, 0xf831_021f, load(16, 20), 0xd61f_0200, 0xd503_201f];
    with_words(&code, [counter, target])
}

/// `ldr x0, argument; ldr x16, target; br x16`, padded, and the two words.
pub(crate) fn missing(argument: usize, target: usize) -> [u8; STUB] {
    with_words(&[load(0, 16), load(16, 20), 0xd61f_0200, 0xd503_201f], [argument, target])
}

/// `ldr` of a register from so many bytes further on.
fn load(register: u32, distance: u32) -> u32 {
    0x5800_0000 | (distance / 4) << 5 | register
}

fn with_words(code: &[u32], words: [usize; 2]) -> [u8; STUB] {
    let code = code.iter().flat_map(|instruction| instruction.to_le_bytes());
    padded(code.chain(words.into_iter().flat_map(usize::to_le_bytes)).collect())
}

unsafe extern "C" {
    /// The compiler's own, which knows what the processor wants.
    fn __clear_cache(start: usize, end: usize);
}

/// Instructions are fetched from a cache of their own.
pub(crate) fn code_was_written(start: usize, size: usize) {
    // SAFETY: takes any range; nothing is changed.
    unsafe { __clear_cache(start, start + size) };
}

/// The mode is on the stack.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn variadic_open() {
    core::arch::naked_asm!("ldr w2, [sp]", "b {open}", open = sym open)
}

/// The body of an export.
#[cfg(not(test))]
macro_rules! lead {
    ($targets:ident, $index:expr) => {
        core::arch::naked_asm!(
            "adrp x16, {targets}",
            "add x16, x16, :lo12:{targets}",
            "ldr x16, [x16, {offset}]",
            "br x16",
            targets = sym $targets,
            offset = const $index * 8,
        )
    };
}
#[cfg(not(test))]
pub(crate) use lead;

/// Saves what the look-up may change: all registers but the result's, `x16` and `x17`. (`x18` is the system's on a Mac; code
/// for it does not use it.)
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn thread_local_thunk() {
    core::arch::naked_asm!(
        "stp x29, x30, [sp, -16]!",
        "mov x29, sp",
        "sub sp, sp, 640",
        "stp x1, x2, [sp]",
        "stp x3, x4, [sp, 16]",
        "stp x5, x6, [sp, 32]",
        "stp x7, x8, [sp, 48]",
        "stp x9, x10, [sp, 64]",
        "stp x11, x12, [sp, 80]",
        "stp x13, x14, [sp, 96]",
        "str x15, [sp, 112]",
        "stp q0, q1, [sp, 128]",
        "stp q2, q3, [sp, 160]",
        "stp q4, q5, [sp, 192]",
        "stp q6, q7, [sp, 224]",
        "stp q8, q9, [sp, 256]",
        "stp q10, q11, [sp, 288]",
        "stp q12, q13, [sp, 320]",
        "stp q14, q15, [sp, 352]",
        "stp q16, q17, [sp, 384]",
        "stp q18, q19, [sp, 416]",
        "stp q20, q21, [sp, 448]",
        "stp q22, q23, [sp, 480]",
        "stp q24, q25, [sp, 512]",
        "stp q26, q27, [sp, 544]",
        "stp q28, q29, [sp, 576]",
        "stp q30, q31, [sp, 608]",
        "bl {address}",
        "ldp x1, x2, [sp]",
        "ldp x3, x4, [sp, 16]",
        "ldp x5, x6, [sp, 32]",
        "ldp x7, x8, [sp, 48]",
        "ldp x9, x10, [sp, 64]",
        "ldp x11, x12, [sp, 80]",
        "ldp x13, x14, [sp, 96]",
        "ldr x15, [sp, 112]",
        "ldp q0, q1, [sp, 128]",
        "ldp q2, q3, [sp, 160]",
        "ldp q4, q5, [sp, 192]",
        "ldp q6, q7, [sp, 224]",
        "ldp q8, q9, [sp, 256]",
        "ldp q10, q11, [sp, 288]",
        "ldp q12, q13, [sp, 320]",
        "ldp q14, q15, [sp, 352]",
        "ldp q16, q17, [sp, 384]",
        "ldp q18, q19, [sp, 416]",
        "ldp q20, q21, [sp, 448]",
        "ldp q22, q23, [sp, 480]",
        "ldp q24, q25, [sp, 512]",
        "ldp q26, q27, [sp, 544]",
        "ldp q28, q29, [sp, 576]",
        "ldp q30, q31, [sp, 608]",
        "mov sp, x29",
        "ldp x29, x30, [sp], 16",
        "ret",
        address = sym thread_local_address,
    )
}

/// Jumps to the receiver's method, with every argument where it was (objc4, `objc-msg-arm64.s`): in registers, in those for
/// numbers, on the stack, and in `x8` the place for a large result. A message to nil answers zero in all registers that a result
/// may be in.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn message_send() {
    core::arch::naked_asm!(
        "cbz x0, 2f",
        "stp x29, x30, [sp, -16]!",
        "mov x29, sp",
        "sub sp, sp, 208",
        "stp x0, x1, [sp]",
        "stp x2, x3, [sp, 16]",
        "stp x4, x5, [sp, 32]",
        "stp x6, x7, [sp, 48]",
        "str x8, [sp, 64]",
        "stp q0, q1, [sp, 80]",
        "stp q2, q3, [sp, 112]",
        "stp q4, q5, [sp, 144]",
        "stp q6, q7, [sp, 176]",
        "bl {look_up}",
        "mov x16, x0",
        "ldp x0, x1, [sp]",
        "ldp x2, x3, [sp, 16]",
        "ldp x4, x5, [sp, 32]",
        "ldp x6, x7, [sp, 48]",
        "ldr x8, [sp, 64]",
        "ldp q0, q1, [sp, 80]",
        "ldp q2, q3, [sp, 112]",
        "ldp q4, q5, [sp, 144]",
        "ldp q6, q7, [sp, 176]",
        "mov sp, x29",
        "ldp x29, x30, [sp], 16",
        "br x16",
        "2:",
        "mov x1, 0",
        "movi v0.2d, 0",
        "movi v1.2d, 0",
        "movi v2.2d, 0",
        "movi v3.2d, 0",
        "ret",
        look_up = sym look_up,
    )
}
