//! What a trampoline does around the original.

use crate::associated;
use crate::classes;
use crate::host::{GUARD, Host};
use crate::install::{self, Role};
use crate::table::{ACTIONS, Action, Hook};
use crate::trampoline::Answer;
use crate::{report, settings};
use agx_fix_guard::{Call, CallId, Entry, Key, Kind, Permit};
use agx_fix_interface::options::Strategy;
use agx_fix_objc::block::Block;
use agx_fix_objc::{Id, Imp, memory, runtime, send};

/// Runs the original of (class of `this`, level, row) as the row's action says.
///
/// # Safety
/// `this` is the receiver of a call of the row's method; `call` calls the implementation it is given with the
/// arguments of that call.
#[inline]
pub(crate) unsafe fn around<R: Answer, const ROW: usize, const LEVEL: usize>(
    this: Id,
    call: impl FnOnce(Imp) -> R,
) -> R {
    // SAFETY: a receiver is alive, and this trampoline is installed at that level of its class.
    let original = unsafe { classes::original(this, ROW, LEVEL) };
    let call = || call(original);
    // SAFETY: as promised by the caller.
    unsafe {
        match const { ACTIONS[ROW] } {
            Action::Encoder(kind) => on_encoder::<R, ROW>(this, kind, call),
            Action::OpensEncoder => opens_encoder::<R, ROW>(this, call),
            Action::Commit => commit::<R, ROW>(this, call),
            Action::FreesBuffer => frees_buffer::<R, ROW>(this, call),
            Action::OpensBuffer => opens_buffer(call),
            Action::OpensQueue => opens_queue(call),
        }
    }
}

#[inline]
fn enter<const ROW: usize>(this: Id, kind: Kind) -> Entry<'static, Host> {
    GUARD.enter(Key(this.addr()), Call { id: CallId(ROW as u16), kind })
}

#[inline]
unsafe fn on_encoder<R: Answer, const ROW: usize>(this: Id, kind: Kind, call: impl FnOnce() -> R) -> R {
    match settings::strategy() {
        Strategy::None => call(),
        // SAFETY: the receiver is alive.
        Strategy::AssociatedObject => unsafe { associated::around(this, kind, call) },
        Strategy::Global | Strategy::PerEncoder => match enter::<ROW>(this, kind) {
            Entry::Go(permit) => {
                let answer = call();
                permit.done();
                answer
            }
            Entry::Late(late) => {
                report::late_call(&late);
                R::nothing()
            }
            Entry::Unguarded => call(),
        },
    }
}

/// Runs a command buffer's method under its lock, where there is one. `call` gets the permit, if any.
fn on_buffer<R: Answer, const ROW: usize>(
    this: Id,
    kind: Kind,
    call: impl FnOnce(Option<&Permit<'_, Host>>) -> R,
) -> R {
    if !settings::guards() {
        return call(None);
    }
    match enter::<ROW>(this, kind) {
        Entry::Go(permit) => {
            let answer = call(Some(&permit));
            permit.done();
            answer
        }
        Entry::Late(late) => {
            report::late_call(&late);
            R::nothing()
        }
        Entry::Unguarded => call(None),
    }
}

unsafe fn opens_encoder<R: Answer, const ROW: usize>(this: Id, call: impl FnOnce() -> R) -> R {
    on_buffer::<R, ROW>(this, Kind::Buffer, |permit| {
        let answer = call();
        let encoder = answer.object();
        if encoder.is_null() {
            return answer;
        }
        // SAFETY: the factory just answered it.
        unsafe { install::see(encoder, Role::Encoder) };
        // A factory that calls another factory of the same buffer: the outer one opens.
        if settings::guards() && !permit.is_some_and(Permit::is_nested) {
            // SAFETY: alive, as above. The reference is given back at once, or by `buffer_completed`.
            unsafe {
                memory::retain(encoder);
                if !GUARD.opened(Key(encoder.addr()), Key(this.addr())) {
                    memory::release(encoder);
                }
            }
        }
        answer
    })
}

static COMPLETED: Block = Block::of_object(buffer_completed);

unsafe extern "C-unwind" fn buffer_completed(_block: *const Block, buffer: Id) {
    GUARD.completed(Key(buffer.addr()), release_encoder);
}

/// Gives back the reference that `opens_encoder` took.
fn release_encoder(encoder: Key) {
    // SAFETY: the guard names each encoder once for each reference that was taken, and forgets those that were freed.
    unsafe { memory::release(Id::from_ptr(encoder.0 as *mut core::ffi::c_void)) };
}

unsafe fn commit<R: Answer, const ROW: usize>(this: Id, call: impl FnOnce() -> R) -> R {
    on_buffer::<R, ROW>(this, Kind::Buffer, |permit| {
        let selector = runtime::selector(c"addCompletedHandler:");
        // SAFETY: the receiver is alive; Metal's command buffers take a block of this type before they are committed,
        // and the claim is granted once, for a buffer that has not been committed through this hook.
        unsafe {
            let answers = runtime::instance_method(runtime::class_of(this), selector).is_some();
            if answers && permit.is_some_and(Permit::claim_completion_handler) {
                send::<_, ()>(this, selector, (COMPLETED.as_id(),));
            }
        }
        call()
    })
}

unsafe fn frees_buffer<R: Answer, const ROW: usize>(this: Id, call: impl FnOnce() -> R) -> R {
    GUARD.completed(Key(this.addr()), release_encoder);
    on_buffer::<R, ROW>(this, Kind::Free, |_| call())
}

unsafe fn opens_buffer<R: Answer>(call: impl FnOnce() -> R) -> R {
    let answer = call();
    let buffer = answer.object();
    if !buffer.is_null() {
        // SAFETY: the factory just answered it.
        unsafe { install::see(buffer, Role::CommandBuffer) };
        if settings::guards() {
            GUARD.buffer_opened(Key(buffer.addr()), release_encoder);
        }
    }
    answer
}

unsafe fn opens_queue<R: Answer>(call: impl FnOnce() -> R) -> R {
    let answer = call();
    if !answer.object().is_null() {
        // SAFETY: the factory just answered it.
        unsafe { install::see(answer.object(), Role::Queue) };
    }
    answer
}

/// Whether a strategy hooks a row at all.
pub(crate) fn is_wanted(hook: usize) -> bool {
    let of_encoder = matches!(ACTIONS[hook], Action::Encoder(_));
    let kept_by_report = crate::table::REPORTS.iter().any(|&kept| kept as usize == hook);
    settings::strategy() != Strategy::AssociatedObject
        || !of_encoder
        || kept_by_report
        || hook == Hook::EncoderDealloc as usize
}
