//! Translates compact entries of x86_64 to DWARF (`UNWIND_X86_64_...` in `mach-o/compact_unwind_encoding.h`).

use super::compact::{DEFINE_CFA, OFFSET, plain, unsigned};

/// At the entry of a function the return address is at the top, and the frame's end 8 bytes further.
pub(super) const AT_ENTRY: [u8; 5] = [DEFINE_CFA, RSP, 8, OFFSET | RETURN_ADDRESS, 1];
pub(super) const RETURN_ADDRESS: u8 = 16;

const KINDS: u32 = 0x0f00_0000;
const RBP_FRAME: u32 = 0x0100_0000;
const STACK_IMMEDIATE: u32 = 0x0200_0000;
const STACK_INDIRECT: u32 = 0x0300_0000;
const DWARF: u32 = 0x0400_0000;
/// rbx, r12 to r15 and rbp by their numbers here, from 1: their numbers in DWARF.
const REGISTERS: [u8; 6] = [3, 12, 13, 14, 15, 6];
const RBP: u8 = 6;
const RSP: u8 = 7;
/// The entry as DWARF's instructions; `None` where it is empty, or refers to a DWARF record. `code` reads the four bytes at an
/// offset in the function.
pub(super) fn instructions(
    encoding: u32,
    code: impl Fn(u64) -> Result<u32, String>,
) -> Result<Option<Vec<u8>>, String> {
    let kind = encoding & KINDS;
    if kind == 0 || kind == DWARF {
        return Ok(None);
    }
    let encoding = plain(encoding)?;
    let saved = match kind {
        RBP_FRAME => saved_below_rbp(encoding),
        STACK_IMMEDIATE | STACK_INDIRECT => saved_registers(encoding)?,
        _ => return Err(format!("the compact entry {encoding:#x} is of an unknown kind")),
    };
    let (register, words) = match kind {
        RBP_FRAME => (RBP, 2),
        STACK_IMMEDIATE => (RSP, encoding >> 16 & 0xff),
        _ => {
            let at = u64::from(encoding >> 16 & 0xff);
            (RSP, code(at)? / 8 + (encoding >> 13 & 7))
        }
    };
    let mut instructions = vec![DEFINE_CFA, register];
    unsigned(&mut instructions, u64::from(words) * 8);
    for (register, slot) in saved {
        instructions.push(OFFSET | register);
        unsigned(&mut instructions, slot);
    }
    Ok(Some(instructions))
}

/// Registers, and how many words below the frame's end they are saved. Five places, three bits each, from the one that is
/// `offset` words below the saved `rbp` upwards.
fn saved_below_rbp(encoding: u32) -> Vec<(u8, u64)> {
    let offset = u64::from(encoding >> 16 & 0xff);
    let places = (0..5u32).filter_map(|place| {
        let register = (encoding >> (3 * place) & 7).checked_sub(1)?;
        Some((*REGISTERS.get(register as usize)?, (2 + offset).checked_sub(u64::from(place))?))
    });
    std::iter::once((RBP, 2)).chain(places).collect()
}

/// The same, of a frame without `rbp`: a count, and the number of the permutation.
fn saved_registers(encoding: u32) -> Result<Vec<(u8, u64)>, String> {
    let (count, mut permutation) = (encoding >> 10 & 7, encoding & 0x3ff);
    if count as usize > REGISTERS.len() {
        return Err(format!("the compact entry {encoding:#x} saves {count} registers"));
    }
    // The last digit comes first; digit k says which of the 6 - k registers that are left.
    let mut digits = vec![0; count as usize];
    for place in (0..count).rev() {
        digits[place as usize] = permutation % (6 - place);
        permutation /= 6 - place;
    }
    let mut left = REGISTERS.to_vec();
    let registers = digits.into_iter().map(|digit| left.remove(digit as usize));
    let count = u64::from(count);
    Ok(registers.zip(0..).map(|(register, place)| (register, 1 + count - place)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(encoding: u32) -> Vec<u8> {
        instructions(encoding, |at| Ok(0x100 + at as u32 * 8)).unwrap().unwrap()
    }

    #[test]
    fn frames_are_said_in_dwarf() {
        // `push rbp; mov rbp, rsp; push r14; push rbx`: the lowest place is rbx's.
        assert_eq!(said(0x0102_0021), [0x0c, 6, 16, 0x86, 2, 0x83, 4, 0x8e, 3]);
        // `push rbx; sub rsp, 16`: return address, rbx, two words.
        assert_eq!(said(0x0204_0400), [0x0c, 7, 32, 0x83, 2]);
        // All six registers, in the order of their numbers.
        let all = [0x0c, 7, 56, 0x83, 7, 0x8c, 6, 0x8d, 5, 0x8e, 4, 0x8f, 3, 0x86, 2];
        assert_eq!(said(0x0207_1800), all);
        // The size is 0x100 + 3 * 8 bytes and one word.
        assert_eq!(said(0x0303_2000), [0x0c, 7, 0xa0, 2]);
    }

    #[test]
    fn what_dwarf_says_already_is_left_out_and_the_unknown_is_refused() {
        let none = |_| Err("not read".to_owned());
        assert_eq!((instructions(0, none), instructions(DWARF | 0x123, none)), (Ok(None), Ok(None)));
        for strange in [0x0500_0000, RBP_FRAME | 0x4000_0000, STACK_IMMEDIATE | 7 << 10] {
            assert!(instructions(strange, none).is_err(), "{strange:#x}");
        }
    }
}
