//! Translates compact entries of AArch64 to DWARF (`UNWIND_ARM64_...` in `mach-o/compact_unwind_encoding.h`).

use super::compact::{DEFINE_CFA, OFFSET, plain, unsigned};

/// At the entry of a function the frame's end is the stack's, and the return address in its register.
#[cfg(target_arch = "aarch64")]
pub(super) const AT_ENTRY: [u8; 3] = [DEFINE_CFA, SP, 0];
#[cfg(target_arch = "aarch64")]
pub(super) const RETURN_ADDRESS: u8 = LINK;

const KINDS: u32 = 0x0f00_0000;
const FRAMELESS: u32 = 0x0200_0000;
const DWARF: u32 = 0x0300_0000;
const FRAME: u32 = 0x0400_0000;
/// By their bits, from the lowest: the first register of each pair that is saved, in DWARF's numbers. x19 to x28, d8 to d15.
const PAIRS: [u8; 9] = [19, 21, 23, 25, 27, 72, 74, 76, 78];
/// `DW_CFA_offset_extended`, for registers above 63.
const OFFSET_EXTENDED: u8 = 0x05;
const FRAME_POINTER: u8 = 29;
const LINK: u8 = 30;
const SP: u8 = 31;

/// The entry as DWARF's instructions; `None` where it is empty, or refers to a DWARF record.
pub(super) fn instructions(
    encoding: u32,
    _code: impl Fn(u64) -> Result<u32, String>,
) -> Result<Option<Vec<u8>>, String> {
    let pairs: Vec<u8> =
        PAIRS.into_iter().enumerate().filter(|(bit, _)| encoding >> bit & 1 != 0).map(|it| it.1).collect();
    match encoding & KINDS {
        0 | DWARF => Ok(None),
        // The return address stays in its register.
        FRAMELESS if pairs.is_empty() => {
            let mut instructions = vec![DEFINE_CFA, SP];
            unsigned(&mut instructions, u64::from(plain(encoding)? >> 12 & 0xfff) * 16);
            Ok(Some(instructions))
        }
        FRAME => {
            plain(encoding)?;
            let mut instructions = vec![DEFINE_CFA, FRAME_POINTER, 16];
            // From the frame's end downwards, one word each.
            let registers = pairs.into_iter().flat_map(|first| [first, first + 1]);
            for (register, slot) in [LINK, FRAME_POINTER].into_iter().chain(registers).zip(1u8..) {
                match register {
                    0..64 => instructions.extend([OFFSET | register, slot]),
                    _ => instructions.extend([OFFSET_EXTENDED, register, slot]),
                }
            }
            Ok(Some(instructions))
        }
        _ => Err(format!("the compact entry {encoding:#x} is of an unknown kind")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_said_in_dwarf() {
        let said = |encoding| instructions(encoding, |_| Err("not read".to_owned()));
        // `sub sp, sp, 32` in a leaf.
        assert_eq!(said(0x0200_2000), Ok(Some(vec![0x0c, 31, 32])));
        // x29 and x30, x19 and x20, d8 and d9.
        let frame = vec![0x0c, 29, 16, 0x9e, 1, 0x9d, 2, 0x93, 3, 0x94, 4, 5, 72, 5, 5, 73, 6];
        assert_eq!(said(0x0400_0021), Ok(Some(frame)));
        assert_eq!([said(0), said(0x0300_0123)], [Ok(None), Ok(None)]);
        for strange in [0x0500_0000, 0x0200_2001, 0x4400_0000] {
            assert!(said(strange).is_err(), "{strange:#x}");
        }
    }
}
