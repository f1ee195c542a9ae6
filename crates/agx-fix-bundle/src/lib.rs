//! The built libraries, carried as bytes in the tool and unpacked to a cache folder.
//!
//! A dynamic linker loads files, not bytes, so the libraries have to be files. A file's name has the hash of its content, so that
//! versions lie side by side, and a program that still runs with an older one is not disturbed.

#![forbid(unsafe_code)]

mod unpack;

pub use unpack::{Artifact, UnpackError, cache_dir};

include!(concat!(env!("OUT_DIR"), "/bundle.rs"));
