//! The rules of Linux's dynamic linker: which program takes a library that `LD_PRELOAD` names.

use super::{Program, Refusal};
use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64, PT_INTERP};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, ReadCache};
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::PathBuf;

/// Refuses a program that would run without the library.
pub(super) fn check(real: PathBuf, mut file: File) -> Result<Program, Refusal> {
    let refused = |(cause, remedy): (&str, &str)| Refusal::new(&real, cause, remedy);
    let mut magic = [0; 4];
    let is_elf = file.read_exact(&mut magic).is_ok() && magic == *b"\x7fELF" && file.rewind().is_ok();
    if !is_elf {
        let cause = "is neither an ELF program nor a script that begins with `#!`";
        return Err(refused((cause, "give the program that is to read it, as in `agx-fix run -- sh FILE`")));
    }
    check_elf(file).map_err(refused)?;
    Ok(Program { real, slices: Vec::new(), runs: None })
}

/// Cause and remedy.
fn check_elf(file: File) -> Result<(), (&'static str, &'static str)> {
    let other_architecture = || {
        let cause = "is built for another architecture than agx-fix, whose library it cannot load";
        Err((cause, "use a build of either for the other's architecture"))
    };
    let cache = ReadCache::new(file);
    let Ok(header) = FileHeader64::<Endianness>::parse(&cache) else { return other_architecture() };
    let Ok(endian) = header.endian() else { return other_architecture() };
    let machine = if cfg!(target_arch = "aarch64") { EM_AARCH64 } else { EM_X86_64 };
    if header.e_machine(endian) != machine {
        return other_architecture();
    }
    let damaged = ("is a damaged ELF file", "install it anew");
    let segments = header.program_headers(endian, &cache).map_err(|_| damaged)?;
    if segments.iter().any(|segment| segment.p_type(endian) == PT_INTERP) {
        return Ok(());
    }
    let cause = "is statically linked, and only a dynamic linker can load the library into it";
    Err((cause, "use a dynamically linked build of it"))
}
