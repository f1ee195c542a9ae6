//! Late work, done in another encoder: one that is open on the same command buffer, a short one of that buffer, or one
//! of a command buffer of its own on the same queue. It sends messages to encoders, buffers and queues, which go through the
//! hooks like any other.

use super::apply;
use super::binding_set::BindingSet;
use super::deferred::{Deferred, Released};
use super::encoder_bindings::{EncoderBindings, serial};
use super::uses::Uses;
use crate::guard::{GUARD, Process, refused};
use crate::table::{Action, Role};
use agx_fix_guard::{BufferOfLate, Finding, Key, Permit, Protection, protects};
use agx_fix_objc::memory::{Strong, autorelease_pool};
use agx_fix_objc::{Id, Imp, Sel, runtime, send};
use agx_fix_terms::{CallId, CallKind, Outcome};
use core::ffi::{CStr, c_void};

/// What became of a late call.
#[derive(Debug)]
pub(crate) enum Rescued {
    /// It is to be made on another encoder.
    Elsewhere(Box<Rescue>),
    /// It must not be made: it is lost, or has been written down.
    Closed,
    /// It waited, and is to be looked at again.
    Again,
}

/// A late call that is being made on another encoder. Dropping it ends what was begun for it, also when the call unwinds.
#[derive(Debug)]
pub(crate) struct Rescue {
    target: Target,
    late: LateCall,
    #[allow(dead_code, reason = "held, not read")]
    deferred: Deferred,
}

/// Where late work goes.
#[derive(Debug)]
struct Target {
    encoder: Id,
    /// The reference to an encoder that was opened for this call. The guard retains one that another thread has open.
    opened: Option<Strong>,
    /// The command buffer that was made for this call.
    buffer: Option<Strong>,
    /// The lock of the late encoder, where the other one is of the same command buffer.
    permit: Option<Permit<'static, Process>>,
}

/// A late call whose fate is not known yet.
#[derive(Clone, Copy, Debug)]
struct LateCall {
    /// The receiver.
    this: Id,
    finding: Finding,
    is_dispatch: bool,
}

impl LateCall {
    /// Its fate is known: it is counted and reported.
    ///
    /// # Safety
    /// The receiver is alive. No lock is held.
    unsafe fn tell(self, outcome: Outcome) {
        let lossy = self.is_dispatch && outcome == Outcome::Prevented;
        let finding = Finding { outcome, lossy, ..self.finding };
        GUARD.late_ended(&finding, self.is_dispatch);
        // SAFETY: the receiver is alive, as the caller says.
        unsafe { refused(&finding, self.this) };
    }
}

/// What late work needs of the encoder that it was meant for.
struct Needs {
    /// The kind of encoder.
    role: Role,
    bindings: BindingSet,
    uses: Uses,
    /// The queue of the command buffer, once that is committed.
    queue: Option<Strong>,
}

impl Needs {
    /// `None` where the work cannot be done.
    fn of(bindings: &EncoderBindings, is_dispatch: bool) -> Option<Self> {
        let me = serial();
        let role = bindings.role().filter(|role| matches!(role, Role::Compute | Role::Blit))?;
        let lacks_pipeline = role == Role::Compute && is_dispatch && !bindings.has_pipeline(me);
        if bindings.was_ended_by_sole_user(me) || lacks_pipeline || bindings.uses.overflow {
            return None;
        }
        let (uses, queue) = (bindings.uses.view(), bindings.queue.clone());
        Some(Self { role, bindings: bindings.view(me), uses, queue })
    }

    /// Gives a compute encoder that was opened for this work all of it.
    ///
    /// # Safety
    /// `encoder` is open and this thread's own, and of the role.
    unsafe fn apply(&self, encoder: Id) {
        if self.role != Role::Compute {
            return;
        }
        // SAFETY: an open compute encoder, as the caller says; the objects are retained.
        unsafe {
            for binding in self.bindings.bindings() {
                apply::bind(encoder, binding);
            }
            self.uses.apply(encoder);
        }
    }

    fn give_up(mut self, released: &mut Released) {
        self.bindings.clear(released);
        self.uses.clear(released);
        released.extend(self.queue.take().map(Strong::into_owned));
    }
}

/// What to do with a call that comes after its encoder's end.
///
/// # Safety
/// `this` is the receiver of the row's method, `words` are its arguments.
#[cold]
pub(crate) unsafe fn rescue(
    this: Id,
    row: usize,
    action: Action,
    words: &[usize],
    permit: Permit<'static, Process>,
    buffer: BufferOfLate,
) -> Rescued {
    let is_dispatch = action == Action::Locked(CallKind::Dispatch);
    let late = LateCall { this, finding: permit.late_finding(), is_dispatch };
    let mut deferred = Deferred::default();
    // What the work needs, or what has become of the call already.
    let needs = EncoderBindings::with(&permit, |bindings| {
        bindings.share_late();
        match action {
            Action::Binds(bind) => {
                let (call, released) = (CallId(row as u16), &mut deferred.released);
                // SAFETY: the words are the method's arguments, as the caller says.
                unsafe { bindings.record_late(serial(), call, bind, words, released) };
                Err(Outcome::Converted)
            }
            Action::Uses(uses) => {
                // SAFETY: as above.
                unsafe { bindings.uses.add(uses, words, true) };
                Err(Outcome::Converted)
            }
            Action::Locked(_) => Needs::of(bindings, is_dispatch).ok_or(Outcome::Prevented),
            _ => Err(Outcome::Prevented),
        }
    });
    let outcome = match needs.unwrap_or(Err(Outcome::Prevented)) {
        // SAFETY: the receiver is alive until its call returns.
        Ok(needs) => return unsafe { work(needs, permit, buffer, late, deferred) },
        Err(outcome) => outcome,
    };
    drop(permit);
    // SAFETY: as above; the lock is free.
    unsafe { late.tell(outcome) };
    Rescued::Closed
}

