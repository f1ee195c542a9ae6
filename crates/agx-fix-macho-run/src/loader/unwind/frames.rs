//! Writes and moves DWARF's records of frames, as `.eh_frame` has them (Linux Standard Base, "Exception Frames"): CIEs, which several FDEs share.

use super::Span;
use super::compact::{chunk, unsigned};
use super::machine::{AT_ENTRY, RETURN_ADDRESS};
use std::collections::BTreeMap;

/// `DW_EH_PE_pcrel | DW_EH_PE_absptr`.
const RELATIVE_WORD: u8 = 0x10;
/// Nothing is there.
const OMITTED: u8 = 0xff;
/// Adds a CIE, and an FDE with these instructions for each function. The table lies `at` bytes behind the image's start.
pub(super) fn append(table: &mut Vec<u8>, at: u64, functions: &[(Span, Vec<u8>)]) -> Result<(), String> {
    if functions.is_empty() {
        return Ok(());
    }
    let cie = table.len();
    // Version; FDEs say how they point; units of 1 byte in code, of -8 in data.
    let mut head = vec![1, b'z', b'R', 0, 1, 0x78, RETURN_ADDRESS, 1, RELATIVE_WORD];
    head.extend(AT_ENTRY);
    record(table, 0, &head)?;
    for (span, instructions) in functions {
        // The pointer is the first field behind length and distance.
        let field = at + table.len() as u64 + 8;
        let mut body = span.start.wrapping_sub(field).to_le_bytes().to_vec();
        body.extend((span.end - span.start).to_le_bytes());
        unsigned(&mut body, 0);
        body.extend(instructions);
        let distance = table.len() + 4 - cie;
        record(table, u32::try_from(distance).map_err(|_| "too many functions")?, &body)?;
    }
    Ok(())
}

fn record(table: &mut Vec<u8>, distance: u32, body: &[u8]) -> Result<(), String> {
    let size = (4 + body.len()).next_multiple_of(8) + 4;
    table.extend(u32::try_from(size).map_err(|_| "a record is too long")?.to_le_bytes());
    table.extend(distance.to_le_bytes());
    table.extend(body);
    table.resize(table.len() + size - 4 - body.len(), 0);
    Ok(())
}

/// A copy of records that lies `delta` bytes lower: what is said relative to its own place says the same as before.
pub(super) fn moved(records: &[u8], delta: i64) -> Result<Vec<u8>, String> {
    let mut copy = records.to_vec();
    let mut cies = BTreeMap::new();
    let mut at = 0;
    while at + 8 <= copy.len() {
        let size = u32_at(&copy, at)? as usize;
        let end = at + 4 + size;
        if size == 0 || size >= u32::MAX as usize || end > copy.len() {
            return Err("__eh_frame has a record of a strange length".into());
        }
        let distance = u32_at(&copy, at + 4)? as usize;
        let mut record = Reader { bytes: &mut copy[..end], at: at + 8, delta };
        if distance == 0 {
            cies.insert(at, record.cie()?);
        } else {
            let cie = (at + 4).checked_sub(distance).and_then(|cie| cies.get(&cie));
            record.fde(cie.ok_or("__eh_frame has a record that names no other")?)?;
        }
        at = end;
    }
    Ok(copy)
}

/// How the FDEs of a CIE point.
struct Pointers {
    function: u8,
    data: u8,
}

struct Reader<'bytes> {
    bytes: &'bytes mut [u8],
    at: usize,
    delta: i64,
}

impl Reader<'_> {
    fn cie(&mut self) -> Result<Pointers, String> {
        let mut pointers = Pointers { function: 0, data: OMITTED };
        self.byte()?;
        let mut letters = Vec::new();
        loop {
            match self.byte()? {
                0 => break,
                letter => letters.push(letter),
            }
        }
        // Units of code and data, the return address, the length of what follows.
        (0..4).try_for_each(|_| self.skip_number())?;
        match letters.split_first() {
            Some((b'z', rest)) => {
                for letter in rest {
                    match letter {
                        b'P' => {
                            let encoding = self.byte()?;
                            self.shift(encoding)?;
                        }
                        b'L' => pointers.data = self.byte()?,
                        b'R' => pointers.function = self.byte()?,
                        letter => return Err(format!("__eh_frame has the augmentation {letter:#x}")),
                    }
                }
                Ok(pointers)
            }
            _ => Err("__eh_frame has a record without the augmentation z".into()),
        }
    }

    fn fde(&mut self, pointers: &Pointers) -> Result<(), String> {
        let size = self.shift(pointers.function)?;
        // How long the function is.
        self.at += size;
        self.skip_number()?;
        if pointers.data != OMITTED {
            self.shift(pointers.data)?;
        }
        Ok(())
    }

    /// Corrects the next pointer for the move; answers its size.
    fn shift(&mut self, encoding: u8) -> Result<usize, String> {
        let size = match encoding & 0x0f {
            0x00 | 0x04 | 0x0c => 8,
            0x03 | 0x0b => 4,
            _ => return Err(format!("__eh_frame has pointers of encoding {encoding:#x}")),
        };
        if encoding & 0x70 != RELATIVE_WORD {
            return Err(format!("__eh_frame has pointers of encoding {encoding:#x}, which are not relative"));
        }
        let end = self.at + size;
        let field = self.bytes.get_mut(self.at..end).ok_or("__eh_frame is cut off")?;
        let mut word = [0; 8];
        word[..size].copy_from_slice(field);
        let value = if size == 4 {
            i64::from(i32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        } else {
            i64::from_le_bytes(word)
        };
        // Zero stands for nothing.
        if value != 0 {
            let moved = value + self.delta;
            if size == 4 && i32::try_from(moved).is_err() {
                return Err("a pointer of __eh_frame does not reach".into());
            }
            field.copy_from_slice(&moved.to_le_bytes()[..size]);
        }
        self.at = end;
        Ok(size)
    }

    fn byte(&mut self) -> Result<u8, String> {
        let byte = self.bytes.get(self.at).copied().ok_or("__eh_frame is cut off")?;
        self.at += 1;
        Ok(byte)
    }

    fn skip_number(&mut self) -> Result<(), String> {
        while self.byte()? & 0x80 != 0 {}
        Ok(())
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, String> {
    chunk(bytes, at).map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_moved_still_points_where_it_did() {
        let mut table = Vec::new();
        append(&mut table, 0x1000, &[(0x100..0x140, vec![0x0c, 7, 16])]).unwrap();
        let mut elsewhere = Vec::new();
        append(&mut elsewhere, 0x3000, &[(0x100..0x140, vec![0x0c, 7, 16])]).unwrap();
        assert_ne!(table, elsewhere);
        assert_eq!(moved(&table, 0x1000 - 0x3000).unwrap(), elsewhere);
    }

    #[test]
    fn damaged_records_are_errors() {
        let mut table = Vec::new();
        append(&mut table, 0, &[(0x100..0x140, vec![0x0c, 7, 16])]).unwrap();
        for end in [9, 13, 20, 30] {
            assert!(moved(&table[..end], 8).is_err(), "{end}");
        }
        let mut orphan = table.clone();
        orphan[36..40].copy_from_slice(&8u32.to_le_bytes());
        let cie = u32_at(&table, 0).unwrap() as usize + 4;
        orphan[cie + 4..cie + 8].copy_from_slice(&1u32.to_le_bytes());
        assert!(moved(&orphan, 8).is_err());
    }
}
