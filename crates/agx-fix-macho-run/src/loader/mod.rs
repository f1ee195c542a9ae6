//! Does with a Mac's library, in a Linux process, what dyld does on a Mac.
//!
//! - `memory`: segments and their protection;
//! - `thread_locals`: thread-local variables;
//! - [`unwind`]: exceptions through the image's code.
//!
//! Not modelled: signatures, initialisers (the library has none; an image that has some is refused), weak definitions that
//! several images share.

mod memory;
mod thread_locals;
mod unwind;

pub(crate) use thread_locals::address as thread_local_address;

use crate::machine;
use crate::shims::{self, Shim};
use agx_fix_macho::{Binary, Fixup, Fixups, Image, Import, Interpose, Origin};
use memory::{Block, PAGE};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char};
use std::sync::atomic::AtomicU64;

/// An image in its place, for good.
#[derive(Debug)]
pub struct Loaded {
    /// Where it begins.
    pub base: usize,
    /// How much memory belongs to it.
    pub size: usize,
    /// The addresses of what it exports, by names with the underscore that C's names have.
    pub exports: BTreeMap<String, usize>,
    /// Its tuples: the replacement for each interposed import.
    pub interposes: BTreeMap<String, usize>,
    /// Its imports that have no shim. A call of one stops the process.
    pub without_shim: Vec<Import>,
}

/// The image of a file for this processor.
///
/// # Errors
/// There is none, or it is no library that can be loaded here.
pub fn image<'data>(binary: &'data Binary<'data>) -> Result<&'data Image<'data>, String> {
    let own = machine::ARCHITECTURE;
    let image = binary.image(own).ok_or_else(|| format!("the file has no image for {own}"))?;
    if image.initialisers() > 0 {
        return Err("the library has initialisers, which this loader does not run".into());
    }
    Ok(image)
}

impl Loaded {
    /// Maps an image and makes it run. `counters` has one number for each import, in their order.
    ///
    /// # Errors
    /// What the image has and dyld would refuse, or this loader does not know.
    pub fn new(image: &Image<'_>, counters: &[AtomicU64]) -> Result<Self, String> {
        let fixups = image.fixups().map_err(|cause| cause.to_string())?;
        let stubs = memory::extent(image)?.next_multiple_of(PAGE);
        let tables = stubs + (fixups.imports.len() * machine::STUB).next_multiple_of(PAGE);
        let table = unwind::table(image, tables)?;
        let block = Block::reserve(tables + table.len())?;

        memory::copy_segments(image, &block)?;
        let (addresses, without_shim) = bind(&fixups, &block, stubs, counters)?;
        write(&fixups, &block, &addresses)?;
        thread_locals::prepare(image, &block)?;
        block.write(tables, &table)?;
        memory::seal_segments(image, &block)?;
        block.protect(stubs, tables - stubs, libc::PROT_READ | libc::PROT_EXEC)?;
        machine::code_was_written(block.base(), tables);
        block.protect(tables, table.len(), libc::PROT_READ)?;
        // SAFETY: the table was made for this address, and has just been written there.
        unsafe { unwind::register(block.base() + tables) };

        let exports = image.export_addresses().map_err(|cause| cause.to_string())?;
        let address = |offset: u64| block.base() + offset as usize;
        Ok(Self {
            base: block.base(),
            size: block.size(),
            exports: exports.into_iter().map(|(name, offset)| (name, address(offset))).collect(),
            interposes: interposes(&fixups, image, &block)?,
            without_shim,
        })
    }

    /// Whether an address is the image's.
    pub fn holds(&self, address: usize) -> bool {
        (self.base..self.base + self.size).contains(&address)
    }
}

/// The address of each import: a stub that counts the call and jumps to the shim in the library that the import names, and in no
/// other library. A stub has no frame and touches no argument, so that stack traces, unwinding and arguments on the stack are the
/// same as without it.
fn bind<'fixups>(
    fixups: &'fixups Fixups,
    block: &Block,
    stubs: usize,
    counters: &[AtomicU64],
) -> Result<(BTreeMap<&'fixups Import, usize>, Vec<Import>), String> {
    if counters.len() != fixups.imports.len() {
        return Err("there is not one counter for each import".into());
    }
    let (mut addresses, mut without_shim) = (BTreeMap::new(), Vec::new());
    for (index, (import, counter)) in fixups.imports.iter().zip(counters).enumerate() {
        let Origin::Library(library) = &import.origin else {
            return Err(format!(
                "{} is to be looked for in {:?}, not in one library",
                import.symbol, import.origin
            ));
        };
        let at = stubs + index * machine::STUB;
        let address = match shims::find(library, &import.symbol) {
            Some(Shim::Variable(address)) => address,
            Some(Shim::Function(function)) => {
                block.write(at, &machine::counting(std::ptr::from_ref(counter) as usize, function))?;
                block.base() + at
            }
            None if import.weak => 0,
            None => {
                without_shim.push(import.clone());
                block.write(at, &missing(&import.symbol, library))?;
                block.base() + at
            }
        };
        addresses.insert(import, address);
    }
    Ok((addresses, without_shim))
}

/// Says the name and stops.
fn missing(symbol: &str, library: &str) -> [u8; machine::STUB] {
    let text = format!("{symbol} of {library}");
    // A symbol has no zero byte. The string is never freed, because the stub is not.
    let name = CString::new(text).unwrap_or_default().into_raw();
    machine::missing(name as usize, stop_at_missing as *const () as usize)
}

unsafe extern "C" fn stop_at_missing(name: *const c_char) -> ! {
    // SAFETY: the string that the stub was made with.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    crate::stop(&format!("the library calls {name}, for which there is no shim"))
}

fn write(fixups: &Fixups, block: &Block, addresses: &BTreeMap<&Import, usize>) -> Result<(), String> {
    for (&place, fixup) in &fixups.places {
        let value = match fixup {
            Fixup::Own(target) => block.base().wrapping_add(*target as usize),
            Fixup::Import(import) => {
                let addend = fixups.addends.get(&place).copied().unwrap_or(0);
                addresses[import].wrapping_add_signed(addend as isize)
            }
        };
        block.write(place as usize, &value.to_le_bytes())?;
    }
    Ok(())
}

fn interposes(fixups: &Fixups, image: &Image<'_>, block: &Block) -> Result<BTreeMap<String, usize>, String> {
    let tuples = fixups.interposes(image).into_iter().map(|tuple| match tuple {
        Interpose { replacement: Some(Fixup::Own(target)), replaced: Some(Fixup::Import(import)) } => {
            Ok((import.symbol, block.base() + target as usize))
        }
        tuple => Err(format!("a tuple says something strange: {tuple:?}")),
    });
    tuples.collect()
}

#[cfg(test)]
mod tests;
