//! The end of an encoder.
//!
//! AGX sends itself a message for each step, so a replaced method sees each step inside the one before. A driver
//! without methods for the steps calls functions.

use super::{ENDED, Encoder, OPEN, kinds};
use crate::classes::command_buffer;
use crate::classes::family::{self, family_of};
use crate::classes::kind::Kind;
use crate::driver::encode;
use crate::fault::report::fail_assertion;
use crate::foundation::define::layout;
use crate::foundation::object;
use crate::foundation::selectors::selectors;
use agx_fix_objc::{Id, Sel, send};
use core::ffi::c_void;
use core::sync::atomic::{AtomicPtr, Ordering::AcqRel, Ordering::Relaxed};

/// One step: a message where the driver has a method for it.
unsafe fn step(this: Id, selector: Sel, function: unsafe extern "C-unwind" fn(Id, Sel)) {
    // SAFETY: the receiver is alive; steps take nothing and answer nothing.
    unsafe {
        if family_of(this).names.messages {
            send::<_, ()>(this, selector, ());
        } else {
            function(this, selector);
        }
    }
}

/// Ending an encoder that has ended does nothing: the driver tears down only what is there.
pub(super) unsafe extern "C-unwind" fn end_encoding(this: Id, _: Sel) {
    // SAFETY: the receiver is alive; its references were taken in `init` and `open` and are given up by whichever
    // thread swaps them out.
    unsafe {
        let encoder = layout::<Encoder>(this);
        if encoder.phase.load(Relaxed) != OPEN {
            return;
        }
        if encoder.parts.load(Relaxed) > 0 {
            // No crash report has this text.
            fail_assertion(
                "-[AGXG16XFamilyParallelRenderContext endEncoding]: failed assertion \
                 'a render command encoder made by this encoder is still encoding'",
            );
        }
        encoder.phase.store(ENDED, Relaxed);
        step(this, selectors().deferred_end_encoding, deferred_end_encoding);
        let take = |field: &AtomicPtr<c_void>| Id::from_ptr(field.swap(core::ptr::null_mut(), AcqRel));
        let (parent, buffer) = (take(&encoder.parent), take(&encoder.command_buffer));
        if !parent.is_null() {
            kinds::part_ended(parent);
        } else if !buffer.is_null() {
            command_buffer::encoder_ended(buffer, this, encoder.kind());
        }
        object::release(buffer);
    }
}

pub(super) unsafe extern "C-unwind" fn deferred_end_encoding(this: Id, selector: Sel) {
    // SAFETY: the receiver is alive.
    unsafe {
        match layout::<Encoder>(this).kind() {
            Kind::Compute => step(this, selectors().end_compute_pass, end_pass),
            _ => end_pass(this, selector),
        }
    }
}

pub(super) unsafe extern "C-unwind" fn end_pass(this: Id, _: Sel) {
    // SAFETY: the receiver is alive, and holds its command buffer while it is open.
    unsafe {
        let encoder = layout::<Encoder>(this);
        let pass = encode::take_pass(&encoder.context);
        let buffer = Id::from_ptr(encoder.command_buffer.load(Relaxed));
        if let Some(pass) = pass.filter(|_| !buffer.is_null()) {
            command_buffer::append(buffer, pass);
        }
        step(this, selectors().destroy_impl, destroy_impl);
    }
}

pub(super) unsafe extern "C-unwind" fn destroy_impl(this: Id, _: Sel) {
    // SAFETY: the receiver is alive.
    unsafe { encode::destroy(&layout::<Encoder>(this).context) };
}

pub(super) unsafe extern "C-unwind" fn dealloc(this: Id, selector: Sel) {
    // SAFETY: the last reference is gone.
    unsafe {
        let encoder = layout::<Encoder>(this);
        if encoder.phase.load(Relaxed) == OPEN {
            fail_assertion(
                "-[_MTLCommandEncoder dealloc]:131: failed assertion 'Command encoder released without endEncoding'",
            );
        }
        if !encoder.context.load(Relaxed).is_null() {
            step(this, selectors().destroy_impl, destroy_impl);
        }
        family::dealloc(this, selector);
    }
}
