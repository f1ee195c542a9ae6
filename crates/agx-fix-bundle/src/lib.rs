//! The built libraries, carried as bytes in the tool and unpacked to a cache folder.
//!
//! A dynamic linker loads files, not bytes, so the libraries have to lie somewhere. The name of the file has the hash
//! of the content: versions lie side by side, and a program that still runs with an older one is not disturbed.

#![forbid(unsafe_code)]

mod cache;
mod unpack;

pub use cache::{NoCacheFolder, cache_dir};
pub use unpack::{Artifact, UnpackError};

include!(concat!(env!("OUT_DIR"), "/bundle.rs"));
