//! Blit encoders: copies between buffers.

use crate::selectors::selectors;
use crate::{Buffer, CommandBuffer, responds, wrapper};
use agx_fix_objc::memory::Strong;
use agx_fix_objc::send;

wrapper! {
    /// An `MTLBlitCommandEncoder`. One thread at a time, and none after the end, as the crate says.
    BlitEncoder
}

impl CommandBuffer {
    /// Whether this driver has blit encoders.
    pub fn has_blit(&self) -> bool {
        responds(&self.0, selectors().blit_encoder)
    }

    /// Opens a blit encoder; `None` if Metal refuses, or has none. Only one encoder may be open on a buffer.
    pub fn blit_encoder(&self) -> Option<BlitEncoder> {
        if !self.has_blit() {
            return None;
        }
        // SAFETY: a live buffer, which has the method; it answers an autoreleased encoder or nil, retained before its
        // pool is drained.
        unsafe { Strong::from_borrowed(send(*self.0, selectors().blit_encoder, ())).map(BlitEncoder) }
    }
}

impl BlitEncoder {
    /// Copies the first bytes of `from` to the beginning of `to`, as many as both have.
    pub fn copy(&self, from: &Buffer, to: &Buffer) {
        let bytes = from.length().min(to.length());
        // SAFETY: a live encoder, two live buffers and words; source and destination hold so many bytes.
        unsafe { send(*self.0, selectors().copy_buffer, (*from.0, 0usize, *to.0, 0usize, bytes)) }
    }

    /// Ends the encoder. Once; no other call may follow.
    pub fn end_encoding(&self) {
        // SAFETY: a live encoder; the method takes and answers nothing.
        unsafe { send(*self.0, selectors().end_encoding, ()) }
    }
}
