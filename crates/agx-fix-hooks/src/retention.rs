//! Keeping encoders alive until their command buffer completes or is freed (I4), and ending them for their owners. It sends
//! `retain`, `release`, `retainCount` and `endEncoding` to encoders, and adds one handler to each command buffer.

use crate::guard::{GUARD, Process};
use crate::handlers;
use agx_fix_guard::{Key, Maker, Permit, Protection, protects};
use agx_fix_objc::block::Block;
use agx_fix_objc::{Id, memory, runtime, send};
use agx_fix_terms::Call;
use core::ffi::c_void;

/// An encoder was made for a command buffer (or by a parallel render encoder): it is opened, and retained.
///
/// # Safety
/// `encoder` is alive.
pub(crate) unsafe fn opened(encoder: Id, maker: Maker, call: Call) {
    // SAFETY: alive. The reference is given back at once, or by `release_encoder`.
    unsafe {
        memory::retain(encoder);
        if !GUARD.opened(Key(encoder.addr()), maker, call) {
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
    // SAFETY: Metal calls the handler with its command buffer.
    unsafe { handlers::completed(buffer) };
    GUARD.completed(Key(buffer.addr()), release_encoder);
}

/// Asks to be told when a buffer completes, once.
///
/// # Safety
/// `buffer` is alive, and about to be committed under `permit`.
pub(crate) unsafe fn ask_for_completion(buffer: Id, permit: &Permit<'_, Process>) {
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

/// Ends an encoder that is open on a command buffer, or was made by an encoder, and what else is open there: each for its
/// owner, and after those that it has made itself.
///
/// # Safety
/// The guard has just named `encoder`, of `parent`, under `permit`.
pub(crate) unsafe fn end_for_owner(permit: &Permit<'_, Process>, parent: Key, encoder: Key) {
    let open_under = |parent, by| GUARD.open_encoders(parent).filter(move |_| protects(by));
    for encoder in core::iter::once(encoder).chain(open_under(parent, Protection::AllMadeEnded)) {
        for encoder in open_under(encoder, Protection::MadeEndedFirst).chain(core::iter::once(encoder)) {
            permit.end_for_owner(encoder);
            // SAFETY: the guard retains the encoders of a buffer that records, and those that an open encoder has made.
            unsafe {
                send::<_, ()>(Id::from_ptr(encoder.0 as *mut c_void), runtime::selector(c"endEncoding"), ());
            }
        }
    }
}

/// Ends an open encoder before its last reference but the guard's own goes (class 5). Answers whether it did.
///
/// # Safety
/// `encoder` is alive, and about to be released by its application.
pub(crate) unsafe fn end_before_last_release(encoder: Id) -> bool {
    if !GUARD.retains_open(Key(encoder.addr())) {
        return false;
    }
    // SAFETY: alive; the reference that is about to go is still there, so ending cannot free the encoder.
    unsafe {
        // The application's last one, and the guard's.
        let references: usize = send(encoder, runtime::selector(c"retainCount"), ());
        if references == 2 {
            send::<_, ()>(encoder, runtime::selector(c"endEncoding"), ());
        }
        references == 2
    }
}
