//! Strategy `isolate`: each thread that uses an encoder has bindings of its own, and loses no work when another thread
//! ends the encoder. What is promised and what is not stands in docs/isolation.md.
//!
//! - `binding`: what a call binds, read from its arguments;
//! - `record`: the bindings of one thread, or of the driver;
//! - `kept`: what is kept with an encoder: whose it is, and the records of all its threads once they are several;
//! - `uses`: the resources that an encoder was told to use;
//! - `apply`: binding again, through the driver's methods;
//! - `rescue`: late work, done in another encoder.
//!
//! Everything that is kept with an encoder is read and changed under its lock, which is its command buffer's. An
//! encoder that one thread uses has one record, which holds no references and is compared with nothing: all that a
//! binding costs is to be written down. The objects in it are alive as long as the encoder is open, as the driver may
//! need them for the next dispatch. When a second thread comes, or ends the encoder, they are retained from then on.

mod apply;
mod binding;
mod kept;
mod record;
mod rescue;
mod uses;

use crate::host::{GUARD, Host};
use crate::table::{Action, Role};
use agx_fix_guard::{CallId, Class, Finding, Key, Kind, Outcome, Permit, Platform as _, Who};
use agx_fix_objc::memory::{self, Strong};
use agx_fix_objc::{Id, runtime, send};
pub use binding::Bind;
use core::cell::Cell;
use core::sync::atomic::{AtomicU64, Ordering};
use kept::Kept;
pub(crate) use rescue::{Rescue, Rescued, rescue};

/// What is left to do when the lock has been let go of.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// References that are no longer needed. Giving up the last one runs code of the application's.
    pub(crate) released: Vec<Id>,
    /// The driver held something else than the thread had bound.
    applied: bool,
    /// Not all that the dispatch depends on can be known.
    unknown: bool,
    /// Who bound last among the other threads.
    other: Option<Who>,
}

impl Aftermath {
    /// What to report of a call on `this`.
    #[inline]
    pub(crate) fn findings(&self, this: Id, call: CallId) -> [Option<Finding>; 2] {
        let finding = |class, outcome| Finding {
            class,
            outcome,
            key: Key(this.addr()),
            who: Who { thread: Host::thread(), call },
            other: self.other,
            lossy: false,
        };
        [
            self.applied.then(|| finding(Class::TornSequence, Outcome::Converted)),
            self.unknown.then(|| finding(Class::UnknownBindings, Outcome::Reported)),
        ]
    }
}

impl Drop for Aftermath {
    fn drop(&mut self) {
        for object in self.released.drain(..) {
            // SAFETY: each is a reference of a record that was given up.
            unsafe { memory::release(object) };
        }
    }
}

/// Whether the original is still to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proceed {
    /// Yes.
    Call,
    /// No: what it does has been done.
    Done,
}

/// A call is about to go to the driver, under `permit`.
///
/// # Safety
/// `this` is the receiver of the row's method, `words` are its arguments.
#[inline]
pub(crate) unsafe fn before(
    this: Id,
    action: Action,
    words: &[usize],
    permit: &Permit<'_, Host>,
    after: &mut Aftermath,
) -> Proceed {
    // SAFETY: forwarded; the permit is for the lock of what is kept.
    unsafe {
        match action {
            Action::Binds(bind) if !permit.is_nested() => {
                if let Some(kept) = kept::of_or_new(permit)
                    && !kept.is_only(serial())
                {
                    kept.share();
                    return kept.bind_offset(this, bind, words, &mut after.released);
                }
            }
            Action::Uses(_) if !permit.is_nested() => {
                if let Some(kept) = kept::of(permit.attachment()) {
                    kept.uses.add(action, words, kept.is_shared());
                }
            }
            Action::Locked(Kind::Dispatch) if !permit.is_nested() => {
                if let Some(kept) = kept::of(permit.attachment())
                    && !kept.is_only(serial())
                {
                    dispatch(this, kept, after);
                }
            }
            Action::Locked(Kind::End) => {
                if let Some(kept) = kept::of(permit.attachment()) {
                    kept.ends(serial());
                }
            }
            Action::Locked(Kind::Free) => {
                if let Some(kept) = kept::of(permit.attachment()) {
                    kept.clear(&mut after.released);
                }
            }
            Action::Commit => keep_queue(this),
            _ => {}
        }
    }
    Proceed::Call
}

/// The call has come back from the driver.
///
/// # Safety
/// As for [`before`].
#[inline]
pub(crate) unsafe fn done(
    row: usize,
    action: Action,
    words: &[usize],
    permit: &Permit<'_, Host>,
    after: &mut Aftermath,
) {
    if let Action::Binds(bind) = action
        && !permit.is_nested()
    {
        // SAFETY: forwarded.
        unsafe {
            if let Some(kept) = kept::of(permit.attachment()) {
                kept.record(serial(), who(row), bind, words, &mut after.released);
            }
        }
    }
}

/// A dispatch on an encoder that several threads use: the driver is given what this thread has bound.
unsafe fn dispatch(this: Id, kept: &mut Kept, after: &mut Aftermath) {
    // SAFETY: forwarded: the encoder is open, and from now on the records' objects are retained.
    after.applied = unsafe {
        kept.share();
        kept.apply_for(serial(), this, &mut after.released)
    };
    after.unknown = !kept.is_known() || (after.applied && !kept.uses.is_empty());
    after.other = kept.last_but(serial());
}

/// A factory has answered this encoder: its life begins, or begins anew.
///
/// # Safety
/// The caller holds the lock of the encoder, which `nested` says it held before the factory was called.
pub(crate) unsafe fn opened(encoder: Id, role: Role, nested: bool, after: &mut Aftermath) {
    if !matches!(role, Role::Compute | Role::Compute4 | Role::Blit) {
        return;
    }
    let key = Key(encoder.addr());
    let Some(word) = GUARD.attachment(key) else { return };
    // SAFETY: the caller holds the lock.
    unsafe {
        let kept = match kept::of(word) {
            Some(kept) => kept,
            None => {
                let kept = kept::new();
                GUARD.attach(key, core::ptr::from_mut(kept).expose_provenance());
                kept
            }
        };
        let opener = if nested { 0 } else { serial() };
        kept.begin(role, opener, &mut after.released);
    }
}

/// The command buffer is about to be committed: its encoders learn the queue, where late work can go from then on.
///
/// # Safety
/// `buffer` is alive, and its lock is held.
unsafe fn keep_queue(buffer: Id) {
    let selector = runtime::selector(c"commandQueue");
    // SAFETY: alive; Metal's command buffers answer their queue, which lives as long as they do. The lock of the buffer
    // is that of its encoders.
    unsafe {
        if runtime::instance_method(runtime::class_of(buffer), selector).is_none() {
            return;
        }
        let queue: Id = send(buffer, selector, ());
        GUARD.attachments_of_retained(Key(buffer.addr()), |word| {
            if let Some(kept) = kept::of(word)
                && kept.queue.is_none()
            {
                kept.queue = Strong::from_borrowed(queue);
            }
        });
    }
}

fn who(row: usize) -> Who {
    Who { thread: Host::thread(), call: CallId(row as u16) }
}

/// The calling thread's number, which no other thread has had or will have. Not 0.
#[inline]
fn serial() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local!(static ME: Cell<u64> = const { Cell::new(0) });
    ME.with(|me| {
        if me.get() == 0 {
            me.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        me.get()
    })
}
