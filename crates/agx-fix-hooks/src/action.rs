//! What a trampoline does around the original.
//!
//! [`enter`] before, [`Frame::leave`] after. A frame that is dropped without leaving (an exception passes) lets go of
//! its locks and does nothing else.

use crate::associated::{self, Held};
use crate::classes;
use crate::host::{GUARD, Host};
use crate::install;
use crate::isolation::{self, Aftermath, Proceed, Rescue, Rescued};
use crate::retention::{self, release_encoder};
use crate::table::{Action, REPORTS, ROWS, Role};
use crate::{findings, handlers, settings, wrapping};
use agx_fix_guard::{
    BufferOfLate, Call, CallId, Class, Entry, Finding, Key, Kind, Maker, Outcome, Permit, Phase,
    Platform as _, Who,
};
use agx_fix_interface::options::Strategy;
use agx_fix_objc::{Id, Imp, Sel};
use core::ffi::c_void;

/// One call on its way through a hook.
#[derive(Debug)]
pub(crate) struct Frame {
    this: Id,
    original: Imp,
    action: Action,
    call: Call,
    held: Lock,
    /// After the lock, which goes first.
    after: Aftermath,
}

/// What a call holds while it is inside the original.
#[derive(Debug)]
enum Lock {
    /// Nothing: the strategy, or the action, takes no lock.
    None,
    /// The guard's permit.
    Permit(Permit<'static, Host>),
    /// The report's mutex.
    Associated(#[allow(dead_code, reason = "held, not read")] Held),
    /// The permits of a list of buffers.
    List(#[allow(dead_code, reason = "held, not read")] Vec<Permit<'static, Host>>),
    /// The call came late and is made on another encoder.
    Rescued(Box<Rescue>),
    /// The call came late, and its work can be done elsewhere.
    Late(Permit<'static, Host>, BufferOfLate),
    /// There is no way to the original: the call is refused, or has been done.
    Closed,
}

/// Finds the original of (class of `this`, level, row) and takes what the row's action says. `words` are the arguments
/// of the call that are words, 0 for the others.
///
/// # Safety
/// `this` is the receiver of a call that arrived at the trampoline of that row and level; `words` are its arguments.
#[inline(never)]
pub(crate) unsafe fn enter(this: Id, row: usize, level: usize, words: &[usize]) -> Frame {
    // SAFETY: a receiver is alive, and the trampoline is installed at that level of its class.
    let original = unsafe { classes::original(this, row, level) };
    let action = ROWS[row].action;
    if action.is_factory() {
        wrapping::begin();
    }
    let mut after = Aftermath::default();
    let held = match settings::strategy() {
        Strategy::None => Lock::None,
        // SAFETY: the receiver is alive.
        Strategy::AssociatedObject => unsafe { associated_lock(this, row, action) },
        Strategy::Global if settings::reports_global() => reports_global_lock(row),
        // SAFETY: forwarded.
        Strategy::Global | Strategy::PerEncoder | Strategy::PerCommandBuffer => unsafe {
            guarded_lock(this, row, action, words)
        },
        // SAFETY: forwarded.
        Strategy::Isolate => unsafe { isolated_lock(this, row, action, words, &mut after) },
    };
    Frame { this, original, action, call: call_of(row, Kind::Open), held, after }
}

/// # Safety
/// As for [`enter`].
unsafe fn isolated_lock(
    this: Id,
    row: usize,
    action: Action,
    words: &[usize],
    after: &mut Aftermath,
) -> Lock {
    loop {
        // SAFETY: forwarded.
        unsafe {
            match guarded_lock(this, row, action, words) {
                Lock::Permit(permit) if settings::isolates() => {
                    return match isolation::before(this, action, words, &permit, after) {
                        Proceed::Call => Lock::Permit(permit),
                        Proceed::Done => Lock::Closed,
                    };
                }
                Lock::Late(permit, buffer) => {
                    match isolation::rescue(this, row, action, words, permit, buffer) {
                        Rescued::Elsewhere(rescue) => return Lock::Rescued(rescue),
                        Rescued::Closed => return Lock::Closed,
                        Rescued::Again => {}
                    }
                }
                held => return held,
            }
        }
    }
}

/// # Safety
/// As for [`enter`].
#[inline]
unsafe fn guarded_lock(this: Id, row: usize, action: Action, words: &[usize]) -> Lock {
    // SAFETY: the receiver is alive; the words are the call's, as the caller says.
    unsafe {
        match action {
            Action::Locked(Kind::Free) | Action::FreesBuffer => {
                // What is retained for a buffer, or by a parallel render encoder, goes before it.
                GUARD.completed(Key(this.addr()), release_encoder);
                lock(this, row, Kind::Free)
            }
            Action::Locked(kind) => lock(this, row, kind),
            Action::Binds(_) | Action::Uses(_) | Action::Marks => lock(this, row, Kind::Encode),
            Action::OpensEncoder(_) => lock(this, row, Kind::Open),
            Action::OpensSubEncoder => lock(this, row, Kind::Encode),
            Action::Begins => {
                GUARD.completed(Key(this.addr()), release_encoder);
                lock(this, row, Kind::Begin)
            }
            Action::Commit => commit_lock(this, row),
            Action::AddsHandler => handler_lock(this, row, words),
            Action::Releases => {
                released(this, row);
                Lock::None
            }
            Action::CommitsList => list_lock(row, words),
            Action::Opens(_) | Action::Leave(_) => Lock::None,
        }
    }
}

/// # Safety
/// `this` is alive.
#[inline]
unsafe fn lock(this: Id, row: usize, kind: Kind) -> Lock {
    match GUARD.enter(Key(this.addr()), call_of(row, kind)) {
        Entry::Go(permit) => Lock::Permit(permit),
        Entry::Unguarded => Lock::None,
        Entry::Done => Lock::Closed,
        Entry::Late(permit, buffer) => Lock::Late(permit, buffer),
        Entry::Refused(finding) => {
            // SAFETY: forwarded.
            unsafe { findings::refused(&finding, this) };
            Lock::Closed
        }
        Entry::EndFirst(permit, encoder) => {
            // SAFETY: the guard names encoders that it retains, all of which are alive under the permit.
            unsafe { retention::end_for_owner(&permit, Key(this.addr()), encoder) };
            Lock::Permit(permit)
        }
    }
}

fn call_of(row: usize, kind: Kind) -> Call {
    Call { id: CallId(row as u16), kind }
}

/// # Safety
/// `this` is alive and about to be committed.
unsafe fn commit_lock(this: Id, row: usize) -> Lock {
    // SAFETY: forwarded.
    unsafe {
        let held = lock(this, row, Kind::Commit);
        if let Lock::Permit(permit) = &held {
            retention::ask_for_completion(this, permit);
        }
        held
    }
}

/// # Safety
/// `this` is a command buffer, alive; the first word is a block.
unsafe fn handler_lock(this: Id, row: usize, words: &[usize]) -> Lock {
    // SAFETY: forwarded.
    unsafe {
        let held = lock(this, row, Kind::Access);
        let recording = GUARD.phase(Key(this.addr())) == Phase::Recording;
        if recording || settings::detects() {
            return held;
        }
        drop(held);
        let block = Id::from_ptr(words.first().copied().unwrap_or(0) as *mut c_void);
        let finding = finding_of(this, row, Class::UsedAfterCommit);
        findings::refused(&finding, this);
        handlers::late(this, block);
        Lock::Closed
    }
}

/// # Safety
/// `this` is an encoder, alive, that its application releases.
unsafe fn released(this: Id, row: usize) {
    // SAFETY: forwarded.
    unsafe {
        if !settings::detects() && retention::end_before_last_release(this) {
            findings::refused(&finding_of(this, row, Class::ReleasedWithoutEnd), this);
        }
    }
}

/// A finding of this thread's call that was turned into something else.
fn finding_of(this: Id, row: usize, class: Class) -> Finding {
    let who = Who { thread: Host::thread(), call: CallId(row as u16) };
    Finding { class, outcome: Outcome::Converted, key: Key(this.addr()), who, other: None, lossy: false }
}

/// Takes the locks of the buffers of a list in the order of their addresses, so that two lists cannot wait for each
/// other.
///
/// # Safety
/// The first two words are an array of objects and its length.
unsafe fn list_lock(row: usize, words: &[usize]) -> Lock {
    let &[list, count, ..] = words else { return Lock::None };
    if list == 0 || count == 0 {
        return Lock::None;
    }
    // SAFETY: an array of that length, as Metal demands of the caller.
    let mut buffers = unsafe { core::slice::from_raw_parts(list as *const Id, count) }.to_vec();
    buffers.sort_unstable_by_key(|buffer| buffer.addr());
    buffers.dedup();
    // The memory is there before the first lock is taken.
    let mut permits = Vec::with_capacity(buffers.len());
    for buffer in buffers {
        // SAFETY: the buffers of the list are alive.
        if let Lock::Permit(permit) = unsafe { lock(buffer, row, Kind::Access) } {
            permits.push(permit);
        }
    }
    Lock::List(permits)
}

/// # Safety
/// `this` is alive.
unsafe fn associated_lock(this: Id, row: usize, action: Action) -> Lock {
    if action == Action::Locked(Kind::Free) {
        // SAFETY: alive until the original has run.
        unsafe { associated::forget(this) };
    }
    // SAFETY: alive.
    if REPORTS.contains(&row) { Lock::Associated(unsafe { Held::of(this) }) } else { Lock::None }
}

fn reports_global_lock(row: usize) -> Lock {
    if REPORTS.contains(&row) { Lock::Associated(Held::of_all()) } else { Lock::None }
}

impl Frame {
    /// The function to go on with, and its receiver. `None` for a late call that is not done elsewhere: it must not reach
    /// the driver.
    ///
    /// # Safety
    /// `selector` is the call's.
    #[inline]
    pub(crate) unsafe fn target(&self, selector: Sel) -> Option<(Imp, Id)> {
        match &self.held {
            Lock::Closed | Lock::Late(..) => None,
            // SAFETY: forwarded.
            Lock::Rescued(rescue) => Some(unsafe { rescue.target(selector) }),
            _ => Some((self.original, self.this)),
        }
    }

    /// The original has returned, with this object if it answers one. `words` are the arguments as at [`enter`].
    ///
    /// # Safety
    /// `answer` is nil or what the original has just answered.
    #[inline(never)]
    pub(crate) unsafe fn leave(mut self, answer: Id, words: &[usize]) {
        if let (Action::OpensEncoder(role) | Action::Opens(role), false) = (self.action, answer.is_null()) {
            // SAFETY: the factory just answered it.
            unsafe { self.opened(answer, role) };
        } else if self.action == Action::OpensSubEncoder && !answer.is_null() {
            // SAFETY: as above.
            unsafe { self.opened(answer, Role::Render) };
        }
        let Self { this, action, call, held, mut after, .. } = self;
        if let Lock::Permit(permit) = held {
            if settings::isolates() {
                // SAFETY: forwarded.
                unsafe { isolation::done(call.id.0.into(), action, words, &permit, &mut after) };
            }
            permit.done();
        }
        for finding in after.findings(this, call.id).into_iter().flatten() {
            // SAFETY: the receiver is alive, and the lock has been let go of.
            unsafe { findings::refused(&finding, this) };
        }
    }

    /// Who has made the encoder that a factory answers.
    fn maker(&self) -> Maker {
        let this = Key(self.this.addr());
        if self.action == Action::OpensSubEncoder { Maker::Encoder(this) } else { Maker::Buffer(this) }
    }

    /// A factory has answered: the class is hooked before the application gets its object.
    unsafe fn opened(&mut self, object: Id, role: Role) {
        // SAFETY: alive, as the caller says.
        unsafe { install::see(object, role) };
        if !settings::guards() {
            return;
        }
        let inner = wrapping::answered(object);
        match self.action {
            Action::Opens(Role::Buffer | Role::Buffer4) => {
                GUARD.buffer_opened(Key(object.addr()), release_encoder);
            }
            Action::Opens(_) => {}
            // A factory that calls another factory for the same object: that one has opened it.
            _ if inner == Some(object) => {}
            // SAFETY: the factory just answered it.
            _ => unsafe {
                retention::opened(object, self.maker(), self.call);
                if let (true, Lock::Permit(permit)) = (settings::isolates(), &self.held) {
                    isolation::opened(object, role, permit.is_nested(), &mut self.after);
                }
            },
        }
        if let Some(inner) = inner.filter(|&inner| inner != object) {
            GUARD.wraps(Key(object.addr()), Key(inner.addr()));
        }
    }
}

/// Whether a strategy hooks a row at all: the report's have its four, and `dealloc` to forget its mutexes.
pub(crate) fn is_wanted(row: usize) -> bool {
    match ROWS[row].action {
        Action::Leave(_) => false,
        Action::Locked(Kind::Free) => true,
        Action::Locked(_) | Action::Binds(_) | Action::Uses(_) | Action::Marks => {
            !settings::reports_hooks() || REPORTS.contains(&row)
        }
        _ => true,
    }
}
