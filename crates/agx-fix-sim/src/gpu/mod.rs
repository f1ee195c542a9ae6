//! The simulated GPU.

pub(crate) mod device;
pub(crate) mod kernels;
pub(crate) mod memory;
pub(crate) mod model;
pub(crate) mod queue;
pub(crate) mod submission;
