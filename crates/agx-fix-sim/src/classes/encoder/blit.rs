//! Copies and fills between buffers, which the simulated GPU performs. The other calls of a blit encoder are only
//! counted.

use super::Encoder;
use crate::classes::buffer::address_of_range;
use crate::driver::encode;
use crate::fault::site;
use crate::foundation::define::{layout, methods};
use crate::gpu::kernels::{COPY, FILL};
use agx_fix_objc::abi::Range;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Id, Sel};

unsafe extern "C-unwind" fn copy(
    this: Id,
    _: Sel,
    source: Id,
    source_offset: usize,
    destination: Id,
    destination_offset: usize,
    size: usize,
) {
    // SAFETY: the receiver is alive; the sender gives buffers, or nil.
    unsafe {
        let operands = [
            (source, address_of_range(source, source_offset, size)),
            (destination, address_of_range(destination, destination_offset, size)),
        ];
        let context = &layout::<Encoder>(this).context;
        encode::blit(context, COPY, &operands, [size as u64, 0], &site::BLIT_COPY);
    }
}

unsafe extern "C-unwind" fn fill(this: Id, _: Sel, buffer: Id, range: Range, value: u8) {
    // SAFETY: the receiver is alive; the sender gives a buffer, or nil.
    unsafe {
        let operands = [(buffer, address_of_range(buffer, range.location, range.length))];
        let context = &layout::<Encoder>(this).context;
        encode::blit(context, FILL, &operands, [range.length as u64, value.into()], &site::BLIT_FILL);
    }
}

/// Adds the methods.
pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    methods! { builder;
        - c"copyFromBuffer:sourceOffset:toBuffer:destinationOffset:size:" = copy(Id, usize, Id, usize, usize);
        - c"fillBuffer:range:value:" = fill(Id, Range, u8);
    }
}
