//! The slow path: what a trampoline does around the original, by the row's action.
//!
//! [`enter`] runs before the original, [`Frame::leave`] after it. If an exception passes, the frame is dropped without
//! leaving: it unlocks and does nothing else.

use crate::classes;
use crate::guard::{GUARD, Process, refused};
use crate::install;
use crate::isolation::{self, Deferred, Proceed, Rescue, Rescued};
use crate::paper::PaperLock;
use crate::retention::{self, release_encoder};
use crate::table::{Action, PAPER_HOOKS, ROWS, Role};
use crate::{handlers, settings, wrapping};
use agx_fix_guard::{
    BufferOfLate, Entry, Finding, Key, Maker, Permit, Platform as _, Protection, Who, protects,
};
use agx_fix_objc::{Id, Imp, Sel};
use agx_fix_terms::{Call, CallId, CallKind, FindingClass, LockScope, Outcome, Phase};
use core::ffi::c_void;

/// One call on its way through a hook.
#[derive(Debug)]
pub(crate) struct Frame {
    this: Id,
    original: Imp,
    action: Action,
    call: Call,
    entered: Entered,
    /// Behind `entered`, so that it is dropped after the unlock.
    deferred: Deferred,
}

/// How a call was let in, and what it holds while it is inside the original.
#[derive(Debug)]
enum Entered {
    /// The policy, or the action, takes no lock.
    Unlocked,
    /// The guard's permit.
    Permit(Permit<'static, Process>),
    /// One of the paper's mutexes.
    Paper(#[allow(dead_code, reason = "held, not read")] PaperLock),
    /// The permits of a list of buffers.
    List(#[allow(dead_code, reason = "held, not read")] Vec<Permit<'static, Process>>),
    /// The call came late and is made on another encoder.
    Rescued(Box<Rescue>),
    /// The call came late, and its work can be done elsewhere.
    Late(Permit<'static, Process>, BufferOfLate),
    /// The original is not called: the call is refused, or has been done.
    Closed,
}

/// Finds the original of (class of `this`, level, row) and takes what the row's action says. `words` are the arguments
/// of the call that are words, 0 for the others.
///
/// # Safety
/// `this` is the receiver of a call that arrived at the trampoline of that row and level; `words` are its arguments.
#[inline(never)]
pub(crate) unsafe fn enter(this: Id, row: usize, level: usize, words: &[usize]) -> Frame {
    // SAFETY: the call arrived at the trampoline of that row and level, as the caller says.
    let original = unsafe { classes::original(this, row, level) };
    let action = ROWS[row].action;
    if action.is_factory() {
        wrapping::begin();
    }
    let mut deferred = Deferred::default();
    // SAFETY: a receiver is alive, and the words are the call's, as the caller says.
    let entered = unsafe {
        if !settings::guards() {
            enter_without_guard(this, row, action)
        } else if settings::isolates() {
            enter_isolated(this, row, action, words, &mut deferred)
        } else {
            enter_guarded(this, row, action, words)
        }
    };
    Frame { this, original, action, call: call_of(row, CallKind::Open), entered, deferred }
}

/// With bindings for each thread: what the guard says, and then what the bindings say.
///
/// # Safety
/// As for [`enter`].
unsafe fn enter_isolated(
    this: Id,
    row: usize,
    action: Action,
    words: &[usize],
    deferred: &mut Deferred,
) -> Entered {
    loop {
        // SAFETY: the receiver and the words are the call's, as the caller says.
        match unsafe { enter_guarded(this, row, action, words) } {
            Entered::Permit(permit) => {
                // SAFETY: as above.
                return match unsafe { isolation::before(this, action, words, &permit, deferred) } {
                    Proceed::Call => Entered::Permit(permit),
                    Proceed::Done => Entered::Closed,
                };
            }
            Entered::Late(permit, buffer) => {
                // SAFETY: as above.
                let rescued = unsafe { isolation::rescue(this, row, action, words, permit, buffer) };
                match rescued {
                    Rescued::Elsewhere(rescue) => return Entered::Rescued(rescue),
                    Rescued::Closed => return Entered::Closed,
                    Rescued::Again => {}
                }
            }
            entered => return entered,
        }
    }
}

/// # Safety
/// As for [`enter`].
#[inline]
unsafe fn enter_guarded(this: Id, row: usize, action: Action, words: &[usize]) -> Entered {
    // SAFETY: the receiver is alive, as the caller says.
    let lock = |kind| unsafe { lock(this, row, kind) };
    match action {
        Action::Locked(CallKind::Free) | Action::FreesBuffer => {
            // What is retained for a buffer, or by a parallel render encoder, goes before it.
            GUARD.completed(Key(this.addr()), release_encoder);
            lock(CallKind::Free)
        }
        Action::Locked(CallKind::Commit) if !protects(Protection::EndOfMetal4Buffer) => {
            lock(CallKind::Access)
        }
        Action::Locked(kind) => lock(kind),
        Action::Binds(_) | Action::Uses(_) | Action::Marks => lock(CallKind::Encode),
        Action::OpensEncoder(_) => lock(CallKind::Open),
        Action::OpensSubEncoder => lock(CallKind::Encode),
        Action::Begins => {
            GUARD.completed(Key(this.addr()), release_encoder);
            lock(CallKind::Begin)
        }
        Action::Commit => {
            let entered = lock(CallKind::Commit);
            if let Entered::Permit(permit) = &entered {
                // SAFETY: the receiver of `commit` is a command buffer, which is about to be committed.
                unsafe { retention::ask_for_completion(this, permit) };
            }
            entered
        }
        // SAFETY: the receiver is a command buffer, alive; the first argument is a block.
        Action::AddsHandler => unsafe { enter_handler(this, row, words) },
        Action::Releases => {
            let ends = !GUARD.detects() && protects(Protection::EndBeforeLastRelease);
            // SAFETY: the receiver is an encoder, alive, whose `release` was called.
            if ends && unsafe { retention::end_before_last_release(this) } {
                // SAFETY: it is alive: its reference is still there.
                unsafe { refused(&finding_of(this, row, FindingClass::ReleasedWithoutEnd), this) };
            }
            Entered::Unlocked
        }
        // SAFETY: the first two arguments are an array of command buffers and its length.
        Action::CommitsList => unsafe { enter_list(row, words) },
        Action::Opens(_) | Action::Leave(_) => Entered::Unlocked,
    }
}

/// # Safety
/// `this` is alive.
#[inline]
unsafe fn lock(this: Id, row: usize, kind: CallKind) -> Entered {
    match GUARD.enter(Key(this.addr()), call_of(row, kind)) {
        Entry::Go(permit) => Entered::Permit(permit),
        Entry::Unguarded => Entered::Unlocked,
        Entry::Done => Entered::Closed,
        Entry::Late(permit, buffer) => Entered::Late(permit, buffer),
        Entry::Refused(finding) => {
            // SAFETY: the receiver is alive, as the caller says.
            unsafe { refused(&finding, this) };
            Entered::Closed
        }
        Entry::EndFirst(permit, encoder) => {
            // SAFETY: the guard has just named the encoder under the permit.
            unsafe { retention::end_for_owner(&permit, Key(this.addr()), encoder) };
            Entered::Permit(permit)
        }
    }
}

fn call_of(row: usize, kind: CallKind) -> Call {
    Call { id: CallId(row as u16), kind }
}

/// A handler that is added after the commit is kept by agx-fix.
///
/// # Safety
/// `this` is a command buffer, alive; the first word is a block.
unsafe fn enter_handler(this: Id, row: usize, words: &[usize]) -> Entered {
    // SAFETY: the receiver is alive, as the caller says.
    let entered = unsafe { lock(this, row, CallKind::Access) };
    let late = GUARD.phase(Key(this.addr())) != Phase::Recording && protects(Protection::LateHandlerStopped);
    if !late || GUARD.detects() {
        return entered;
    }
    drop(entered);
    let block = Id::from_ptr(words.first().copied().unwrap_or(0) as *mut c_void);
    // SAFETY: the receiver is alive, and the word is a block, as the caller says.
    unsafe {
        refused(&finding_of(this, row, FindingClass::UsedAfterCommit), this);
        handlers::late(this, block);
    }
    Entered::Closed
}

/// A finding of this thread's call that was turned into something else.
fn finding_of(this: Id, row: usize, class: FindingClass) -> Finding {
    let who = Who { thread: Process::thread(), call: CallId(row as u16) };
    Finding { class, outcome: Outcome::Converted, key: Key(this.addr()), who, other: None, lossy: false }
}

/// Takes the locks of the buffers of a list in the order of their addresses, so that two lists cannot wait for each
/// other.
///
/// # Safety
/// The first two words are an array of live objects and its length.
unsafe fn enter_list(row: usize, words: &[usize]) -> Entered {
    let &[list, count, ..] = words else { return Entered::Unlocked };
    if list == 0 || count == 0 {
        return Entered::Unlocked;
    }
    // SAFETY: an array of that length, as the caller says.
    let mut buffers = unsafe { core::slice::from_raw_parts(list as *const Id, count) }.to_vec();
    buffers.sort_unstable_by_key(|buffer| buffer.addr());
    buffers.dedup();
    // The memory is there before the first lock is taken.
    let mut permits = Vec::with_capacity(buffers.len());
    for buffer in buffers {
        // SAFETY: alive, as the caller says.
        if let Entered::Permit(permit) = unsafe { lock(buffer, row, CallKind::Access) } {
            permits.push(permit);
        }
    }
    Entered::List(permits)
}

/// Where the guard is passed by: no lock, or one of the paper's two.
///
/// # Safety
/// `this` is alive.
unsafe fn enter_without_guard(this: Id, row: usize, action: Action) -> Entered {
    let is_paper_hook = PAPER_HOOKS.contains(&row);
    if settings::lock_is(LockScope::AssociatedObject) {
        if is_paper_hook {
            // SAFETY: alive, as the caller says.
            return Entered::Paper(unsafe { PaperLock::of(this) });
        }
        if action == Action::Locked(CallKind::Free) {
            // SAFETY: alive until the original has run.
            unsafe { PaperLock::forget(this) };
        }
    } else if is_paper_hook && settings::lock_is(LockScope::PaperGlobal) {
        return Entered::Paper(PaperLock::of_all());
    }
    Entered::Unlocked
}

impl Frame {
    /// The function to go on with, and its receiver. `None` if the driver must not see the call.
    ///
    /// # Safety
    /// `selector` is the call's.
    #[inline]
    pub(crate) unsafe fn target(&self, selector: Sel) -> Option<(Imp, Id)> {
        match &self.entered {
            Entered::Closed | Entered::Late(..) => None,
            // SAFETY: the selector is the late call's, as the caller says.
            Entered::Rescued(rescue) => Some(unsafe { rescue.target(selector) }),
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
        let Self { this, action, call, entered, mut deferred, .. } = self;
        if let Entered::Permit(permit) = entered {
            if settings::isolates() {
                // SAFETY: the words are the call's; what it has bound is alive until the call returns to the application.
                unsafe { isolation::done(call.id, action, words, &permit, &mut deferred) };
            }
            permit.done();
        }
        for finding in deferred.findings(this, call.id).into_iter().flatten() {
            // SAFETY: the receiver is alive until the call returns to the application.
            unsafe { refused(&finding, this) };
        }
    }

    /// Who has made the encoder that a factory answers.
    fn maker(&self) -> Maker {
        let this = Key(self.this.addr());
        if self.action == Action::OpensSubEncoder { Maker::Encoder(this) } else { Maker::Buffer(this) }
    }

    /// A factory has answered: the class is hooked before the application gets its object.
    ///
    /// # Safety
    /// The factory has just answered `object`, which is of that role.
    unsafe fn opened(&mut self, object: Id, role: Role) {
        // SAFETY: alive and of that role, as the caller says.
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
            _ => {
                // SAFETY: alive, as the caller says.
                unsafe { retention::opened(object, self.maker(), self.call) };
                if let (true, Entered::Permit(permit)) = (settings::isolates(), &self.entered) {
                    // SAFETY: the permit is for the lock of the command buffer, which is that of its encoders.
                    unsafe { isolation::opened(object, role, permit.is_nested(), &mut self.deferred) };
                }
            }
        }
        if let Some(inner) = inner.filter(|&inner| inner != object) {
            GUARD.wraps(Key(object.addr()), Key(inner.addr()));
        }
    }
}
