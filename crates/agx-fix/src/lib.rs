//! `libagx_fix`: the library that is injected into a process that uses Metal.
//!
//! Glue only: it interposes Metal's device factories, reads the options at the first device, and offers the C API of
//! `include/agx_fix.h`. It has no initialiser: in a process that never asks for a Metal device none of its code runs.

pub mod c_api;
mod output;
mod start;

agx_fix_metal::interpose_metal!(start::device_seen);
