//! Metal by messages, with what a client of it asks of its process. It touches Metal's objects through `agx-fix-objc` alone.
//!
//! A Metal client: device, queue, command buffer, compute encoder, pipeline and buffer, as owned references; and
//! [`Object`], of whatever kind, for a client that does not know what the driver has.
//!
//! Every wrapper but [`UnretainedEncoder`] holds one reference; cloning retains, dropping releases. What Metal answers
//! autoreleased is retained before the answer is handed on, so it outlives the pool; a caller that makes many objects
//! drains pools of its own ([`agx_fix_objc::memory::autorelease_pool`]).
//!
//! # What "safe" means here, and where it ends
//!
//! These functions keep the rules that types can keep: signatures, lifetimes of arguments, ownership, bounds of
//! copies. They do **not** keep Metal's threading rules. A device and a queue may be used by any thread; a command
//! buffer and an encoder by one thread at a time, and an encoder not at all after
//! [`ComputeEncoder::end_encoding`]. The wrappers are `Send + Sync` all the same and every method takes `&self`,
//! because the workload on top of them exists to break exactly this rule, as the applications do whose crashes it
//! reproduces. A driver without protection may then read NULL, free a context twice or abort: **a program that
//! breaks the rule may crash inside a function that Rust calls safe**. This crate is for such tests; an ordinary
//! Metal client wants wrappers that enforce the rule.
//!
//! The same goes for a buffer's bytes while the GPU works on them: [`Buffer::read_f32`] and [`Buffer::write`] copy
//! without asking. Call them before the work is committed or after it has completed.
//!
//! [`injected`] asks an injected agx-fix library what it has counted, [`simulated`] asks the simulated driver. The macro
//! [`interpose_metal!`] places in the injected library what stands in front of Metal's device factories.

mod blit;
mod buffer;
mod by_name;
mod commands;
mod device;
mod encoder;
mod foundation;
mod handlers;
pub mod injected;
mod interpose;
mod selectors;
pub mod simulated;

pub use blit::BlitEncoder;
pub use buffer::Buffer;
pub use by_name::{Argument, Object};
pub use commands::{CommandBuffer, CommandQueue, Event, Status};
pub use device::{ComputePipeline, Device};
pub use encoder::{ComputeEncoder, UnretainedEncoder};
pub use handlers::{Handler, handler_calls};
#[doc(hidden)]
pub use interpose::__private;

/// Declares a wrapper around one owned reference.
macro_rules! wrapper {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub(crate) agx_fix_objc::memory::Strong);
    };
}
use wrapper;

/// Whether an object has a method: a driver may be older than the method, and the simulator has not all of them.
fn responds(object: &agx_fix_objc::memory::Strong, selector: agx_fix_objc::Sel) -> bool {
    // SAFETY: the reference keeps the object alive; its class came from the runtime.
    unsafe { agx_fix_objc::runtime::instance_method(agx_fix_objc::runtime::class_of(**object), selector) }
        .is_some()
}
