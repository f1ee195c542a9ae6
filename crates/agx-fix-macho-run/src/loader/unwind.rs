//! Makes exceptions pass through the image's code.
//!
//! A Mac's linker keeps a function's DWARF record in `__eh_frame` only where compact unwinding (`__unwind_info`, Apple's
//! `mach-o/compact_unwind_encoding.h`) cannot express it. GCC's unwinder reads only DWARF. So it gets a table with the image's
//! own records, moved to where the table lies, and a new record for each function that has only a compact entry. It is one
//! table, because registered tables must not overlap.

use crate::machine;
use agx_fix_macho::{Architecture, Image};
use gimli::write::{
    Address, CallFrameInstruction, CommonInformationEntry, EhFrame, EndianVec, FrameDescriptionEntry,
    FrameTable,
};
use gimli::{AArch64, DW_EH_PE_pcrel, Encoding, Format, LittleEndian, Register, X86_64};
use macho_unwind_info::opcodes::{OpcodeBitfield, OpcodeX86_64, RegisterNameX86_64};
use macho_unwind_info::{Function, UnwindInfo};

unsafe extern "C" {
    fn __register_frame(table: *const u8);
}

/// The table, to lie `at` bytes behind the image's start.
pub(super) fn table(image: &Image<'_>, at: usize) -> Result<Vec<u8>, String> {
    // The table's addresses count from its own start.
    let address = |in_image: u64| Address::Constant(in_image.wrapping_sub(at as u64));
    let mut table = match image.section("__TEXT", "__eh_frame") {
        Some((_, section)) => {
            let records = gimli::EhFrame::new(bytes(image, section.address, section.size)?, LittleEndian);
            FrameTable::from(&records, &|offset| Some(address(offset.wrapping_add(section.address))))
                .map_err(|cause| format!("__eh_frame cannot be moved: {cause}"))?
        }
        None => FrameTable::default(),
    };
    let entry = table.add_cie(at_entry(machine::ARCHITECTURE));
    for function in functions(image)? {
        let start = u64::from(function.start_address);
        // A large frame's size stands in the instruction that makes it.
        let code = |offset: u8| {
            let word = bytes(image, start + u64::from(offset), 4)?;
            Ok(u32::from_le_bytes(word.try_into().expect("four bytes")))
        };
        let length = function.end_address - function.start_address;
        let mut record = FrameDescriptionEntry::new(address(start), length);
        if let Some(frame) = instructions(machine::ARCHITECTURE, function.opcode, code)? {
            frame.into_iter().for_each(|instruction| record.add_instruction(0, instruction));
            table.add_fde(entry, record);
        }
    }
    let mut written = EhFrame(EndianVec::new(LittleEndian));
    table.write_eh_frame(&mut written).map_err(|cause| format!("no table of unwinding: {cause}"))?;
    let mut written = written.0.into_vec();
    // The end.
    written.extend([0; 4]);
    Ok(written)
}

