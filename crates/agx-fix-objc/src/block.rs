//! Callbacks in the layout of Apple's blocks (Block ABI, clang's `Block-ABI-Apple`): global blocks without captures.

use crate::runtime::GLOBAL_BLOCK_CLASS;
use core::ffi::{c_int, c_ulong, c_void};

/// `BLOCK_IS_GLOBAL`: copying and releasing such a block does nothing.
pub const IS_GLOBAL: c_int = 1 << 28;

/// The head of every block.
#[repr(C)]
#[derive(Debug)]
pub struct Block {
    isa: *const c_void,
    /// Flags of the ABI.
    pub flags: c_int,
    reserved: c_int,
    /// The function, whose first argument is the block.
    pub invoke: *const c_void,
    descriptor: *const Descriptor,
}

#[repr(C)]
#[derive(Debug)]
struct Descriptor {
    reserved: c_ulong,
    size: c_ulong,
}

static DESCRIPTOR: Descriptor = Descriptor { reserved: 0, size: size_of::<Block>() as c_ulong };

// SAFETY: immutable after construction.
unsafe impl Sync for Block {}
// SAFETY: as above.
unsafe impl Send for Block {}

impl Block {
    /// A block without captures around a function that takes the block and one object.
    pub const fn of_object(function: unsafe extern "C-unwind" fn(*const Block, crate::Id)) -> Self {
        Self {
            isa: GLOBAL_BLOCK_CLASS,
            flags: IS_GLOBAL,
            reserved: 0,
            invoke: function as *const c_void,
            descriptor: &raw const DESCRIPTOR,
        }
    }

    /// The block as an argument.
    pub fn as_id(&'static self) -> crate::Id {
        crate::Id::from_ptr((&raw const *self).cast_mut().cast())
    }
}
