//! The code signature: the kernel decides by it what a program may do, and which pages it runs.

use crate::{Entitlements, Malformed, Result};
use object::BigEndian;
use object::macho::{self, CsFlags};
use object::read::macho::{CodeDirectory, CodeSignature};
use sha2::{Digest as _, Sha256};

/// A signature.
#[derive(Debug)]
pub struct Signature<'data> {
    /// The image that it is of.
    image: &'data [u8],
    /// Where it begins in the image, and its length.
    range: (usize, usize),
    /// One for each kind of hash; at least one.
    pub directories: Vec<Directory<'data>>,
    /// The entitlements, an XML property list.
    pub entitlements: Option<&'data [u8]>,
}

/// A code directory: flags and hashes of pages.
#[derive(Debug)]
pub struct Directory<'data> {
    /// `CS_...`.
    pub flags: CsFlags,
    /// Where it begins in the image.
    position: usize,
    directory: CodeDirectory<'data>,
}

impl<'data> Signature<'data> {
    pub(crate) fn parse(image: &'data [u8], offset: usize, size: usize) -> Result<Self> {
        let bytes = offset.checked_add(size).and_then(|end| image.get(offset..end));
        let bytes = bytes.ok_or_else(|| Malformed("the signature lies outside of the image".into()))?;
        let mut signature =
            Self { image, range: (offset, size), directories: Vec::new(), entitlements: None };
        for blob in CodeSignature::parse(bytes)?.blobs() {
            let blob = blob?;
            match blob.magic() {
                macho::CSMAGIC_CODEDIRECTORY => {
                    let position = offset + blob.offset() as usize;
                    signature.directories.push(Directory::new(CodeDirectory::parse(blob.data())?, position));
                }
                macho::CSMAGIC_EMBEDDED_ENTITLEMENTS => signature.entitlements = Some(blob.contents()),
                _ => {}
            }
        }
        if signature.directories.is_empty() {
            return Err(Malformed("the signature has no code directory".into()));
        }
        Ok(signature)
    }

    /// The flags of the first directory, which are those of all.
    pub fn flags(&self) -> CsFlags {
        self.directories[0].flags
    }

    /// Whether all of these flags are set.
    pub fn has(&self, flags: CsFlags) -> bool {
        self.flags().contains(flags)
    }

    /// What the signer lets the program do; nothing where the signature has no entitlements.
    ///
    /// # Errors
    /// The entitlements are no property list.
    pub fn allowed(&self) -> Result<Entitlements> {
        self.entitlements.map_or(Ok(Entitlements::default()), Entitlements::parse)
    }

    /// What is wrong with the hashes: nothing, or a line for each directory that the kernel would reject.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.range.0 + self.range.1 != self.image.len() {
            problems.push("the signature is not the last thing in the image".to_owned());
        }
        problems.extend(self.directories.iter().filter_map(|it| it.problem(self.image, self.range.0)));
        problems
    }
}

impl<'data> Directory<'data> {
    /// The header of its layout.
    pub fn header(&self) -> &'data macho::CsCodeDirectoryV0 {
        self.directory.header()
    }

    /// Where the hashes of the pages begin in the image.
    pub fn hashes_at(&self) -> usize {
        self.position + self.header().hash_offset.get(BigEndian) as usize
    }

    fn new(directory: CodeDirectory<'data>, position: usize) -> Self {
        Self { flags: directory.header().flags.get(BigEndian), position, directory }
    }

    fn problem(&self, image: &[u8], signature: usize) -> Option<String> {
        let header = self.header();
        if header.hash_type != macho::CS_HASHTYPE_SHA256 {
            return Some("the pages are not hashed by SHA-256".into());
        }
        if self.directory.code_limit() != signature as u64 {
            return Some("the signature does not cover the image up to itself".into());
        }
        // The field is an exponent; 0 is one page as long as everything.
        let page = match header.page_size {
            0 => signature.max(1),
            exponent @ 1..=20 => 1 << exponent,
            _ => return Some("the pages are larger than any system has them".into()),
        };
        let pages: Vec<&[u8]> = image[..signature].chunks(page).collect();
        if header.n_code_slots.get(BigEndian) as usize != pages.len() {
            return Some(format!(
                "there are hashes for {} pages of {}",
                header.n_code_slots.get(BigEndian),
                pages.len()
            ));
        }
        let bad = |&(index, page): &(usize, &&[u8])| {
            let hash = self.directory.code_hash(index as u32);
            hash.map_or(true, |hash| hash != &Sha256::digest(page)[..])
        };
        let bad = pages.iter().enumerate().filter(bad).count();
        (bad > 0).then(|| format!("{bad} of {} pages have another hash than the signature says", pages.len()))
    }
}
