//! Makes exceptions pass through the image's code.
//!
//! A Mac's linker keeps a function's DWARF record in `__eh_frame` only where compact unwinding (`__unwind_info`) cannot express it.
//! GCC's unwinder reads only DWARF. So it gets a table with the image's own records, moved to where the table lies, and a new
//! record for each function that has only a compact entry. It is one table, because registered tables must not overlap.
//!
//! - `compact`: reads `__unwind_info`; `x86_64`, `aarch64`: translate its words;
//! - `frames`: DWARF records.

#[cfg(any(test, target_arch = "aarch64"))]
mod aarch64;
mod compact;
mod frames;
#[cfg(any(test, target_arch = "x86_64"))]
mod x86_64;

#[cfg(target_arch = "aarch64")]
use aarch64 as machine;
#[cfg(target_arch = "x86_64")]
use x86_64 as machine;

use agx_fix_macho::Image;

/// A function and where it ends, as offsets in the image.
type Span = std::ops::Range<u64>;

unsafe extern "C" {
    fn __register_frame(table: *const u8);
}

/// The table, to lie `at` bytes behind the image's start.
pub(super) fn table(image: &Image<'_>, at: usize) -> Result<Vec<u8>, String> {
    let mut table = match image.section("__TEXT", "__eh_frame") {
        Some((_, section)) => {
            let from = section.address as i64;
            frames::moved(bytes(image, section.address, section.size)?, from - at as i64)?
        }
        None => Vec::new(),
    };
    let functions = functions(image)?;
    frames::append(&mut table, at as u64, &functions)?;
    // The end.
    table.extend([0; 4]);
    Ok(table)
}

/// The functions whose records have to be written, with their compact entries said in DWARF.
fn functions(image: &Image<'_>) -> Result<Vec<(Span, Vec<u8>)>, String> {
    let Some((_, section)) = image.section("__TEXT", "__unwind_info") else { return Ok(Vec::new()) };
    let mut functions = Vec::new();
    for (span, encoding) in compact::entries(bytes(image, section.address, section.size)?)? {
        // A large frame's size stands in the instruction that makes it.
        let word = |offset| {
            let at = bytes(image, span.start + offset, 4)?;
            Ok(u32::from_le_bytes(at.try_into().expect("four bytes")))
        };
        if let Some(instructions) = machine::instructions(encoding, word)? {
            functions.push((span, instructions));
        }
    }
    Ok(functions)
}

/// What the file has of a range of the image's memory.
fn bytes<'data>(image: &Image<'data>, address: u64, size: u64) -> Result<&'data [u8], String> {
    let found = image.segments.iter().find_map(|segment| {
        let offset = usize::try_from(address.checked_sub(segment.address)?).ok()?;
        segment.data.get(offset..)?.get(..usize::try_from(size).ok()?)
    });
    found.ok_or_else(|| format!("{size} bytes at {address:#x} are in no segment"))
}

/// Registers a table that is in its place.
///
/// # Safety
/// `table` is the address of what [`table`] made, where it was made for, for good.
pub(super) unsafe fn register(table: usize) {
    // SAFETY: the address of a whole table that stays mapped, as the caller promises.
    unsafe { __register_frame(table as *const u8) };
}

#[cfg(test)]
pub(super) use tests::find_all;

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" {
        fn _Unwind_Find_FDE(pc: usize, bases: *mut [usize; 3]) -> usize;
    }

    /// Looks for each function that has an entry; how many there are.
    pub(in crate::loader) fn find_all(image: &Image<'_>, base: usize) -> usize {
        let (_, section) = image.section("__TEXT", "__unwind_info").unwrap();
        let entries = compact::entries(bytes(image, section.address, section.size).unwrap()).unwrap();
        let entries: Vec<_> = entries.into_iter().filter(|(_, encoding)| *encoding != 0).collect();
        for (span, encoding) in &entries {
            let mut bases = [0; 3];
            // SAFETY: takes any address, and a live variable.
            let found = unsafe { _Unwind_Find_FDE(base + span.start as usize + 1, &raw mut bases) };
            assert!(found != 0, "{span:x?} ({encoding:#x}) has no record");
            assert!((base..=base + span.start as usize).contains(&bases[2]), "{span:x?}: {bases:x?}");
        }
        entries.len()
    }
}
