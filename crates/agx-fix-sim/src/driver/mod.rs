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
//! Contexts belong to one thread at a time by the driver's own rule, which nothing enforces. Their fields are read and
//! written one by one, without a lock and without read-modify-write instructions: two threads inside one context lose
//! each other's updates and mix each other's bindings. (The fields are relaxed atomics, which compile to the plain
//! moves of a C driver, so that the races are the machine's and not the compiler's.)
//!
//! - [`context`]: layout and bindings.
//! - [`pool`]: the device's pool of contexts.
//! - [`commands`]: chunks of recorded dispatches and of argument data.
//! - [`encode`]: the methods of an encoder, phase by phase.
//! - [`resources`]: objects kept alive for the GPU.

pub(crate) mod commands;
pub(crate) mod context;
pub(crate) mod encode;
pub(crate) mod pool;
pub(crate) mod resources;