/// The functions that have an entry in `__unwind_info`.
fn functions(image: &Image<'_>) -> Result<Vec<Function>, String> {
    let Some((_, section)) = image.section("__TEXT", "__unwind_info") else { return Ok(Vec::new()) };
    let damaged = |cause| format!("__unwind_info is damaged: {cause}");
    let info = bytes(image, section.address, section.size)?;
    let mut all = UnwindInfo::parse(info).map_err(damaged)?.functions();
    let mut functions = Vec::new();
    while let Some(function) = all.next().map_err(damaged)? {
        if function.opcode != 0 && function.start_address < function.end_address {
            functions.push(function);
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

/// At the entry of a function, x86_64 has the return address at the top of the stack, AArch64 in a register.
fn at_entry(architecture: Architecture) -> CommonInformationEntry {
    let (return_address, stack, words) = match architecture {
        Architecture::X86_64 => (X86_64::RA, X86_64::RSP, 1),
        _ => (AArch64::X30, AArch64::SP, 0),
    };
    let encoding = Encoding { format: Format::Dwarf32, version: 1, address_size: 8 };
    let mut entry = CommonInformationEntry::new(encoding, 1, -8, return_address);
    entry.fde_address_encoding = DW_EH_PE_pcrel;
    entry.add_instruction(CallFrameInstruction::Cfa(stack, words * 8));
    if words > 0 {
        entry.add_instruction(CallFrameInstruction::Offset(return_address, -8));
    }
    entry
}

/// A compact entry as DWARF's instructions; `None` where it is empty, or refers to a DWARF record. `code` reads the four bytes at
/// an offset in the function.
fn instructions(
    architecture: Architecture,
    opcode: u32,
    code: impl Fn(u8) -> Result<u32, String>,
) -> Result<Option<Vec<CallFrameInstruction>>, String> {
    let frame = match architecture {
        Architecture::X86_64 => x86_64(opcode, code)?,
        _ => aarch64(opcode)?,
    };
    let entry = OpcodeBitfield::new(opcode);
    // For Rust's functions, linkers write more than a frame as DWARF.
    if frame.is_some() && (entry.has_lsda() || entry.personality_index() != 0) {
        return Err(format!("the compact entry {opcode:#x} names a personality function; only DWARF may"));
    }
    Ok(frame.map(|(register, size, saved)| {
        let saved =
            saved.into_iter().map(|(register, offset)| CallFrameInstruction::Offset(register, -offset));
        std::iter::once(CallFrameInstruction::Cfa(register, size)).chain(saved).collect()
    }))
}

/// The register that the frame's end is counted from and the distance in bytes; the saved registers, and how many bytes below
/// the frame's end they are.
type Frame = (Register, i32, Vec<(Register, i32)>);

fn unknown(opcode: u32) -> String {
    format!("the compact entry {opcode:#x} is of an unknown kind")
}

fn x86_64(opcode: u32, code: impl Fn(u8) -> Result<u32, String>) -> Result<Option<Frame>, String> {
    let frameless = |size: u32, saved: &[Option<RegisterNameX86_64>]| {
        let size = i32::try_from(size).map_err(|_| "a frame is too large")?;
        let saved =
            saved.iter().rev().flatten().zip(2..).map(|(it, place)| (x86_64_register(*it), place * 8));
        Ok(Some((X86_64::RSP, size, saved.collect())))
    };
    match OpcodeX86_64::parse(opcode) {
        OpcodeX86_64::Null | OpcodeX86_64::Dwarf { .. } => Ok(None),
        OpcodeX86_64::FrameBased { stack_offset_in_bytes, saved_regs } => {
            let lowest = 16 + i32::from(stack_offset_in_bytes);
            let places = saved_regs.iter().rev().zip(0..);
            let saved = places.filter_map(|(it, place)| Some((x86_64_register((*it)?), lowest - place * 8)));
            Ok(Some((X86_64::RBP, 16, std::iter::once((X86_64::RBP, 16)).chain(saved).collect())))
        }
        OpcodeX86_64::FramelessImmediate { stack_size_in_bytes, saved_regs } => {
            frameless(stack_size_in_bytes.into(), &saved_regs)
        }
        OpcodeX86_64::FramelessIndirect {
            immediate_offset_from_function_start: at,
            stack_adjust_in_bytes,
            saved_regs,
        } => frameless(code(at)?.saturating_add(stack_adjust_in_bytes.into()), &saved_regs),
        OpcodeX86_64::InvalidFrameless | OpcodeX86_64::UnrecognizedKind(_) => Err(unknown(opcode)),
    }
}

fn x86_64_register(name: RegisterNameX86_64) -> Register {
    match name {
        RegisterNameX86_64::Rbx => X86_64::RBX,
        RegisterNameX86_64::R12 => X86_64::R12,
        RegisterNameX86_64::R13 => X86_64::R13,
        RegisterNameX86_64::R14 => X86_64::R14,
        RegisterNameX86_64::R15 => X86_64::R15,
        RegisterNameX86_64::Rbp => X86_64::RBP,
    }
}

/// The lowest nine bits say which pairs of registers are saved: x19 to x28, d8 to d15, from the frame's end downwards. (The
/// crate's own reading does not refuse them in a frame without a frame pointer.)
fn aarch64(opcode: u32) -> Result<Option<Frame>, String> {
    const PAIRS: [u16; 9] = [19, 21, 23, 25, 27, 72, 74, 76, 78];
    let pairs = PAIRS.into_iter().enumerate().filter(|(bit, _)| opcode >> bit & 1 != 0);
    let saved: Vec<Register> = pairs.flat_map(|(_, first)| [Register(first), Register(first + 1)]).collect();
    match OpcodeBitfield::new(opcode).kind() {
        0 | 3 => Ok(None),
        // The return address stays in its register.
        2 if saved.is_empty() => Ok(Some((AArch64::SP, (opcode >> 12 & 0xfff) as i32 * 16, Vec::new()))),
        4 => {
            let all = [AArch64::X30, AArch64::X29].into_iter().chain(saved).zip(1..);
            Ok(Some((AArch64::X29, 16, all.map(|(register, place)| (register, place * 8)).collect())))
        }
        _ => Err(unknown(opcode)),
    }
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
        let functions = functions(image).unwrap();
        for function in &functions {
            let (start, mut bases) = (base + function.start_address as usize, [0; 3]);
            // SAFETY: takes any address, and a live variable.
            let found = unsafe { _Unwind_Find_FDE(start + 1, &raw mut bases) };
            assert!(found != 0, "{function:x?} has no record");
            assert!((base..=start).contains(&bases[2]), "{function:x?}: {bases:x?}");
        }
        functions.len()
    }

    #[test]
    fn compact_entries_are_said_in_dwarf() {
        let said = |architecture, opcode| {
            instructions(architecture, opcode, |at| Ok(0x100 + u32::from(at) * 8)).unwrap().unwrap()
        };
        let frame = |register, size, saved: &[(u16, i32)]| {
            let saved = saved.iter().map(|&(it, offset)| CallFrameInstruction::Offset(Register(it), offset));
            std::iter::once(CallFrameInstruction::Cfa(Register(register), size))
                .chain(saved)
                .collect::<Vec<_>>()
        };
        for (opcode, register, size, saved) in [
            // `push rbp; mov rbp, rsp; push r14; push rbx`: the lowest place is rbx's.
            (0x0102_0021, 6, 16, &[(6, -16), (3, -32), (14, -24)][..]),
            // `push rbx; sub rsp, 16`: return address, rbx, two words.
            (0x0204_0400, 7, 32, &[(3, -16)]),
            // All six registers, in the order of their numbers.
            (0x0207_1800, 7, 56, &[(6, -16), (15, -24), (14, -32), (13, -40), (12, -48), (3, -56)]),
            // The size is 0x100 + 3 * 8 bytes and one word.
            (0x0303_2000, 7, 0x120, &[]),
        ] {
            assert_eq!(said(Architecture::X86_64, opcode), frame(register, size, saved), "{opcode:#x}");
        }
        for (opcode, register, size, saved) in [
            // `sub sp, sp, 32` in a leaf.
            (0x0200_2000, 31, 32, &[][..]),
            // x29 and x30, x19 and x20, d8 and d9.
            (0x0400_0021, 29, 16, &[(30, -8), (29, -16), (19, -24), (20, -32), (72, -40), (73, -48)]),
        ] {
            assert_eq!(said(Architecture::Arm64, opcode), frame(register, size, saved), "{opcode:#x}");
        }
    }

    #[test]
    fn what_dwarf_says_already_is_left_out_and_the_unknown_is_refused() {
        let not_read = |_| Err("not read".to_owned());
        let (x86_64, arm64) = (Architecture::X86_64, Architecture::Arm64);
        for (architecture, opcode) in [(x86_64, 0), (x86_64, 0x0400_0123), (arm64, 0), (arm64, 0x0300_0123)] {
            assert_eq!(instructions(architecture, opcode, not_read), Ok(None), "{opcode:#x}");
        }
        for (architecture, strange) in [
            (x86_64, 0x0500_0000),
            (x86_64, 0x4100_0000),
            (x86_64, 0x1102_0021),
            (x86_64, 0x0200_1c00),
            (arm64, 0x0500_0000),
            (arm64, 0x0200_2001),
            (arm64, 0x4400_0000),
        ] {
            assert!(instructions(architecture, strange, not_read).is_err(), "{strange:#x}");
        }
    }
}
