//! An encoder without a reference, as a program in C++ or one with a reference too few holds it.

use crate::ComputeEncoder;
use crate::selectors::selectors;
use agx_fix_objc::{Id, send};

/// An encoder that may have been freed. Calling it then is a use after free, which this type exists to show: see what
/// the crate says about safety.
#[derive(Clone, Copy, Debug)]
pub struct UnretainedEncoder(Id);

impl ComputeEncoder {
    /// Gives up the reference and keeps the address.
    pub fn into_unretained(self) -> UnretainedEncoder {
        UnretainedEncoder(*self.0)
    }
}

impl UnretainedEncoder {
    /// Reserves threadgroup memory: a call that an encoder in use takes at any time.
    pub fn set_threadgroup_memory_length(self, bytes: usize, index: usize) {
        // SAFETY: two words; that the encoder is alive is what the caller puts to the test, and a process without
        // protection may die of it here.
        unsafe { send(self.0, selectors().set_threadgroup_memory_length, (bytes, index)) }
    }
}
