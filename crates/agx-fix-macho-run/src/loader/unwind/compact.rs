//! `__unwind_info`: for each function one word that says how its frame is taken down. Layout and encodings are those of
//! Apple's `mach-o/compact_unwind_encoding.h`.

use super::Span;

const KINDS: u32 = 0x0f00_0000;
const RBP_FRAME: u32 = 0x0100_0000;
const STACK_IMMEDIATE: u32 = 0x0200_0000;
const STACK_INDIRECT: u32 = 0x0300_0000;
const DWARF: u32 = 0x0400_0000;
/// Which personality function, or none; and whether there is data for it.
const PERSONALITY: u32 = 0x3000_0000;
const HAS_LSDA: u32 = 0x4000_0000;
/// Second-level pages.
const REGULAR: u32 = 2;
const COMPRESSED: u32 = 3;
/// rbx, r12 to r15 and rbp by their numbers here, from 1: their numbers in DWARF.
const REGISTERS: [u8; 6] = [3, 12, 13, 14, 15, 6];
const RBP: u8 = 6;
const RSP: u8 = 7;
/// `DW_CFA_def_cfa`, and `DW_CFA_offset` of register 0.
const DEFINE_CFA: u8 = 0x0c;
const OFFSET: u8 = 0x80;

/// The functions with their words; 0 for one that has none.
pub(super) fn entries(info: &[u8]) -> Result<Vec<(Span, u32)>, String> {
    if word(info, 0)? != 1 {
        return Err("__unwind_info has another version".into());
    }
    let common = Palette { info, at: word(info, 4)? as usize, count: word(info, 8)? };
    let (index, count) = (word(info, 20)? as usize, word(info, 24)? as usize);
    let mut starts = Vec::new();
    for entry in 0..count {
        let at = index + 12 * entry;
        let (first, page) = (word(info, at)?, word(info, at + 4)? as usize);
        if page == 0 {
            // The end of all functions.
            starts.push((first, 0));
        } else {
            page_entries(info, page, first, &common, &mut starts)?;
        }
    }
    let spans = starts.windows(2).filter(|pair| pair[1].0 > pair[0].0);
    Ok(spans.map(|pair| (u64::from(pair[0].0)..u64::from(pair[1].0), pair[0].1)).collect())
}

fn page_entries(
    info: &[u8],
    page: usize,
    first: u32,
    common: &Palette<'_>,
    starts: &mut Vec<(u32, u32)>,
) -> Result<(), String> {
    let (offset, count) = (usize::from(half(info, page + 4)?), usize::from(half(info, page + 6)?));
    match word(info, page)? {
        REGULAR => {
            for entry in 0..count {
                let at = page + offset + 8 * entry;
                starts.push((word(info, at)?, word(info, at + 4)?));
            }
        }
        COMPRESSED => {
            let own = Palette { info, at: page + usize::from(half(info, page + 8)?), count: u32::MAX };
            for entry in 0..count {
                let packed = word(info, page + offset + 4 * entry)?;
                let (index, start) = (packed >> 24, first + (packed & 0x00ff_ffff));
                let palette = if index < common.count { common } else { &own };
                let index = if index < common.count { index } else { index - common.count };
                starts.push((start, palette.word(index)?));
            }
        }
        kind => return Err(format!("__unwind_info has a page of kind {kind}")),
    }
    Ok(())
}

/// Words that entries name by their index.
struct Palette<'info> {
    info: &'info [u8],
    at: usize,
    count: u32,
}

impl Palette<'_> {
    fn word(&self, index: u32) -> Result<u32, String> {
        word(self.info, self.at + 4 * index as usize)
    }
}

/// The word said in DWARF's instructions; `None` where it says nothing, or that DWARF says it. `code` reads the four bytes at
/// an offset in the function.
pub(super) fn instructions(
    encoding: u32,
    code: impl Fn(u64) -> Result<u32, String>,
) -> Result<Option<Vec<u8>>, String> {
    let kind = encoding & KINDS;
    if kind == 0 || kind == DWARF {
        return Ok(None);
    }
    if encoding & (PERSONALITY | HAS_LSDA) != 0 {
        return Err(format!("the compact entry {encoding:#x} names a personality function; only DWARF may"));
    }
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

/// A number in LEB128.
pub(super) fn unsigned(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn word(info: &[u8], at: usize) -> Result<u32, String> {
    let bytes = info.get(at..).and_then(|rest| rest.first_chunk());
    bytes.map(|bytes| u32::from_le_bytes(*bytes)).ok_or_else(|| "__unwind_info is cut off".to_owned())
}

fn half(info: &[u8], at: usize) -> Result<u16, String> {
    let bytes = info.get(at..).and_then(|rest| rest.first_chunk());
    bytes.map(|bytes| u16::from_le_bytes(*bytes)).ok_or_else(|| "__unwind_info is cut off".to_owned())
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
        for strange in [0x0500_0000, RBP_FRAME | HAS_LSDA, STACK_IMMEDIATE | 7 << 10] {
            assert!(instructions(strange, none).is_err(), "{strange:#x}");
        }
        assert!(entries(&[1, 0, 0, 0, 0]).is_err() && entries(&[2; 32]).is_err());
    }
}
