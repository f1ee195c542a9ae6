//! What dyld does with a library, for an x86_64 image in a Linux process.
//!
//! - `memory`: segments and their protection;
//! - `stubs`: how imports are reached and counted;
//! - `thread_locals`: thread-local variables;
//! - [`unwind`]: exceptions through the image's code.
//!
//! Not modelled: signatures, initialisers (the library has none; an image that has some is refused), weak definitions that
//! several images share.

mod memory;
mod stubs;
mod thread_locals;
mod unwind;

use crate::shims::{self, Shim};
use agx_fix_macho::{Architecture, Binary, Fixup, Fixups, Image, Import, Interpose, Origin};
use memory::{Block, PAGE};
use std::collections::BTreeMap;
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
    /// Its tuples: what is to be called where somebody calls the import of that name.
    pub interposes: BTreeMap<String, usize>,
    /// Its imports that have no shim. A call of one stops the process.
    pub without_shim: Vec<Import>,
}

/// The x86_64 image of a file.
///
/// # Errors
/// There is none, or it is no library that can be loaded here.
pub fn image<'data>(binary: &'data Binary<'data>) -> Result<&'data Image<'data>, String> {
    let image = binary.image(Architecture::X86_64).ok_or("the file has no image for x86_64")?;
    if image.initialisers() > 0 {
        return Err("the library has initialisers, which nobody here runs".into());
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
        let tables = stubs + (fixups.imports.len() * stubs::SIZE).next_multiple_of(PAGE);
        let table = unwind::table(image, tables)?;
        let block = Block::reserve(tables + table.len())?;

        memory::copy_segments(image, &block)?;
        let (addresses, without_shim) = bind(&fixups, &block, stubs, counters)?;
        write(&fixups, &block, &addresses)?;
        thread_locals::prepare(image, &block)?;
        block.write(tables, &table)?;
        memory::seal_segments(image, &block)?;
        block.protect(stubs, tables - stubs, libc::PROT_READ | libc::PROT_EXEC)?;
        block.protect(tables, table.len(), libc::PROT_READ)?;
        // SAFETY: made for this place, and just put there.
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

/// The address of each import: a stub that goes to what the library has that the import names, and no other.
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
        let at = stubs + index * stubs::SIZE;
        let address = match shims::find(library, &import.symbol) {
            Some(Shim::Variable(address)) => address,
            Some(Shim::Function(function)) => {
                block.write(at, &stubs::counting(std::ptr::from_ref(counter) as usize, function))?;
                block.base() + at
            }
            None if import.weak => 0,
            None => {
                without_shim.push(import.clone());
                block.write(at, &stubs::missing(&import.symbol, library))?;
                block.base() + at
            }
        };
        addresses.insert(import, address);
    }
    Ok((addresses, without_shim))
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
mod tests {
    use super::*;
    use std::panic::{catch_unwind, resume_unwind};
    use std::sync::atomic::Ordering;

    /// The library that `cargo xtask macho-run` has built, read for the life of the process.
    fn library() -> &'static Image<'static> {
        let path = std::env::var("AGX_MACHO_RUN_LIBRARY").expect("`cargo xtask macho-run` names the library");
        let file = Vec::leak(std::fs::read(path).expect("the library"));
        let binary = Box::leak(Box::new(Binary::parse(file).expect("a Mach-O file")));
        image(binary).expect("a library")
    }

    fn load(image: &Image<'_>) -> (Loaded, &'static [AtomicU64]) {
        let counters = crate::calls::counters(image.fixups().unwrap().imports.len(), None).unwrap();
        (Loaded::new(image, counters).unwrap(), counters)
    }

    #[test]
    #[ignore = "needs the Mac's library: cargo xtask macho-run"]
    fn the_unwinder_finds_every_function() {
        let image = library();
        let (loaded, _) = load(image);
        let count = unwind::find_all(image, loaded.base);
        println!("{count} functions have unwinding information");
        assert!(count > 1000, "{count}");
    }

    /// The exports answer, and leave a trace in the counts of imports.
    #[test]
    #[ignore = "needs the Mac's library: cargo xtask macho-run"]
    fn exports_answer_and_calls_of_imports_are_counted() {
        let image = library();
        let (loaded, counters) = load(image);
        assert_eq!(loaded.interposes.len(), 3);
        assert!(loaded.interposes.values().chain(loaded.exports.values()).all(|&it| loaded.holds(it)));
        let version = loaded.exports["_agx_fix_version"];
        let json = loaded.exports["_agx_fix_stats_json"];
        let mut buffer = vec![0u8; 4096];
        // SAFETY: the functions of these names have these signatures (agx_fix.h); a live buffer and its size.
        let (version, length) = unsafe {
            let version: extern "C" fn() -> *const std::ffi::c_char = std::mem::transmute(version);
            let json: extern "C" fn(*mut u8, usize) -> usize = std::mem::transmute(json);
            (std::ffi::CStr::from_ptr(version()), json(buffer.as_mut_ptr(), buffer.len()))
        };
        assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
        let text = std::str::from_utf8(&buffer[..length]).unwrap();
        assert!(text.starts_with('{') && text.contains("agx-fix-statistics/1"), "{text}");
        let imports = image.fixups().unwrap().imports;
        let called = imports.iter().zip(counters).filter(|(_, count)| count.load(Ordering::Relaxed) > 0);
        let called: Vec<_> = called.map(|(import, _)| import.symbol.as_str()).collect();
        assert!(called.contains(&"_malloc") && called.contains(&"_memcpy"), "{called:?}");
    }

    #[test]
    #[ignore = "needs the Mac's library: cargo xtask macho-run"]
    fn constants_are_for_reading_once_the_image_is_loaded() {
        let image = library();
        let (loaded, _) = load(image);
        let constant = image.segments.iter().find(|it| it.name == "__DATA_CONST").expect("constants");
        let start = loaded.base + constant.address as usize;
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let holds = |line: &&str| {
            let range = line.split(' ').next().and_then(|range| range.split_once('-'));
            range.is_some_and(|(from, to)| {
                let at = |text| usize::from_str_radix(text, 16).unwrap();
                (at(from)..at(to)).contains(&start)
            })
        };
        let line = maps.lines().find(holds).expect("mapped");
        assert!(line.contains(" r--p "), "{line}");
    }

    /// A panic of this test's own passes nothing of the image's; that the process still unwinds with its table registered does.
    #[test]
    #[ignore = "needs the Mac's library: cargo xtask macho-run"]
    fn the_process_still_unwinds_by_itself() {
        load(library());
        assert!(catch_unwind(|| resume_unwind(Box::new(1))).is_err());
    }
}
