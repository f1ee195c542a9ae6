//! Loads and stores at a base and an offset, in assembly.
//!
//! With a null base they must fault at exactly the offset, in debug and in release builds. Rust's own accesses do not
//! promise that: null is undefined behaviour for the compiler, and debug builds check pointers first.

use crate::fault::site::{self, Site};
use core::arch::asm;

macro_rules! loads {
    ($($(#[$doc:meta])* $name:ident -> $word:ty: $x86_64:literal, $aarch64:literal;)*) => { $(
        $(#[$doc])*
        ///
        /// # Safety
        /// The bytes are readable, or the process is meant to die of a fault there.
        #[inline(always)]
        pub(crate) unsafe fn $name<const OFFSET: usize>(base: *const u8, site: &'static Site) -> $word {
            let value: $word;
            site::enter(site);
            // SAFETY: the caller promises readable bytes, or a process that is meant to die here. The instruction
            // reads these bytes and writes nothing but its output register.
            unsafe {
                #[cfg(target_arch = "x86_64")]
                asm!($x86_64, value = out(reg) value, base = in(reg) base, offset = const OFFSET,
                    options(nostack, readonly, preserves_flags));
                #[cfg(target_arch = "aarch64")]
                asm!($aarch64, value = out(reg) value, base = in(reg) base, offset = const OFFSET,
                    options(nostack, readonly, preserves_flags));
            }
            site::leave();
            value
        }
    )* };
}

loads! {
    /// Reads eight bytes at `base + OFFSET`.
    load64 -> u64: "mov {value}, qword ptr [{base} + {offset}]", "ldr {value}, [{base}, #{offset}]";
    /// Reads four bytes at `base + OFFSET`.
    load32 -> u32: "mov {value:e}, dword ptr [{base} + {offset}]", "ldr {value:w}, [{base}, #{offset}]";
}

/// Writes four bytes at `base + OFFSET`.
///
/// # Safety
/// The bytes are writable and nothing that Rust relies on, or the process is meant to die of a fault there.
#[inline(always)]
pub(crate) unsafe fn store32<const OFFSET: usize>(base: *mut u8, value: u32, site: &'static Site) {
    site::enter(site);
    // SAFETY: the caller promises writable bytes that Rust does not rely on, or a process that is meant to die here. The
    // instruction writes these bytes and nothing else.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        asm!("mov dword ptr [{base} + {offset}], {value:e}", value = in(reg) value, base = in(reg) base,
            offset = const OFFSET, options(nostack, preserves_flags));
        #[cfg(target_arch = "aarch64")]
        asm!("str {value:w}, [{base}, #{offset}]", value = in(reg) value, base = in(reg) base,
            offset = const OFFSET, options(nostack, preserves_flags));
    }
    site::leave();
}

#[cfg(test)]
mod tests {
    use super::*;

    static HERE: Site = Site::new("here");

    #[test]
    fn each_access_reaches_its_own_bytes() {
        let mut block = [0u64; 4];
        block[2] = 0x1122_3344_5566_7788;
        let base = block.as_mut_ptr().cast::<u8>();
        // SAFETY: all offsets lie inside the block, which nobody else uses.
        unsafe {
            assert_eq!(load64::<16>(base, &HERE), 0x1122_3344_5566_7788);
            assert_eq!(load32::<20>(base, &HERE), 0x1122_3344);
            store32::<8>(base, 7, &HERE);
        }
        assert_eq!(block[1], 7);
    }
}
