//! A file: one image, or a universal file with an image for each of several architectures.

use crate::{Architecture, Image, Malformed, Result};
use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::{FileKind, ReadRef as _};

/// The images of a file, in its order.
#[derive(Debug)]
pub struct Binary<'data> {
    /// At least one.
    pub images: Vec<Image<'data>>,
}

impl<'data> Binary<'data> {
    /// Whether a file that begins with these bytes (four are enough) says that it is a Mach-O file. Java's class files
    /// begin like universal files; [`Binary::parse`] tells them apart.
    pub fn begins_like_one(start: &[u8]) -> bool {
        const MAGIC: [[u8; 4]; 4] = [
            [0xcf, 0xfa, 0xed, 0xfe],
            [0xce, 0xfa, 0xed, 0xfe],
            [0xca, 0xfe, 0xba, 0xbe],
            [0xca, 0xfe, 0xba, 0xbf],
        ];
        MAGIC.iter().any(|magic| start.starts_with(magic))
    }

    /// Reads the images of a file.
    ///
    /// # Errors
    /// No Mach-O file, one of 32 bits or of the other byte order, or a damaged one.
    pub fn parse(data: &'data [u8]) -> Result<Self> {
        let foreign = || Malformed("it is not a Mach-O file".into());
        match FileKind::parse(data).map_err(|_| foreign())? {
            FileKind::MachO64 => Ok(Self { images: vec![Image::parse(data, 0)?] }),
            FileKind::MachOFat32 => Self::universal(data, MachOFatFile32::parse(data)?.arches()),
            FileKind::MachOFat64 => Self::universal(data, MachOFatFile64::parse(data)?.arches()),
            FileKind::MachO32 => Err(Malformed("it is a 32-bit program, which macOS runs no more".into())),
            _ => Err(foreign()),
        }
    }

    fn universal(data: &'data [u8], arches: &[impl FatArch]) -> Result<Self> {
        let images = arches.iter().map(|arch| {
            let (offset, size) = arch.file_range();
            let bytes = data.read_bytes_at(offset, size);
            let bytes = bytes.map_err(|()| Malformed("an image lies outside of the file".into()))?;
            let image = Image::parse(bytes, offset)?;
            let said = Architecture::of(arch.cputype(), arch.cpusubtype());
            if said != image.architecture {
                return Err(Malformed(format!("an image for {} is filed under {said}", image.architecture)));
            }
            Ok(image)
        });
        let images: Vec<_> = images.collect::<Result<_>>()?;
        if images.is_empty() {
            return Err(Malformed("it is a universal file without an image".into()));
        }
        Ok(Self { images })
    }

    /// The image for an architecture.
    pub fn image(&self, architecture: Architecture) -> Option<&Image<'data>> {
        self.images.iter().find(|image| image.architecture == architecture)
    }

    /// The architectures of the file.
    pub fn architectures(&self) -> Vec<Architecture> {
        self.images.iter().map(|image| image.architecture).collect()
    }
}
