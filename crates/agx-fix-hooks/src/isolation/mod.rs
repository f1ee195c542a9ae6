//! Preset `isolate`: each thread that uses an encoder has bindings of its own, and loses no work when another thread ends
//! the encoder. docs/isolation.md says what is promised and what is not.
//!
//! - `binding`: what a call binds, read from its arguments;
//! - `binding_set`: the bindings of one thread, or those that the driver holds;
//! - `apply`: binding again, through the driver's methods;
//! - `uses`: the resources that an encoder was told to use;
//! - `deferred`: what a call leaves to be done after its unlock;
//! - `encoder_bindings`: the bindings that are kept with an encoder, and who may look at them;
//! - `rescue`: late work, done in another encoder.
//!
//! The bindings of an encoder are read and changed under its lock, which is its command buffer's. While one thread uses the
//! encoder there is one set, which holds no references and is compared with nothing: a binding costs only the writing. Its
//! objects are alive as long as the encoder is open, as the driver may need them for the next dispatch. When a second
//! thread comes, or ends the encoder, they are retained from then on.

mod apply;
mod binding;
mod binding_set;
mod deferred;
mod encoder_bindings;
mod rescue;
mod uses;

use crate::guard::Process;
use crate::table::{Action, Role};
use agx_fix_guard::{Key, Permit, Protection, protects};
use agx_fix_objc::memory::Strong;
use agx_fix_objc::{Id, runtime, send};
use agx_fix_terms::{CallId, CallKind};
pub(crate) use deferred::Deferred;
pub(crate) use encoder_bindings::Proceed;
use encoder_bindings::{EncoderBindings, serial};
pub(crate) use rescue::{Rescue, Rescued, rescue};

/// A call is about to go to the driver, under `permit`. Nested calls bind for the driver, not for a thread: only the end and
/// the freeing of the encoder count there.
///
/// # Safety
/// `this` is the receiver of the action's method, `words` are its arguments.
#[inline]
pub(crate) unsafe fn before(
    this: Id,
    action: Action,
    words: &[usize],
    permit: &Permit<'_, Process>,
    deferred: &mut Deferred,
) -> Proceed {
    match action {
        Action::Binds(bind) if !permit.is_nested() => {
            let proceed = EncoderBindings::with_or_new(permit, |bindings| {
                if bindings.is_only(serial()) {
                    return Proceed::Call;
                }
                // SAFETY: the guard lets the call go to the driver, so the encoder is open; the words are the call's.
                unsafe {
                    bindings.share();
                    bindings.bind_offset(this, bind, words, &mut deferred.released)
                }
            });
            return proceed.unwrap_or(Proceed::Call);
        }
        Action::Uses(uses) if !permit.is_nested() => {
            EncoderBindings::with(permit, |bindings| {
                let retains = bindings.is_shared();
                // SAFETY: the words are the arguments of that method, as the caller says.
                unsafe { bindings.uses.add(uses, words, retains) };
            });
        }
        Action::Locked(CallKind::Dispatch) if !permit.is_nested() => {
            EncoderBindings::with(permit, |bindings| {
                if !bindings.is_only(serial()) {
                    // SAFETY: the guard lets the call go to the driver, so the encoder is open.
                    unsafe { dispatch(this, bindings, deferred) };
                }
            });
        }
        Action::Locked(CallKind::End) => {
            // SAFETY: the guard lets the call go to the driver, so the encoder is open.
            EncoderBindings::with(permit, |bindings| unsafe { bindings.ends(serial()) });
        }
        Action::Locked(CallKind::Free) => {
            EncoderBindings::with(permit, |bindings| bindings.clear(&mut deferred.released));
        }
        // SAFETY: the receiver of `commit` is a command buffer, whose lock the permit holds.
        Action::Commit if protects(Protection::QueueOfLateWork) => unsafe { keep_queue(this) },
        _ => {}
    }
    Proceed::Call
}

/// The call has come back from the driver.
///
/// # Safety
/// `words` are the arguments of the action's method, and alive.
#[inline]
pub(crate) unsafe fn done(
    call: CallId,
    action: Action,
    words: &[usize],
    permit: &Permit<'_, Process>,
    deferred: &mut Deferred,
) {
    if let Action::Binds(bind) = action
        && !permit.is_nested()
    {
        // SAFETY: the words are the call's, as the caller says.
        EncoderBindings::with(permit, |bindings| unsafe {
            bindings.record(serial(), call, bind, words, &mut deferred.released);
        });
    }
}

/// A dispatch on an encoder that several threads use: the driver is given what this thread has bound.
///
/// # Safety
/// The encoder is open.
unsafe fn dispatch(this: Id, bindings: &mut EncoderBindings, deferred: &mut Deferred) {
    // SAFETY: the encoder is open, as the caller says, and shared from now on.
    deferred.applied = unsafe {
        bindings.share();
        protects(Protection::BindingsApplied) && bindings.apply_for(serial(), this, &mut deferred.released)
    };
    deferred.unknown = !bindings.is_known() || (deferred.applied && !bindings.uses.is_empty());
    deferred.other = bindings.last_but(serial());
}

/// A factory has answered this encoder: its life begins, or begins anew.
///
/// # Safety
/// The caller holds the lock of the encoder, which `nested` says it held before the factory was called.
pub(crate) unsafe fn opened(encoder: Id, role: Role, nested: bool, deferred: &mut Deferred) {
    if matches!(role, Role::Compute | Role::Compute4 | Role::Blit) {
        let opener = if nested { 0 } else { serial() };
        let key = Key(encoder.addr());
        // SAFETY: the caller holds the lock.
        unsafe {
            EncoderBindings::with_new_of(key, |bindings| {
                bindings.begin(role, opener, &mut deferred.released)
            });
        }
    }
}

/// The command buffer is about to be committed: its encoders learn the queue, where late work can go from then on.
///
/// # Safety
/// `buffer` is alive, and its lock is held.
unsafe fn keep_queue(buffer: Id) {
    let selector = runtime::selector(c"commandQueue");
    // SAFETY: the buffer is alive, as the caller says. Metal's command buffers answer their queue, which lives as long as
    // they do.
    let queue: Id = unsafe {
        if runtime::instance_method(runtime::class_of(buffer), selector).is_none() {
            return;
        }
        send(buffer, selector, ())
    };
    let keep = |bindings: &mut EncoderBindings| {
        if bindings.queue.is_none() {
            // SAFETY: nil, or alive, as above.
            bindings.queue = unsafe { Strong::from_borrowed(queue) };
        }
    };
    // SAFETY: the lock of the buffer is that of its encoders.
    unsafe { EncoderBindings::with_retained(Key(buffer.addr()), keep) };
}
