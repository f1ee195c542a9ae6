//! The program that `run` is to start: found, and known to take an injected library, before anything is started. A
//! dynamic linker that ignores the library says nothing, and the program would run unguarded.

use crate::error::{Error, Result};
use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64, PT_INTERP};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, ReadCache};
use rustix::fs::{Access, access};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Scripts whose interpreter is a script: as many as Linux follows.
const MOST_INTERPRETERS: usize = 4;
const SET_ID_BITS: u32 = 0o6000;

/// The file that `command` names: itself where it is a path, else the first of that name in `search` (`PATH`).
pub(crate) fn find(command: &OsStr, search: Option<&OsStr>) -> Result<PathBuf> {
    let name = command.display();
    let candidates: Vec<PathBuf> = if command.as_bytes().contains(&b'/') {
        vec![PathBuf::from(command)]
    } else {
        search.map(std::env::split_paths).into_iter().flatten().map(|folder| folder.join(command)).collect()
    };
    let files: Vec<PathBuf> = candidates.into_iter().filter(|path| path.is_file()).collect();
    match files.iter().find(|path| access(path.as_path(), Access::EXEC_OK).is_ok()) {
        Some(path) => Ok(path.clone()),
        None => Err(Error::new(match files.first() {
            Some(path) => format!("{} is not executable, so it cannot be started", path.display()),
            None if command.as_bytes().contains(&b'/') => format!("{name} is not a file that can be started"),
            None => format!("there is no command {name:?} in PATH"),
        })),
    }
}

/// Refuses a program that would run without the library.
pub(crate) fn check(program: &Path, search: Option<&OsStr>) -> Result<()> {
    let mut path = program.to_owned();
    for _ in 0..=MOST_INTERPRETERS {
        let mut file =
            File::open(&path).map_err(|cause| refusal(&path, &format!("cannot be read ({cause})")))?;
        let mode = file.metadata().map_or(0, |it| it.mode());
        let mut start = Vec::new();
        file.by_ref()
            .take(256)
            .read_to_end(&mut start)
            .map_err(|cause| refusal(&path, &cause.to_string()))?;
        if let Some(line) = start.strip_prefix(b"#!") {
            path = interpreter(line, search)
                .ok_or_else(|| refusal(&path, "names no interpreter after `#!` that can be found"))?;
            continue;
        }
        if mode & SET_ID_BITS != 0 {
            return Err(refusal(
                &path,
                "is setuid or setgid, and the system loads no foreign library into such",
            ));
        }
        return check_elf(file, &start).map_err(|why| refusal(&path, why));
    }
    Err(refusal(program, "is a script of a script of a script, too deep to be followed"))
}

fn refusal(path: &Path, why: &str) -> Error {
    Error::new(format!("{} {why}, so it was not started", path.display()))
}

/// What the line after `#!` starts in the end: `/usr/bin/env NAME` starts NAME.
fn interpreter(line: &[u8], search: Option<&OsStr>) -> Option<PathBuf> {
    let line = line.split(|byte| *byte == b'\n').next()?;
    let mut words =
        line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(OsStr::from_bytes);
    let first = PathBuf::from(words.next()?);
    if first.file_name() != Some(OsStr::new("env")) {
        return first.is_file().then_some(first);
    }
    let name = words.find(|word| !word.as_bytes().starts_with(b"-") && !word.as_bytes().contains(&b'='))?;
    find(name, search).ok()
}

fn check_elf(file: File, start: &[u8]) -> std::result::Result<(), &'static str> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !start.starts_with(b"\x7fELF") {
        return Err("is neither an ELF program nor a script that begins with `#!`");
    }
    let other_architecture =
        || Err("is built for another architecture than agx-fix, whose library it cannot load");
    let cache = ReadCache::new(file);
    let Ok(header) = FileHeader64::<Endianness>::parse(&cache) else { return other_architecture() };
    let Ok(endian) = header.endian() else { return other_architecture() };
    let machine = if cfg!(target_arch = "aarch64") { EM_AARCH64 } else { EM_X86_64 };
    if header.e_machine(endian) != machine {
        return other_architecture();
    }
    let segments = header.program_headers(endian, &cache).map_err(|_| "is a damaged ELF file")?;
    if segments.iter().any(|segment| segment.p_type(endian) == PT_INTERP) {
        Ok(())
    } else {
        Err("is statically linked, and only a dynamic linker can load the library into it")
    }
}

#[cfg(test)]
#[path = "program_tests.rs"]
mod tests;
