//! Parallel render encoders. They stay open while an encoder that they made is open; each of these has its own `_impl`.

use super::{Config, Encoder};
use crate::classes::kind::Kind;
use crate::driver::encode;
use crate::fault::site;
use crate::foundation::define::{layout, methods};
use crate::foundation::object;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Id, Sel};
use core::sync::atomic::Ordering::Relaxed;

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
    // SAFETY: the caller promises an encoder that it holds a reference to; its class is laid out as `Encoder`.
    unsafe { layout::<Encoder>(parent) }.parts.fetch_sub(1, Relaxed);
    // SAFETY: the caller promises a reference of its own, and gives it up.
    unsafe { object::release(parent) };
}

/// Adds the methods.
pub(super) fn add_methods(builder: ClassBuilder) -> ClassBuilder {
    methods! { builder; - c"renderCommandEncoder" = render_command_encoder() -> Id; }
}
