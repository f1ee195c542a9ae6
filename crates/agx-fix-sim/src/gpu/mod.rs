//! The simulated GPU.
//!
//! - [`device`]: what all queues share.
//! - [`memory`]: the address space that kernels see.
//! - [`kernels`]: what a dispatch computes.
//! - [`model`]: how long it takes.
//! - [`queue`]: a queue's worker thread, and its places for uncompleted command buffers.
//! - [`submission`]: a command buffer from its commit to its completion.

pub(crate) mod device;
pub(crate) mod kernels;
pub(crate) mod memory;
pub(crate) mod model;
pub(crate) mod queue;
pub(crate) mod submission;
