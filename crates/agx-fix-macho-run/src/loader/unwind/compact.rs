//! Reads `__unwind_info`: for each function one word that says how to undo its frame. The layout is that of Apple's
//! `mach-o/compact_unwind_encoding.h`.

use super::Span;

/// Second-level pages.
const REGULAR: u32 = 2;
const COMPRESSED: u32 = 3;
/// Which personality function, or none; and whether there is data for it.
const PERSONALITY: u32 = 0x3000_0000;
const HAS_LSDA: u32 = 0x4000_0000;
/// `DW_CFA_def_cfa`, and `DW_CFA_offset` of register 0.
pub(super) const DEFINE_CFA: u8 = 0x0c;
pub(super) const OFFSET: u8 = 0x80;

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

/// Refuses an entry with more than a frame: for Rust's functions, linkers write that as DWARF.
pub(super) fn plain(encoding: u32) -> Result<u32, String> {
    match encoding & (PERSONALITY | HAS_LSDA) {
        0 => Ok(encoding),
        _ => Err(format!("the compact entry {encoding:#x} names a personality function; only DWARF may")),
    }
}

/// A number in LEB128.
pub(super) fn unsigned(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The bytes at a place of a section.
pub(super) fn chunk<const N: usize>(section: &[u8], at: usize) -> Result<[u8; N], String> {
    let bytes = section.get(at..).and_then(|rest| rest.first_chunk());
    bytes.copied().ok_or_else(|| "a table of unwinding is cut off".to_owned())
}

fn word(info: &[u8], at: usize) -> Result<u32, String> {
    chunk(info, at).map(u32::from_le_bytes)
}

fn half(info: &[u8], at: usize) -> Result<u16, String> {
    chunk(info, at).map(u16::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_tables_and_entries_with_more_than_a_frame_are_refused() {
        assert!(entries(&[1, 0, 0, 0, 0]).is_err() && entries(&[2; 32]).is_err());
        assert_eq!(plain(0x0102_0021), Ok(0x0102_0021));
        assert!(plain(HAS_LSDA).is_err() && plain(0x1000_0000).is_err());
    }
}
