//! Thread-local variables as dyld has them (dyld's `threadLocalVariables.c`, `mach-o/loader.h`): each is a descriptor of three
//! words, `{ thunk, key, offset }`. Code calls the thunk with the descriptor as its argument and gets the variable's address; every
//! other register stays as it was. A thread's variables are one block, copied from the image's template at the first call.

use super::memory::Block;
use crate::machine::thread_local_thunk;
use agx_fix_macho::Image;
use object::macho::{S_THREAD_LOCAL_REGULAR, S_THREAD_LOCAL_VARIABLES, S_THREAD_LOCAL_ZEROFILL, SectionType};

const DESCRIPTOR: usize = 24;

/// What a descriptor's second word leads to.
struct Template {
    key: libc::pthread_key_t,
    /// In the image, which is mapped for good; the part without bytes in the file is zero there.
    start: usize,
    size: usize,
    align: usize,
}

/// Completes the descriptors of an image, before it is sealed.
pub(super) fn prepare(image: &Image<'_>, block: &Block) -> Result<(), String> {
    let ranges = |kind: SectionType| {
        let all = image.sections_of(kind);
        all.map(|(_, it)| (it.address as usize, it.size as usize, it.align)).collect::<Vec<_>>()
    };
    let descriptors = ranges(S_THREAD_LOCAL_VARIABLES);
    if descriptors.is_empty() {
        return Ok(());
    }
    let parts = [ranges(S_THREAD_LOCAL_REGULAR), ranges(S_THREAD_LOCAL_ZEROFILL)].concat();
    let start = parts.iter().map(|part| part.0).min().unwrap_or(0);
    let end = parts.iter().map(|part| part.0 + part.1).max().unwrap_or(0);
    let align = parts.iter().map(|part| part.2).max().unwrap_or(0);
    if end > block.size() || align > 12 {
        return Err("the template of the thread-local variables is not in the image".into());
    }
    let mut key = 0;
    // SAFETY: a live variable, and a destructor that takes what `address` stores.
    if unsafe { libc::pthread_key_create(&raw mut key, Some(libc::free)) } != 0 {
        return Err("the system has no key left for thread-local variables".into());
    }
    let template = Template { key, start: block.base() + start, size: end - start, align: 1 << align.max(4) };
    let template = std::ptr::from_ref(Box::leak(Box::new(template))) as usize;
    for (address, size, _) in descriptors {
        for at in (address..address + size).step_by(DESCRIPTOR) {
            block.write(at, &(thread_local_thunk as *const () as usize).to_le_bytes())?;
            block.write(at + 8, &template.to_le_bytes())?;
        }
    }
    Ok(())
}

/// # Safety
/// `descriptor` was completed by `prepare`.
pub(crate) unsafe extern "C" fn address(descriptor: *const [usize; 3]) -> usize {
    // SAFETY: `prepare` has completed the descriptor, which is read-only since then.
    let [_, template, offset] = unsafe { *descriptor };
    // SAFETY: `prepare` has put the address of a leaked template there.
    let template = unsafe { &*(template as *const Template) };
    // SAFETY: a key that was made.
    let mut block = unsafe { libc::pthread_getspecific(template.key) };
    if block.is_null() {
        // SAFETY: a live variable, and a power of two that is at least 16.
        if unsafe { libc::posix_memalign(&raw mut block, template.align, template.size.max(1)) } != 0 {
            crate::stop("there is no memory for thread-local variables");
        }
        // SAFETY: the template's bytes lie in the image, and the new block has room for them.
        unsafe { std::ptr::copy_nonoverlapping(template.start as *const u8, block.cast(), template.size) };
        // SAFETY: a key that was made; its destructor frees the block.
        unsafe { libc::pthread_setspecific(template.key, block) };
    }
    block as usize + offset
}
