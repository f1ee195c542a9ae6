//! Fixups: what dyld writes into an image when it loads it. These are the addresses of other images' symbols, and the image's own
//! addresses, moved to where the image lies. They have two encodings: opcodes (`LC_DYLD_INFO_ONLY`), and chains through the
//! places themselves (`LC_DYLD_CHAINED_FIXUPS`, by linkers for macOS 12 and newer).

use crate::image::{Segment, each_command};
use crate::{Image, Malformed, Result, text};
use object::LittleEndian;
use object::macho::{self, BindDylib};
use object::read::macho::{Bind, DyldChainedFixups, Fixup as Chained, LoadCommandVariant};
use std::collections::{BTreeMap, BTreeSet};

/// Where dyld looks for an imported symbol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// In the library of this install name, and nowhere else.
    Library(String),
    /// In the image itself.
    Own,
    /// In the program.
    Program,
    /// In the first image that has it, in the order of loading.
    Anywhere,
}

/// A symbol of another image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// Its name, with the underscore that C's names have.
    pub symbol: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether the image is loaded even if the symbol is missing.
    pub weak: bool,
}

/// What dyld writes to a place in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fixup {
    /// The address of an import.
    Import(Import),
    /// An address in the image, as if the image lay at its preferred base.
    Own(u64),
}

/// A tuple of `__interpose`: where other images call `replaced`, dyld has them call `replacement`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpose {
    /// The function that is called.
    pub replacement: Option<Fixup>,
    /// The function that it replaces.
    pub replaced: Option<Fixup>,
}

/// All fixups of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixups {
    /// By the address of the place.
    pub places: BTreeMap<u64, Fixup>,
    /// All imports, also those that no place uses.
    pub imports: BTreeSet<Import>,
    /// What is added to the address of an import, by the address of the place, where that is not zero.
    pub addends: BTreeMap<u64, i64>,
    /// How many times dyld writes.
    written: usize,
}

/// The segment and section with the tuples.
pub const INTERPOSE: (&str, &str) = ("__DATA", "__interpose");

impl Image<'_> {
    /// What dyld writes into the image.
    ///
    /// # Errors
    /// Its tables are damaged.
    pub fn fixups(&self) -> Result<Fixups> {
        let (mut all, endian) = (Fixups::default(), LittleEndian);
        each_command(self.data(), |command| match command.variant()? {
            LoadCommandVariant::DyldInfo(info) => all.add_opcodes(self, info, endian),
            LoadCommandVariant::LinkeditData(linkedit) if command.cmd() == macho::LC_DYLD_CHAINED_FIXUPS => {
                all.add_chains(self, &linkedit.chained_fixups(endian, self.data())?, endian)
            }
            _ => Ok(()),
        })?;
        Ok(all)
    }
}

impl Fixups {
    /// The tuples of the image, in their order; `replacement` or `replaced` is missing where dyld writes nothing.
    pub fn interposes(&self, image: &Image<'_>) -> Vec<Interpose> {
        let Some((segment, section)) = image.section(INTERPOSE.0, INTERPOSE.1) else { return Vec::new() };
        let at = |address: u64| self.places.get(&address).cloned();
        let count = section.size.min(segment.data.len() as u64) / 16;
        let tuples = (0..count).map(|index| section.address.saturating_add(index * 16));
        tuples
            .map(|address| Interpose { replacement: at(address), replaced: at(address.saturating_add(8)) })
            .collect()
    }

    fn add_opcodes(
        &mut self,
        image: &Image<'_>,
        info: &macho::DyldInfoCommand<LittleEndian>,
        endian: LittleEndian,
    ) -> Result<()> {
        let data = image.data();
        for rebase in info.rebases(endian, data, 8)? {
            let rebase = rebase?;
            let segment = segment(image, rebase.segment_index.into())?;
            let target = word(segment.data, rebase.segment_offset)?;
            self.add(image, segment.address.wrapping_add(rebase.segment_offset), Fixup::Own(target))?;
        }
        let (binds, weak_binds) = (info.binds(endian, data, 8)?, info.weak_binds(endian, data, 8)?);
        for bind in binds.chain(weak_binds).chain(info.lazy_binds(endian, data, 8)?) {
            self.add_bind(image, &bind?)?;
        }
        Ok(())
    }

