//! A word for each thread, read by one instruction: its number, or 0.
//!
//! In a library, a thread-local of the compiler's is found by a call (`__tls_get_addr`), on each call of an application that
//! the library guards. This one is in the part of thread-local memory whose place is fixed when the library is loaded (the
//! "initial exec" model). A library that is loaded late takes these four bytes from a reserve that glibc keeps for that.

use core::arch::{asm, global_asm};

// Hidden: each library has its own.
global_asm!(
    ".section .tbss.agx_fix_thread_number,\"awT\",@nobits",
    ".hidden agx_fix_thread_number",
    ".globl agx_fix_thread_number",
    ".type agx_fix_thread_number, @tls_object",
    ".size agx_fix_thread_number, 4",
    ".p2align 2",
    "agx_fix_thread_number:",
    ".zero 4",
    ".text",
);

/// The word of this thread.
#[inline]
pub(super) fn get() -> u32 {
    let number: u32;
    // SAFETY: reads four aligned bytes of this thread's own memory, which is there as long as the thread; only this thread
    // writes them. No flags, no stack.
    unsafe {
        asm!(
            "mov {place}, qword ptr [rip + agx_fix_thread_number@GOTTPOFF]",
            "mov {number:e}, dword ptr fs:[{place}]",
            place = out(reg) _,
            number = lateout(reg) number,
            options(readonly, nostack, preserves_flags),
        );
    }
    number
}

/// Sets the word of this thread.
pub(super) fn set(number: u32) {
    // SAFETY: writes four aligned bytes of this thread's own memory, which nobody else looks at. No flags, no stack.
    unsafe {
        asm!(
            "mov {place}, qword ptr [rip + agx_fix_thread_number@GOTTPOFF]",
            "mov dword ptr fs:[{place}], {number:e}",
            place = out(reg) _,
            number = in(reg) number,
            options(nostack, preserves_flags),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thread_has_a_word_of_its_own() {
        assert_eq!(get(), 0);
        set(7);
        std::thread::spawn(|| {
            assert_eq!(get(), 0);
            set(9);
            assert_eq!(get(), 9);
        })
        .join()
        .unwrap();
        assert_eq!(get(), 7);
    }
}
