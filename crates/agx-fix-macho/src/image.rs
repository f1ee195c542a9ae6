//! One image: what its header and its load commands say.

use crate::signature::Signature;
use crate::{Architecture, Malformed, Result, text};
use object::macho::{
    self, FileFlags, FileType, LC_CODE_SIGNATURE, LC_LOAD_WEAK_DYLIB, LoadCommandType, MachHeader64,
    Platform, SectionType, SegmentFlags, VmProt,
};
use object::read::macho::{
    ExportData, LoadCommandData, LoadCommandVariant, MachHeader, Section as _, Segment as _,
};
use object::{LittleEndian, ReadRef as _};
use std::collections::BTreeMap;
use std::fmt;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A program.
    Executable,
    /// A dynamic library.
    Library,
    /// A plug-in.
    Bundle,
    /// An object file, a dynamic linker, debugging information, ...
    Other,
}

/// A version as load commands have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 11 in 11.3.
    pub major: u16,
    /// 3 in 11.3.
    pub minor: u8,
}

impl From<macho::Version> for Version {
    fn from(version: macho::Version) -> Self {
        Self { major: (version.0 >> 16) as u16, minor: (version.0 >> 8) as u8 }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A library that dyld loads for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Its install name.
    pub name: String,
    /// Whether the image is loaded even if the library is missing.
    pub weak: bool,
}

/// A segment.
#[derive(Clone, Debug)]
pub struct Segment<'data> {
    /// `__TEXT`, ...
    pub name: String,
    /// Where the image wants it in memory.
    pub address: u64,
    /// Bytes in memory. Those that the file does not have are zero.
    pub size: u64,
    /// What may be done with it once the image is loaded.
    pub protection: VmProt,
    /// `SG_...`.
    pub flags: SegmentFlags,
    /// What the file has of it.
    pub data: &'data [u8],
    /// Its sections.
    pub sections: Vec<Section>,
}

/// A section.
#[derive(Clone, Debug)]
pub struct Section {
    /// `__text`, ...
    pub name: String,
    /// Where the image wants it in memory.
    pub address: u64,
    /// In bytes.
    pub size: u64,
    /// The power of two that its address is a multiple of.
    pub align: u32,
    /// What it holds.
    pub kind: SectionType,
    /// Whether it holds code.
    pub is_code: bool,
}

/// An image.
#[derive(Debug)]
pub struct Image<'data> {
    /// The processor it is for.
    pub architecture: Architecture,
    /// What it is for.
    pub kind: Kind,
    /// `MH_...`.
    pub flags: FileFlags,
    /// The kinds of its load commands, in their order.
    pub commands: Vec<LoadCommandType>,
    /// What others load it by, if it is a library.
    pub install_name: Option<String>,
    /// The system that it is for.
    pub platform: Option<Platform>,
    /// The oldest system that it runs on.
    pub minimum: Option<Version>,
    /// The libraries it needs, in the order that imports name them by.
    pub libraries: Vec<Library>,
    /// Where `@rpath` leads.
    pub rpaths: Vec<String>,
    /// Its segments, in the order that fixups name them by.
    pub segments: Vec<Segment<'data>>,
    /// Where it begins in its file.
    pub file_offset: u64,
    data: &'data [u8],
    signature: Option<(usize, usize)>,
}

impl<'data> Image<'data> {
    pub(crate) fn parse(data: &'data [u8], file_offset: u64) -> Result<Self> {
        let header = MachHeader64::<LittleEndian>::parse(data, 0)?;
        let endian = header.endian()?;
        let mut image = Self {
            architecture: Architecture::of(header.cputype(endian), header.cpusubtype(endian)),
            kind: Kind::of(header.filetype(endian)),
            flags: header.flags(endian),
            commands: Vec::new(),
            install_name: None,
            platform: None,
            minimum: None,
            libraries: Vec::new(),
            rpaths: Vec::new(),
            segments: Vec::new(),
            file_offset,
            data,
            signature: None,
        };
        each_command(data, |command| image.read_command(command, endian))?;
        Ok(image)
    }

    fn read_command(
        &mut self,
        command: LoadCommandData<'data, LittleEndian>,
        endian: LittleEndian,
    ) -> Result<()> {
        self.commands.push(command.cmd());
        let string = |at| command.string(endian, at).map(text);
        match command.variant()? {
            LoadCommandVariant::Segment64(segment, sections) => {
                self.segments.push(Segment::parse(segment, sections, self.data)?);
            }
            LoadCommandVariant::Dylib(dylib) => self
                .libraries
                .push(Library { name: string(dylib.dylib.name)?, weak: command.cmd() == LC_LOAD_WEAK_DYLIB }),
            LoadCommandVariant::IdDylib(dylib) => self.install_name = Some(string(dylib.dylib.name)?),
            LoadCommandVariant::Rpath(rpath) => self.rpaths.push(string(rpath.path)?),
            LoadCommandVariant::BuildVersion(build, _) => {
                self.platform = Some(build.platform.get(endian));
                self.minimum = Some(build.minos.get(endian).into());
            }
            LoadCommandVariant::VersionMin(version) => {
                self.minimum = Some(version.version.get(endian).into())
            }
            LoadCommandVariant::LinkeditData(linkedit) if command.cmd() == LC_CODE_SIGNATURE => {
                let range = (linkedit.dataoff.get(endian), linkedit.datasize.get(endian));
                self.signature = Some((range.0 as usize, range.1 as usize));
            }
            _ => {}
        }
        Ok(())
    }

