//! Handlers of command buffers that count their calls.
//!
//! A handler here is a block without captures, so it cannot know whose it is: there are a few, each with a count of its
//! own for the whole process, and a test gives each to one purpose.

use crate::CommandBuffer;
use crate::selectors::selectors;
use agx_fix_objc::block::Block;
use agx_fix_objc::{Id, send};
use core::sync::atomic::{AtomicU64, Ordering};

const HANDLERS: usize = 4;

static CALLS: [AtomicU64; HANDLERS] = [const { AtomicU64::new(0) }; HANDLERS];

unsafe extern "C-unwind" fn count<const N: usize>(_: *const Block, _: Id) {
    CALLS[N].fetch_add(1, Ordering::Release);
}

static BLOCKS: [Block; HANDLERS] = [
    Block::of_object(count::<0>),
    Block::of_object(count::<1>),
    Block::of_object(count::<2>),
    Block::of_object(count::<3>),
];

/// One of the handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// The first.
    A,
    /// The second.
    B,
    /// The third.
    C,
    /// The fourth.
    D,
}

/// How often the handler was called so far in this process, for whichever command buffer.
pub fn handler_calls(handler: Handler) -> u64 {
    CALLS[handler as usize].load(Ordering::Acquire)
}

impl CommandBuffer {
    /// Has the handler called when the GPU is done with the buffer. Before the commit.
    pub fn add_completed_handler(&self, handler: Handler) {
        let block = BLOCKS[handler as usize].as_id();
        // SAFETY: a live buffer and a global block that takes a command buffer.
        unsafe { send(*self.0, selectors().add_completed_handler, (block,)) }
    }

    /// Has the handler called when the GPU is given the buffer. Before the commit.
    pub fn add_scheduled_handler(&self, handler: Handler) {
        let block = BLOCKS[handler as usize].as_id();
        // SAFETY: as for `add_completed_handler`.
        unsafe { send(*self.0, selectors().add_scheduled_handler, (block,)) }
    }
}
