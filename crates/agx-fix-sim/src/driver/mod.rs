//! The part of the driver below its Objective-C classes.
//!
//! ```text
//! encoder object            context (calloc, pooled)          command storage (chunks)
//! +120  _impl  ---------->  +0x000 dirty mask
//!                           +0x098 dispatches
//!                           +0x184 spill buffer size
//!                           +0x5c8 resource list  --------->  what the pass keeps alive
//!                           +0x5f4 flags
//!                           +0x600 pipeline, bindings ...
//!                                  first, current  -------->  records, data -> next chunk
//! ```
//!
//! The driver expects one thread at a time in a context, and does not enforce it. Fields are read and written one by
//! one, without a lock and without read-modify-write instructions. Two threads in one context lose each other's
//! updates and mix each other's bindings. The fields are relaxed atomics, which compile to the plain moves of a C
//! driver: the processor decides how a race ends, and not the compiler.

pub(crate) mod commands;
pub(crate) mod context;
pub(crate) mod encode;
pub(crate) mod pool;
pub(crate) mod resources;
