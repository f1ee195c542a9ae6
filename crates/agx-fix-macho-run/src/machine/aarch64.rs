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

/// `stp` or `ldp` of pairs of registers, each at a distance from the stack pointer.
macro_rules! pairs {
    ($operation:literal $($pair:literal at $distance:literal)*) => {
        concat!($($operation, " ", $pair, ", [sp, ", $distance, "]\n"),*)
    };
}

/// All registers but the result's, `x15`, `x16` and `x17`.
macro_rules! changed_by_look_up {
    ($operation:literal) => {
        pairs!($operation
            "x1, x2" at 0 "x3, x4" at 16 "x5, x6" at 32 "x7, x8" at 48 "x9, x10" at 64 "x11, x12" at 80
            "x13, x14" at 96 "q0, q1" at 128 "q2, q3" at 160 "q4, q5" at 192 "q6, q7" at 224 "q8, q9" at 256
            "q10, q11" at 288 "q12, q13" at 320 "q14, q15" at 352 "q16, q17" at 384 "q18, q19" at 416
            "q20, q21" at 448 "q22, q23" at 480 "q24, q25" at 512 "q26, q27" at 544 "q28, q29" at 576
            "q30, q31" at 608)
    };
}

/// Saves what the look-up may change. (`x16` and `x17` are free between a call and the function. `x18` is the system's on a Mac;
/// code for it does not use it.)
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn thread_local_thunk() {
    core::arch::naked_asm!(
        "stp x29, x30, [sp, -16]!",
        "mov x29, sp",
        "sub sp, sp, 640",
        changed_by_look_up!("stp"),
        "str x15, [sp, 112]",
        "bl {address}",
        changed_by_look_up!("ldp"),
        "ldr x15, [sp, 112]",
        "mov sp, x29",
        "ldp x29, x30, [sp], 16",
        "ret",
        address = sym thread_local_address,
    )
}

/// The registers that arguments are in, but for `x8`.
macro_rules! arguments {
    ($operation:literal) => {
        pairs!($operation
            "x0, x1" at 0 "x2, x3" at 16 "x4, x5" at 32 "x6, x7" at 48 "q0, q1" at 80 "q2, q3" at 112
            "q4, q5" at 144 "q6, q7" at 176)
    };
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
        arguments!("stp"),
        "str x8, [sp, 64]",
        "bl {look_up}",
        "mov x16, x0",
        arguments!("ldp"),
        "ldr x8, [sp, 64]",
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