/// A call that works, or that orders work.
///
/// # Safety
/// The receiver of the late call is alive.
unsafe fn work(
    needs: Needs,
    permit: Permit<'static, Process>,
    buffer: BufferOfLate,
    late: LateCall,
    mut deferred: Deferred,
) -> Rescued {
    let target =
        match buffer {
            // SAFETY: a buffer that records is alive, and the permit is for its lock.
            BufferOfLate::Recording(buffer) => unsafe { open_on(object(buffer), &needs) }.map(|opened| {
                Target { encoder: *opened, opened: Some(opened), buffer: None, permit: Some(permit) }
            }),
            // SAFETY: the permit is for the lock of the command buffer.
            BufferOfLate::Encoding(other) => match unsafe { borrow(other, &needs, &mut deferred.released) } {
                Some(encoder) => Some(Target { encoder, opened: None, buffer: None, permit: Some(permit) }),
                None => {
                    drop(permit);
                    if GUARD.wait_until_closed(Key(late.this.addr())) {
                        needs.give_up(&mut deferred.released);
                        return Rescued::Again;
                    }
                    None
                }
            },
            BufferOfLate::Gone => {
                drop(permit); // the queue may make the thread wait
                on_a_buffer_of_its_own(&needs)
            }
        };
    needs.give_up(&mut deferred.released);
    let Some(target) = target else {
        // SAFETY: the receiver is alive, as the caller says; the lock is free, as a permit that is not used is dropped.
        unsafe { late.tell(Outcome::Prevented) };
        return Rescued::Closed;
    };
    Rescued::Elsewhere(Box::new(Rescue { target, late, deferred }))
}

fn object(key: Key) -> Id {
    Id::from_ptr(core::ptr::with_exposed_provenance_mut::<c_void>(key.0))
}

/// What a factory without arguments answers, retained; `None` for nil.
///
/// # Safety
/// `object` is alive, and `factory` is its factory of autoreleased objects.
unsafe fn made_by(object: Id, factory: &CStr) -> Option<Strong> {
    // SAFETY: as the caller says.
    autorelease_pool(|| unsafe { Strong::from_borrowed(send(object, runtime::selector(factory), ())) })
}

/// An encoder for one late call on a command buffer that records, with none open.
///
/// # Safety
/// `buffer` is alive and under this thread's lock, or its own.
unsafe fn open_on(buffer: Id, needs: &Needs) -> Option<Strong> {
    let compute = needs.role == Role::Compute;
    let factory = if compute { c"computeCommandEncoder" } else { c"blitCommandEncoder" };
    // SAFETY: factories of Metal's command buffers; the encoder is this thread's own.
    unsafe {
        let encoder = made_by(buffer, factory)?;
        needs.apply(*encoder);
        Some(encoder)
    }
}

/// The encoder that is open on the same command buffer, if it is of that kind. What its own threads have bound is bound
/// again at their next dispatch.
///
/// # Safety
/// The caller holds the lock of the command buffer, on which `other` is open.
unsafe fn borrow(other: Key, needs: &Needs, released: &mut Released) -> Option<Id> {
    let lend = |bindings: &mut EncoderBindings| {
        if bindings.role() != Some(needs.role) {
            return None;
        }
        let encoder = object(other);
        if needs.role == Role::Compute {
            // SAFETY: the encoder is open, as the caller says; the objects are retained.
            unsafe {
                bindings.share();
                if protects(Protection::BorrowedBindingsNoted) {
                    bindings.apply(&needs.bindings, encoder, released);
                    needs.uses.apply(encoder);
                } else {
                    needs.apply(encoder);
                }
            }
        }
        Some(encoder)
    };
    // SAFETY: the lock of the command buffer is that of its encoders.
    unsafe { EncoderBindings::with_of(other, lend) }.flatten()
}

/// A command buffer for one late call, on the queue that its own buffer was committed to.
fn on_a_buffer_of_its_own(needs: &Needs) -> Option<Target> {
    // SAFETY: a queue, retained, and its factory; the buffer is this thread's own.
    unsafe {
        let buffer = made_by(**needs.queue.as_ref()?, c"commandBuffer")?;
        let encoder = open_on(*buffer, needs)?;
        Some(Target { encoder: *encoder, opened: Some(encoder), buffer: Some(buffer), permit: None })
    }
}

impl Rescue {
    /// What the call calls, and its receiver.
    ///
    /// # Safety
    /// `selector` is the late call's.
    pub(crate) unsafe fn target(&self, selector: Sel) -> (Imp, Id) {
        let encoder = self.target.encoder;
        // SAFETY: alive, and of the same kind as the late encoder.
        (unsafe { runtime::dispatcher(encoder, selector) }, encoder)
    }
}

impl Drop for Rescue {
    fn drop(&mut self) {
        let Target { encoder, opened, buffer, permit } = &mut self.target;
        // SAFETY: the encoder is open and was opened for this call; its command buffer, if it was made for this call, is
        // not committed yet.
        unsafe {
            if opened.is_some() {
                send::<_, ()>(*encoder, runtime::selector(c"endEncoding"), ());
            }
            if let Some(buffer) = buffer {
                send::<_, ()>(**buffer, runtime::selector(c"commit"), ());
            }
        }
        if let (Some(_), Some(ender)) = (&permit, self.late.finding.other) {
            GUARD.attribute_end(Key(self.late.this.addr()), ender);
        }
        drop(permit.take());
        // SAFETY: the late encoder is the receiver of a call that has not returned; the lock is free.
        unsafe { self.late.tell(Outcome::Converted) };
    }
}
