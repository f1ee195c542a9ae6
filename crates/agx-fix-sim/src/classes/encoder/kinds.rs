//! What single kinds of encoder have of their own.
//!
//! Copies and fills of blit encoders, which the simulated GPU performs; their other calls are only counted. Parallel render
//! encoders, which stay open while an encoder that they made is open; each of these has its own `_impl`.

use super::{Config, Encoder};
use crate::classes::buffer::address_of_range;
use crate::classes::kind::Kind;
use crate::driver::encode;
use crate::fault::site;
use crate::foundation::define::{layout, methods};
use crate::foundation::object;
use crate::gpu::kernels::{COPY, FILL};
use agx_fix_objc::abi::Range;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Id, Sel};
use core::sync::atomic::Ordering::Relaxed;

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

/// Adds the methods of blit encoders.
pub(super) fn add_blit_methods(builder: ClassBuilder) -> ClassBuilder {
    methods! { builder;
        - c"copyFromBuffer:sourceOffset:toBuffer:destinationOffset:size:" = copy(Id, usize, Id, usize, usize);
        - c"fillBuffer:range:value:" = fill(Id, Range, u8);
    }
}

unsafe extern "C-unwind" fn render_command_encoder(this: Id, _: Sel) -> Id {
    // SAFETY: the receiver is alive, and holds its command buffer while it is open.
    unsafe {
        let encoder = layout::<Encoder>(this);
        encode::touch(&encoder.context, 0, false, &site::SUB_ENCODER);
        let buffer = Id::from_ptr(encoder.command_buffer.load(Relaxed));
        let config = Config { kind: Kind::Render, dispatch_type: 0, parent: this };
        encoder.parts.fetch_add(1, Relaxed);
        super::new(buffer, &config)
    }
}

/// A part has ended: it gives back the parent that it held.
///
/// # Safety
/// `parent` is a parallel render encoder that the caller owns a reference to.
pub(super) unsafe fn part_ended(parent: Id) {
    // SAFETY: the caller owns a reference to this encoder, so it is alive.
    unsafe { layout::<Encoder>(parent) }.parts.fetch_sub(1, Relaxed);
    // SAFETY: that reference is given back once, here.
    unsafe { object::release(parent) };
}

/// Adds the methods of parallel render encoders.
pub(super) fn add_parallel_methods(builder: ClassBuilder) -> ClassBuilder {
    methods! { builder; - c"renderCommandEncoder" = render_command_encoder() -> Id; }
}
