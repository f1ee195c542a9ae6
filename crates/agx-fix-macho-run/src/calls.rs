//! Counts how often each import is called, over all processes that share a file.
//!
//! The file is an array of 64-bit numbers, one for each import of the image in the order of
//! [`agx_fix_macho::Fixups::imports`]. Each process maps it and adds to it, so that a process that crashes is counted too.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::os::fd::AsRawFd;
use std::sync::atomic::AtomicU64;

/// Names the file. Without it nothing is shared.
pub const FILE: &str = "MACHO_RUN_CALLS";

/// Counters for so many imports, at zero or as other processes have left them.
///
/// # Errors
/// The file cannot be written or mapped.
pub fn counters(imports: usize, file: Option<&OsStr>) -> Result<&'static [AtomicU64], String> {
    let Some(path) = file.filter(|_| imports > 0) else {
        return Ok(Vec::leak((0..imports).map(|_| AtomicU64::new(0)).collect()));
    };
    let cannot = |cause: std::io::Error| format!("{} cannot be counted in: {cause}", path.display());
    let size = imports * size_of::<AtomicU64>();
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let file = open.map_err(cannot)?;
    // All processes set the same size, so the content stays.
    file.set_len(size as u64).map_err(cannot)?;
    // SAFETY: a new mapping of a file of that size; it stays when the file is closed.
    let memory = unsafe {
        let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        libc::mmap(std::ptr::null_mut(), size, protection, flags, file.as_raw_fd(), 0)
    };
    if memory == libc::MAP_FAILED {
        return Err(cannot(std::io::Error::last_os_error()));
    }
    // SAFETY: mapped for good, of that length, aligned to a page, and only ever changed atomically.
    Ok(unsafe { std::slice::from_raw_parts(memory.cast(), imports) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering;

    #[test]
    fn processes_add_to_what_is_there() {
        let path = std::env::temp_dir().join(format!("macho-run-calls-{}", std::process::id()));
        let first = counters(3, Some(path.as_os_str())).unwrap();
        first[2].fetch_add(5, Ordering::Relaxed);
        let second = counters(3, Some(path.as_os_str())).unwrap();
        second[2].fetch_add(1, Ordering::Relaxed);
        assert_eq!(first[2].load(Ordering::Relaxed), 6);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!((bytes.len(), &bytes[16..]), (24, &6u64.to_le_bytes()[..]));
        assert!(counters(1, Some(OsStr::new("/dev/null/nowhere"))).is_err());
    }
}
