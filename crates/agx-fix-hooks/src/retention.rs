//! Keeping encoders alive until their command buffer completes or goes (I4).

use crate::host::{GUARD, Host};
use agx_fix_guard::{Key, Permit};
use agx_fix_objc::block::Block;
use agx_fix_objc::{Id, memory, runtime, send};
use core::ffi::c_void;

/// An encoder was made for a command buffer (or by a parallel render encoder): it is opened, and retained.
///
/// # Safety
/// Both are alive.
pub(crate) unsafe fn opened(encoder: Id, parent: Id) {
    // SAFETY: alive. The reference is given back at once, or by `release_encoder`.
    unsafe {
        memory::retain(encoder);
        if !GUARD.opened(Key(encoder.addr()), Key(parent.addr())) {
            memory::release(encoder);
        }
    }
}

/// Gives back the reference that `opened` took.
pub(crate) fn release_encoder(encoder: Key) {
    // SAFETY: the guard names each encoder once for each reference that was taken, and forgets those that were freed.
    unsafe { memory::release(Id::from_ptr(encoder.0 as *mut c_void)) };
}

static COMPLETED: Block = Block::of_object(buffer_completed);

unsafe extern "C-unwind" fn buffer_completed(_block: *const Block, buffer: Id) {
    GUARD.completed(Key(buffer.addr()), release_encoder);
}

/// Asks to be told when a buffer completes, if it has encoders to release and has not been asked yet.
///
/// # Safety
/// `buffer` is alive, and about to be committed under `permit`.
pub(crate) unsafe fn ask_for_completion(buffer: Id, permit: &Permit<'_, Host>) {
    let selector = runtime::selector(c"addCompletedHandler:");
    // SAFETY: the receiver is alive; Metal's command buffers take a block of this type before they are committed, and
    // the claim is granted once.
    unsafe {
        let answers = runtime::instance_method(runtime::class_of(buffer), selector).is_some();
        if answers && permit.claim_completion_handler() {
            send::<_, ()>(buffer, selector, (COMPLETED.as_id(),));
        }
    }
}
