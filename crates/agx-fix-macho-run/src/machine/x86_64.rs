//! x86_64. Apple's convention is the System V ABI, which is Linux's.

use super::{STUB, padded};
use crate::loader::thread_local_address;
use crate::shims::look_up;
use agx_fix_macho::Architecture;

pub(crate) const ARCHITECTURE: Architecture = Architecture::X86_64;

/// `mov r11, counter; lock inc qword [r11]; jmp [rip]`, and the address. Between a call and the function `r11` is free.
pub(crate) fn counting(counter: usize, target: usize) -> [u8; STUB] {
    let mut code = vec![0x49, 0xbb];
    code.extend(counter.to_le_bytes());
    code.extend([0xf0, 0x49, 0xff, 0x03]);
    jump(code, target)
}

/// `mov rdi, argument; jmp [rip]`, and the address.
pub(crate) fn missing(argument: usize, target: usize) -> [u8; STUB] {
    let mut code = vec![0x48, 0xbf];
    code.extend(argument.to_le_bytes());
    jump(code, target)
}

fn jump(mut code: Vec<u8>, target: usize) -> [u8; STUB] {
    code.extend([0xff, 0x25, 0, 0, 0, 0]);
    code.extend(target.to_le_bytes());
    padded(code)
}

/// Nothing: x86_64 keeps its instruction cache coherent.
pub(crate) fn code_was_written(_start: usize, _size: usize) {}

/// The mode is in the next register, as if it were no variable argument.
pub(crate) use crate::shims::open as variadic_open;

/// The body of an export.
#[cfg(not(test))]
macro_rules! lead {
    ($targets:ident, $index:expr) => {
        core::arch::naked_asm!(
            "jmp qword ptr [rip + {targets} + {offset}]",
            targets = sym $targets,
            offset = const $index * 8,
        )
    };
}
#[cfg(not(test))]
pub(crate) use lead;

/// Saves what the look-up may change: the caller's general registers, and with `fxsave` the registers of SSE. (The upper halves of
/// AVX's registers are not in use: code for x86_64 Macs from 11.0 on uses SSE.)
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn thread_local_thunk() {
    core::arch::naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rdi",
        "push rsi",
        "push rdx",
        "push rcx",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "and rsp, -16",
        "sub rsp, 512",
        "fxsave64 [rsp]",
        "call {address}",
        "fxrstor64 [rsp]",
        "lea rsp, [rbp - 64]",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rcx",
        "pop rdx",
        "pop rsi",
        "pop rdi",
        "pop rbp",
        "ret",
        address = sym thread_local_address,
    )
}

/// Saves the registers that arguments are in, or loads them again.
macro_rules! arguments {
    ($direction:ident) => {
        arguments!($direction
            "movups" "xmm0" 0, "movups" "xmm1" 16, "movups" "xmm2" 32, "movups" "xmm3" 48, "movups" "xmm4" 64,
            "movups" "xmm5" 80, "movups" "xmm6" 96, "movups" "xmm7" 112, "mov" "rdi" 128, "mov" "rsi" 136,
            "mov" "rdx" 144, "mov" "rcx" 152, "mov" "r8" 160, "mov" "r9" 168, "mov" "rax" 176)
    };
    (save $($move:literal $register:literal $at:literal),*) => {
        concat!($($move, " [rsp + ", $at, "], ", $register, "\n"),*)
    };
    (load $($move:literal $register:literal $at:literal),*) => {
        concat!($($move, " ", $register, ", [rsp + ", $at, "]\n"),*)
    };
}

/// Jumps to the receiver's method, with every argument where it was (objc4, `objc-msg-x86_64.s`): in registers, in those for
/// numbers (whose count is in `al`), on the stack. A message to nil answers zero in all registers that a result may be in.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn message_send() {
    core::arch::naked_asm!(
        "test rdi, rdi",
        "je 2f",
        "push rbp",
        "mov rbp, rsp",
        "sub rsp, 192",
        arguments!(save),
        "call {look_up}",
        "mov r11, rax",
        arguments!(load),
        "leave",
        "jmp r11",
        "2:",
        "xor eax, eax",
        "xor edx, edx",
        "xorps xmm0, xmm0",
        "xorps xmm1, xmm1",
        "ret",
        look_up = sym look_up,
    )
}
