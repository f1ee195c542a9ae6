//! Blocks that a client hands in, kept until they have been called.

use crate::Id;
use crate::block::{Block, IS_GLOBAL};
use agx_fix_platform::symbol;

/// A block that takes one object.
#[derive(Debug)]
pub struct Callback {
    block: *const Block,
    copied: bool,
}

// SAFETY: a global block, or a copy on the heap that this value owns; Metal calls blocks on threads of its own.
unsafe impl Send for Callback {}

impl Callback {
    /// Keeps a block. A global block is used where it is; another is copied by the process's own blocks runtime. Where
    /// there is none, no block on the stack can outlive its frame, and the block is used where it is.
    ///
    /// # Safety
    /// `block` is nil or a block that takes one object.
    pub unsafe fn keep(block: Id) -> Option<Self> {
        let block = block.as_ptr().cast::<Block>().cast_const();
        // SAFETY: nil or a block, as the caller says; `_Block_copy` has this signature (Block.h).
        unsafe {
            if block.as_ref()?.flags & IS_GLOBAL != 0 {
                return Some(Self { block, copied: false });
            }
            match symbol(c"_Block_copy") {
                Some(function) => {
                    let copy: unsafe extern "C-unwind" fn(*const Block) -> *const Block =
                        core::mem::transmute(function);
                    Some(Self { block: copy(block), copied: true })
                }
                None => Some(Self { block, copied: false }),
            }
        }
    }

    /// Calls the block.
    ///
    /// # Safety
    /// `argument` is what the block takes.
    pub unsafe fn call(&self, argument: Id) {
        // SAFETY: the argument is the block's, as the caller says; a block's function takes the block first.
        unsafe {
            let invoke: unsafe extern "C-unwind" fn(*const Block, Id) =
                core::mem::transmute((*self.block).invoke);
            invoke(self.block, argument);
        }
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        if let Some(function) = symbol(c"_Block_release").filter(|_| self.copied) {
            // SAFETY: `_Block_release` has this signature (Block.h), and this value owns the copy.
            unsafe {
                let release: unsafe extern "C-unwind" fn(*const Block) = core::mem::transmute(function);
                release(self.block);
            }
        }
    }
}
