//! Metal's classes, a module for each kind of object. Every driver has classes of its own, under its own names.
//!
//! Ownership follows Cocoa: `new...` answers a reference that the caller owns, every other factory an autoreleased
//! object. Who holds a reference to whom:
//!
//! ```text
//! queue <- command buffer <- open encoder         (until endEncoding)
//!          command buffer -> ended encoder        (`_previousComputeCommandEncoder`, until reused or committed)
//!          command buffer <- queue's worker       (from commit to completion)
//! parallel render encoder <- open sub-encoder
//! wrapper -> the object that it wraps
//! ```

pub(crate) mod buffer;
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
