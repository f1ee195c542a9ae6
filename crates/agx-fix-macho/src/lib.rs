//! Reads Mach-O files as dyld and the kernel do, on any system. `agx-fix run` uses it to tell beforehand whether a program
//! takes an injected library, and `cargo xtask dist` to check each build of that library. A file is only read here: nothing
//! is loaded or executed.
//!
//! - [`binary`]: a file, with the images of one architecture or of several;
//! - [`image`]: one image: its kind, its load commands, its segments;
//! - [`entitlements`]: what its signer lets a program do;
//! - [`fixups`]: what dyld writes into an image when it loads it: imports, and addresses of its own;
//! - [`signature`]: the code signature: flags, entitlements, hashes of pages;
//! - `fixture`: small Mach-O files for tests (the feature of that name).
//!
//! Layouts are those of Apple's `mach-o/loader.h`, `mach-o/fixup-chains.h` and `kern/cs_blobs.h`, which the crate `object`
//! decodes. Bytes that do not fit are [`Malformed`], never a panic.

#![forbid(unsafe_code)]

pub mod architecture;
pub mod binary;
pub mod entitlements;
#[cfg(feature = "fixture")]
pub mod fixture;
pub mod fixups;
pub mod image;
pub mod signature;

pub use architecture::Architecture;
pub use binary::Binary;
pub use entitlements::Entitlements;
pub use fixups::{Fixup, Fixups, Import, Interpose, Origin};
pub use image::{Image, Kind, Library, Version};
pub use signature::{Directory, Signature};

use std::fmt;

/// The bytes are no Mach-O file, or a damaged one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub(crate) String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

impl From<object::Error> for Malformed {
    fn from(error: object::Error) -> Self {
        Self(error.to_string())
    }
}

/// What the functions here answer.
pub type Result<T> = std::result::Result<T, Malformed>;

/// A name in a Mach-O file, which may be of any bytes.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