    /// The bytes of the image.
    pub fn data(&self) -> &'data [u8] {
        self.data
    }

    /// The code signature, if it has one.
    ///
    /// # Errors
    /// It is damaged.
    pub fn signature(&self) -> Result<Option<Signature<'data>>> {
        self.signature.map(|(offset, size)| Signature::parse(self.data, offset, size)).transpose()
    }

    /// Where the code signature begins in the image, and its length.
    pub fn signature_range(&self) -> Option<(usize, usize)> {
        self.signature
    }

    /// The names that it exports, in the order of its export trie.
    ///
    /// # Errors
    /// The trie is damaged.
    pub fn exports(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        self.each_export(|name, _| names.push(name))?;
        Ok(names)
    }

    /// The addresses of the symbols that it exports, but for those of another library and those that a function chooses at run
    /// time.
    ///
    /// # Errors
    /// The trie is damaged.
    pub fn export_addresses(&self) -> Result<BTreeMap<String, u64>> {
        let base = self.base();
        let mut addresses = BTreeMap::new();
        self.each_export(|name, data| {
            if let ExportData::Regular { address } = data {
                addresses.insert(name, base.wrapping_add(*address));
            }
        })?;
        Ok(addresses)
    }

    /// The preferred address of its header. Exports and chains count from it.
    pub fn base(&self) -> u64 {
        self.segments.iter().find(|it| it.name == "__TEXT").map_or(0, |text| text.address)
    }

    fn each_export(&self, mut body: impl FnMut(String, &ExportData<'data>)) -> Result<()> {
        let endian = LittleEndian;
        each_command(self.data, |command| {
            let trie = match command.variant()? {
                LoadCommandVariant::DyldInfo(info) if info.export_size.get(endian) > 0 => {
                    info.exports_trie(endian, self.data)?
                }
                LoadCommandVariant::LinkeditData(linkedit)
                    if linkedit.cmd.get(endian) == macho::LC_DYLD_EXPORTS_TRIE
                        && linkedit.datasize.get(endian) > 0 =>
                {
                    linkedit.exports_trie(endian, self.data)?
                }
                _ => return Ok(()),
            };
            for export in trie {
                let export = export?;
                body(text(export.name()), export.data());
            }
            Ok(())
        })
    }

    /// The sections of a type, with their segments.
    pub fn sections_of(&self, kind: SectionType) -> impl Iterator<Item = (&Segment<'data>, &Section)> {
        self.segments.iter().flat_map(move |segment| {
            segment.sections.iter().filter(move |section| section.kind == kind).map(move |it| (segment, it))
        })
    }

    /// The section of that name, in its segment.
    pub fn section(&self, segment: &str, section: &str) -> Option<(&Segment<'data>, &Section)> {
        let segment = self.segments.iter().find(|it| it.name == segment)?;
        segment.sections.iter().find(|it| it.name == section).map(|section| (segment, section))
    }

    /// Whether it has the section for which dyld ignores its environment variables, whatever the signature says.
    pub fn is_restricted(&self) -> bool {
        self.section("__RESTRICT", "__restrict").is_some()
    }

    /// How many functions dyld calls when it has loaded the image.
    pub fn initialisers(&self) -> u64 {
        let pointers = self.sections_of(macho::S_MOD_INIT_FUNC_POINTERS).map(|(_, it)| it.size / 8);
        let offsets = self.sections_of(macho::S_INIT_FUNC_OFFSETS).map(|(_, it)| it.size / 4);
        pointers.chain(offsets).sum()
    }

    /// Whether `address` lies in a section of code.
    pub fn is_code(&self, address: u64) -> bool {
        let mut sections = self.segments.iter().flat_map(|segment| &segment.sections);
        sections.any(|it| it.is_code && (it.address..it.address.saturating_add(it.size)).contains(&address))
    }
}

/// Calls `body` for each load command of an image.
pub(crate) fn each_command<'data>(
    data: &'data [u8],
    mut body: impl FnMut(LoadCommandData<'data, LittleEndian>) -> Result<()>,
) -> Result<()> {
    let header = MachHeader64::<LittleEndian>::parse(data, 0)?;
    let mut commands = header.load_commands(header.endian()?, data, 0)?;
    while let Some(command) = commands.next()? {
        body(command)?;
    }
    Ok(())
}

impl Kind {
    fn of(file_type: FileType) -> Self {
        match file_type {
            macho::MH_EXECUTE => Self::Executable,
            macho::MH_DYLIB => Self::Library,
            macho::MH_BUNDLE => Self::Bundle,
            _ => Self::Other,
        }
    }
}

impl<'data> Segment<'data> {
    fn parse(
        segment: &macho::SegmentCommand64<LittleEndian>,
        sections: &'data [u8],
        data: &'data [u8],
    ) -> Result<Self> {
        let endian = LittleEndian;
        let sections = segment.sections(endian, sections)?.iter().map(|section| {
            let flags = section.flags(endian);
            Section {
                name: text(section.name()),
                address: section.addr(endian),
                size: section.size(endian),
                align: section.align(endian),
                kind: flags.typ(),
                is_code: flags.contains(macho::S_ATTR_PURE_INSTRUCTIONS),
            }
        });
        let (offset, size) = segment.file_range(endian);
        let bytes = data.read_bytes_at(offset, size);
        Ok(Self {
            name: text(segment.name()),
            address: segment.vmaddr(endian),
            size: segment.vmsize(endian),
            protection: segment.initprot(endian),
            flags: segment.flags(endian),
            data: bytes.map_err(|()| Malformed("a segment lies outside of the image".into()))?,
            sections: sections.collect(),
        })
    }
}
