//! Metal's classes as the AGX driver names them, one a file.
//!
//! Ownership follows Cocoa: `new...` answers a reference of the caller's, every other factory an autoreleased object.
//! Who holds whom:
//!
//! ```text
//! queue <- command buffer <- open encoder         (until endEncoding)
//!          command buffer -> ended encoder        (`_previousComputeCommandEncoder`, until reused or committed)
//!          command buffer <- queue's worker       (from commit to completion)
//! ```

pub(crate) mod buffer;
pub(crate) mod command_buffer;
pub(crate) mod command_queue;
pub(crate) mod compute_encoder;
pub(crate) mod compute_pipeline;
pub(crate) mod device;
pub(crate) mod function;
pub(crate) mod library;
