//! Late work, done in another encoder: one that is open on the same command buffer, a short one of that buffer, or one
//! of a command buffer of its own on the same queue.

use super::kept::{self, Kept};
use super::record::Record;
use super::uses::Uses;
use super::{Aftermath, apply, serial, who};
use crate::findings;
use crate::host::{GUARD, Host};
use crate::table::{Action, Role};
use agx_fix_guard::{BufferOfLate, Finding, Key, Kind, Outcome, Permit};
use agx_fix_objc::memory::{Strong, autorelease_pool};
use agx_fix_objc::{Id, Imp, Sel, runtime, send};
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
    encoder: Id,
    /// The reference to an encoder that was opened for this call. One that somebody else has open is retained by the guard.
    opened: Option<Strong>,
    /// The command buffer that was made for this call.
    buffer: Option<Strong>,
    /// The lock of the late encoder, where the other one is of the same command buffer.
    permit: Option<Permit<'static, Host>>,
    late: Report,
    /// References that are given up at the end.
    #[allow(dead_code, reason = "held, not read")]
    after: Aftermath,
}

/// What is told when a late call's fate is known.
#[derive(Clone, Copy, Debug)]
struct Report {
    this: Id,
    finding: Finding,
    is_dispatch: bool,
}

impl Report {
    /// # Safety
    /// The receiver is alive. No lock is held.
    unsafe fn tell(self, outcome: Outcome) {
        let lossy = self.is_dispatch && outcome == Outcome::Prevented;
        let finding = Finding { outcome, lossy, ..self.finding };
        GUARD.late_ended(&finding, self.is_dispatch);
        // SAFETY: forwarded.
        unsafe { findings::refused(&finding, self.this) };
    }
}

/// What late work needs of the encoder that it was meant for.
struct Needs {
    bindings: Record,
    uses: Uses,
}

impl Needs {
    /// # Safety
    /// `encoder` is open, and its lock is held unless it is this thread's own.
    unsafe fn apply(&self, encoder: Id) {
        // SAFETY: forwarded; the objects are retained.
        unsafe {
            for binding in self.bindings.bindings() {
                apply::bind(encoder, binding);
            }
            self.uses.apply(encoder);
        }
    }

