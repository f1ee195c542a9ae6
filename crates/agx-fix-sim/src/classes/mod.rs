//! Metal's classes. A class of objects is a module; a driver has classes of its own from it, under its own names.
//!
//! Ownership follows Cocoa: `new...` answers a reference of the caller's, every other factory an autoreleased object.
//! Who holds whom:
//!
//! ```text
//! queue <- command buffer <- open encoder         (until endEncoding)
//!          command buffer -> ended encoder        (`_previousComputeCommandEncoder`, until reused or committed)
//!          command buffer <- queue's worker       (from commit to completion)
//! parallel render encoder <- open sub-encoder
//! wrapper -> what it wraps
//! ```

pub(crate) mod buffer;
pub(crate) mod command_allocator;
pub(crate) mod command_buffer;
pub(crate) mod command_queue;
pub(crate) mod debug;
pub(crate) mod device;
pub(crate) mod encoder;
pub(crate) mod event;
pub(crate) mod family;
pub(crate) mod kind;
pub(crate) mod library;
pub(crate) mod tables;
