//! The memory of an image: one block for its segments, the stubs of its imports, and its unwinding tables.

use agx_fix_macho::Image;
use object::macho::{SG_READ_ONLY, VM_PROT_EXECUTE, VM_PROT_READ, VM_PROT_WRITE};

/// The pages of x86_64, on both systems.
pub(super) const PAGE: usize = 4096;

/// A block, writable until it is sealed. It is never unmapped: threads and thread-local variables refer to it.
pub(super) struct Block {
    base: usize,
    size: usize,
}

impl Block {
    pub(super) fn reserve(size: usize) -> Result<Self, String> {
        let size = size.next_multiple_of(PAGE);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping, wherever the system likes.
        let memory = unsafe {
            libc::mmap(std::ptr::null_mut(), size, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
        };
        if memory == libc::MAP_FAILED {
            return Err(format!("no memory for an image: {}", std::io::Error::last_os_error()));
        }
        Ok(Self { base: memory as usize, size })
    }

    pub(super) fn base(&self) -> usize {
        self.base
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn write(&self, offset: usize, bytes: &[u8]) -> Result<(), String> {
        let end = offset.checked_add(bytes.len()).filter(|&end| end <= self.size);
        end.ok_or_else(|| format!("something is to be written at {offset:#x}, outside of the image"))?;
        // SAFETY: within the block, which is writable and not shared until it is sealed.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), (self.base + offset) as *mut u8, bytes.len())
        };
        Ok(())
    }

    /// `offset` and `size` are rounded to pages.
    pub(super) fn protect(&self, offset: usize, size: usize, protection: libc::c_int) -> Result<(), String> {
        let (start, end) = (offset / PAGE * PAGE, (offset + size).next_multiple_of(PAGE));
        // SAFETY: whole pages of the block, whose content the caller has finished.
        let done =
            unsafe { libc::mprotect((self.base + start) as *mut libc::c_void, end - start, protection) };
        if done != 0 {
            return Err(format!("pages cannot be protected: {}", std::io::Error::last_os_error()));
        }
        Ok(())
    }
}

/// How long the segments are in memory. A library's addresses begin at zero; one with another base is refused.
pub(super) fn extent(image: &Image<'_>) -> Result<usize, String> {
    if image.base() != 0 {
        return Err("the image has a base address of its own; a library's is zero".into());
    }
    let ends = image.segments.iter().map(|segment| segment.address.checked_add(segment.size));
    let end = ends.max().flatten().and_then(|end| usize::try_from(end).ok());
    end.filter(|&end| end < 1 << 31).ok_or_else(|| "the image has no segments, or too long ones".into())
}

pub(super) fn copy_segments(image: &Image<'_>, block: &Block) -> Result<(), String> {
    for segment in &image.segments {
        if segment.data.len() as u64 > segment.size {
            return Err(format!("{} is longer in the file than in memory", segment.name));
        }
        block.write(segment.address as usize, segment.data)?;
    }
    Ok(())
}

/// Sets the protection of the segments, once everything is written. `__DATA_CONST` is read-only from then on.
pub(super) fn seal_segments(image: &Image<'_>, block: &Block) -> Result<(), String> {
    for segment in image.segments.iter().filter(|segment| segment.size > 0) {
        let mut protection = 0;
        for (bit, system) in [
            (VM_PROT_READ, libc::PROT_READ),
            (VM_PROT_WRITE, libc::PROT_WRITE),
            (VM_PROT_EXECUTE, libc::PROT_EXEC),
        ] {
            if segment.protection.contains(bit) {
                protection |= system;
            }
        }
        if segment.flags.contains(SG_READ_ONLY) {
            protection = libc::PROT_READ;
        }
        block.protect(segment.address as usize, segment.size as usize, protection)?;
    }
    Ok(())
}