    fn give_up(mut self, after: &mut Aftermath) {
        self.bindings.clear(&mut after.released);
        self.uses.give_up(&mut after.released);
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
    permit: Permit<'static, Host>,
    buffer: BufferOfLate,
) -> Rescued {
    let is_dispatch = action == Action::Locked(Kind::Dispatch);
    let report = Report { this, finding: permit.late_finding(), is_dispatch };
    // SAFETY: forwarded; the permit is for the lock of what is kept.
    unsafe {
        let Some(kept) = kept::of(permit.attachment()) else { return lost(permit, report) };
        kept.share_late();
        let mut after = Aftermath::default();
        match action {
            Action::Binds(bind) => {
                kept.record_late(serial(), who(row), bind, words, &mut after.released);
                written_down(permit, report)
            }
            Action::Uses(_) => {
                kept.uses.add(action, words, true);
                written_down(permit, report)
            }
            Action::Locked(_) => work(kept, permit, buffer, report),
            _ => lost(permit, report),
        }
    }
}

unsafe fn written_down(permit: Permit<'static, Host>, report: Report) -> Rescued {
    drop(permit);
    // SAFETY: forwarded.
    unsafe { report.tell(Outcome::Converted) };
    Rescued::Closed
}

unsafe fn lost(permit: Permit<'static, Host>, report: Report) -> Rescued {
    drop(permit);
    // SAFETY: forwarded.
    unsafe { report.tell(Outcome::Prevented) };
    Rescued::Closed
}

/// A call that works, or that orders work.
unsafe fn work(
    kept: &mut Kept,
    permit: Permit<'static, Host>,
    buffer: BufferOfLate,
    report: Report,
) -> Rescued {
    let role = kept.role().filter(|role| matches!(role, Role::Compute | Role::Blit));
    let bindings = kept.view(serial());
    let needs = Needs { bindings, uses: kept.uses.view() };
    let lacks_pipeline =
        role == Some(Role::Compute) && report.is_dispatch && needs.bindings.pipeline.is_none();
    let hopeless = kept.has_given_up(serial()) || lacks_pipeline || kept.uses.overflow;
    // Declared before the lock is let go of, dropped after it.
    let mut after = Aftermath::default();
    let (Some(role), false) = (role, hopeless) else {
        needs.give_up(&mut after);
        // SAFETY: forwarded.
        return unsafe { lost(permit, report) };
    };
    let queue = kept.queue.clone();
    let this = report.this;
    // SAFETY: forwarded.
    let found = unsafe {
        match buffer {
            BufferOfLate::Recording(buffer) => open_on(object(buffer), role, &needs).map(|encoder| {
                Elsewhere { encoder: *encoder, opened: Some(encoder), buffer: None, permit: Some(permit) }
            }),
            BufferOfLate::Encoding(other) => match borrow(other, role, &needs, &mut after) {
                Some(encoder) => {
                    Some(Elsewhere { encoder, opened: None, buffer: None, permit: Some(permit) })
                }
                None => {
                    drop(permit);
                    needs.give_up(&mut after);
                    if GUARD.wait_until_closed(Key(this.addr())) {
                        return Rescued::Again;
                    }
                    report.tell(Outcome::Prevented);
                    return Rescued::Closed;
                }
            },
            BufferOfLate::Gone => {
                drop(permit); // the queue may make the thread wait
                queue.and_then(|queue| on_a_buffer_of_its_own(*queue, role, &needs))
            }
        }
    };
    needs.give_up(&mut after);
    match found {
        Some(Elsewhere { encoder, opened, buffer, permit }) => {
            Rescued::Elsewhere(Box::new(Rescue { encoder, opened, buffer, permit, late: report, after }))
        }
        None => {
            // SAFETY: forwarded.
            unsafe { report.tell(Outcome::Prevented) };
            Rescued::Closed
        }
    }
}

/// Where late work goes.
struct Elsewhere {
    encoder: Id,
    opened: Option<Strong>,
    buffer: Option<Strong>,
    permit: Option<Permit<'static, Host>>,
}

fn object(key: Key) -> Id {
    Id::from_ptr(core::ptr::with_exposed_provenance_mut::<c_void>(key.0))
}

/// An encoder for one late call on a command buffer that records, with none open.
///
/// # Safety
/// `buffer` is alive and under this thread's lock, or its own.
unsafe fn open_on(buffer: Id, role: Role, needs: &Needs) -> Option<Strong> {
    let factory: &CStr = if role == Role::Compute { c"computeCommandEncoder" } else { c"blitCommandEncoder" };
    // SAFETY: factories of Metal's command buffers that answer an autoreleased object or nil.
    unsafe {
        let encoder = autorelease_pool(|| {
            let encoder: Id = send(buffer, runtime::selector(factory), ());
            if encoder.is_null() { None } else { Strong::from_borrowed(encoder) }
        })?;
        if role == Role::Compute {
            needs.apply(*encoder);
        }
        Some(encoder)
    }
}

/// The encoder that is open on the same command buffer, if it is of that kind. What its own threads have bound is bound
/// again at their next dispatch.
///
/// # Safety
/// The caller holds the lock of the command buffer.
unsafe fn borrow(other: Key, role: Role, needs: &Needs, after: &mut Aftermath) -> Option<Id> {
    // SAFETY: the lock is the encoders' as well; what is kept with the late encoder is not used any more.
    unsafe {
        let kept = kept::of(GUARD.attachment(other)?)?;
        if kept.role() != Some(role) {
            return None;
        }
        let encoder = object(other);
        if role == Role::Compute {
            kept.share();
            kept.apply(&needs.bindings, encoder, &mut after.released);
            needs.uses.apply(encoder);
        }
        Some(encoder)
    }
}

/// A command buffer for one late call, on the queue that its own buffer was committed to.
unsafe fn on_a_buffer_of_its_own(queue: Id, role: Role, needs: &Needs) -> Option<Elsewhere> {
    // SAFETY: a queue, retained; its factory answers an autoreleased object or nil.
    unsafe {
        let buffer = autorelease_pool(|| {
            let buffer: Id = send(queue, runtime::selector(c"commandBuffer"), ());
            if buffer.is_null() { None } else { Strong::from_borrowed(buffer) }
        })?;
        let encoder = open_on(*buffer, role, needs)?;
        Some(Elsewhere { encoder: *encoder, opened: Some(encoder), buffer: Some(buffer), permit: None })
    }
}

impl Rescue {
    /// Where the call goes, and what it calls.
    ///
    /// # Safety
    /// `selector` is the late call's.
    pub(crate) unsafe fn target(&self, selector: Sel) -> (Imp, Id) {
        // SAFETY: alive, and of the same kind as the late encoder.
        (unsafe { runtime::dispatcher(self.encoder, selector) }, self.encoder)
    }
}

impl Drop for Rescue {
    fn drop(&mut self) {
        // SAFETY: the encoder is open and was opened for this call; its command buffer, if it was made for this call, is
        // not committed yet. The late encoder is the receiver of a call that has not returned.
        unsafe {
            if self.opened.is_some() {
                send::<_, ()>(self.encoder, runtime::selector(c"endEncoding"), ());
            }
            if let Some(buffer) = &self.buffer {
                send::<_, ()>(**buffer, runtime::selector(c"commit"), ());
            }
            if let (Some(_), Some(ender)) = (&self.permit, self.late.finding.other) {
                GUARD.attribute_end(Key(self.late.this.addr()), ender);
            }
            drop(self.permit.take());
            self.late.tell(Outcome::Converted);
        }
    }
}