    fn add_bind(&mut self, image: &Image<'_>, bind: &Bind<'_>) -> Result<()> {
        let segment = segment(image, bind.segment_index.into())?;
        word(segment.data, bind.segment_offset)?;
        let import = Import {
            symbol: text(bind.symbol),
            origin: origin(image, bind.dylib)?,
            weak: bind.flags.contains(macho::BIND_SYMBOL_FLAGS_WEAK_IMPORT),
        };
        self.imports.insert(import.clone());
        let place = segment.address.wrapping_add(bind.segment_offset);
        self.add_addend(place, bind.addend);
        self.add(image, place, Fixup::Import(import))
    }

    fn add_chains(
        &mut self,
        image: &Image<'_>,
        chains: &DyldChainedFixups<'_, LittleEndian>,
        endian: LittleEndian,
    ) -> Result<()> {
        let mut imports = Vec::new();
        for import in chains.imports(endian)? {
            let import = import?;
            let addend = import.addend;
            let import = Import {
                symbol: text(import.name),
                origin: origin(image, import.dylib)?,
                weak: import.weak_import,
            };
            imports.push((import, addend));
        }
        self.imports.extend(imports.iter().map(|(import, _)| import.clone()));
        let base = image.base();
        for chained in chains.segments(endian)? {
            let chained = chained?;
            let segment = segment(image, chained.index() as usize)?;
            for fixup in chained.fixups(endian, base, segment.data) {
                let (offset, fixup) = fixup?;
                let place = segment.address.wrapping_add(offset);
                let fixup = match fixup {
                    Chained::Rebase(rebase) => Fixup::Own(base.wrapping_add(rebase.target_offset)),
                    Chained::Bind(bind) => {
                        let import = imports.get(bind.ordinal as usize);
                        let (import, addend) =
                            import.ok_or_else(|| Malformed("a chain names no import".into()))?;
                        self.add_addend(place, addend.wrapping_add(bind.addend.into()));
                        Fixup::Import(import.clone())
                    }
                    _ => return Err(Malformed("a chain is that of a kernel".into())),
                };
                self.add(image, place, fixup)?;
            }
        }
        Ok(())
    }

    fn add_addend(&mut self, place: u64, addend: i64) {
        if addend != 0 {
            self.addends.insert(place, addend);
        }
    }

    fn add(&mut self, image: &Image<'_>, place: u64, fixup: Fixup) -> Result<()> {
        self.places.insert(place, fixup);
        // Each fixup has bytes of its own. A damaged count of an opcode's repetitions would otherwise loop almost for ever.
        self.written += 1;
        if self.written > image.data().len() {
            return Err(Malformed("there are more fixups than places for them".into()));
        }
        Ok(())
    }
}

fn segment<'image, 'data>(image: &'image Image<'data>, index: usize) -> Result<&'image Segment<'data>> {
    image.segments.get(index).ok_or_else(|| Malformed("a fixup is in no segment".into()))
}

fn word(data: &[u8], offset: u64) -> Result<u64> {
    let bytes = usize::try_from(offset).ok().and_then(|offset| data.get(offset..)?.first_chunk());
    bytes
        .map(|bytes| u64::from_le_bytes(*bytes))
        .ok_or_else(|| Malformed("a fixup is outside of its segment".into()))
}

/// Libraries are counted from 1; other numbers are special.
fn origin(image: &Image<'_>, library: BindDylib) -> Result<Origin> {
    match library {
        macho::BIND_SPECIAL_DYLIB_SELF => Ok(Origin::Own),
        macho::BIND_SPECIAL_DYLIB_MAIN_EXECUTABLE => Ok(Origin::Program),
        macho::BIND_SPECIAL_DYLIB_FLAT_LOOKUP | macho::BIND_SPECIAL_DYLIB_WEAK_LOOKUP => Ok(Origin::Anywhere),
        BindDylib(number) => {
            let library = usize::try_from(number).ok().and_then(|it| image.libraries.get(it.checked_sub(1)?));
            let library = library.ok_or_else(|| Malformed("an import names no library".into()))?;
            Ok(Origin::Library(library.name.clone()))
        }
    }
}
