//! The fast path through a hook: a call that encodes, under a policy that takes no more than the object's lock.
//!
//! Everything unusual about a call (its class, its object, a thread inside, the policy) sends it to the slow path,
//! [`crate::action`]. What is kept until the original returns is one word, the guard's permit.

use crate::classes;
use crate::guard::{GUARD, Process};
use crate::table::Action;
use agx_fix_guard::{Fast, FastPermit, Key};
use agx_fix_objc::{Id, Imp};
use agx_fix_terms::{CallId, CallKind};

/// A call that may take the fast path: two words, which are returned in registers.
#[derive(Debug)]
pub(crate) struct FastCall {
    /// Null if it may not.
    original: Imp,
    #[allow(dead_code, reason = "held, not read")]
    held: Held,
}

/// Left on drop, also when an exception passes.
#[derive(Debug)]
struct Held(Option<FastPermit<'static, Process>>);

impl Drop for Held {
    #[inline]
    fn drop(&mut self) {
        if let Some(permit) = self.0.take() {
            leave(permit);
        }
    }
}

/// Not a part of each trampoline: it would be there twice, once for exceptions.
#[inline(never)]
fn leave(permit: FastPermit<'static, Process>) {
    drop(permit);
}

impl Action {
    /// Whether calls of the row can take the fast path.
    pub(crate) const fn has_fast_path(self) -> bool {
        matches!(
            self,
            Self::Locked(CallKind::Encode | CallKind::Dispatch | CallKind::Access)
                | Self::Binds(_)
                | Self::Uses(_)
                | Self::Marks
        )
    }
}

/// Asks for the fast path, for a row that has one.
///
/// # Safety
/// As for [`crate::action::enter`].
#[inline(never)]
pub(crate) unsafe fn enter(this: Id, row: usize, level: usize) -> FastCall {
    // SAFETY: `this` is the receiver of a call that arrived at the trampoline of `row` at `level`, as the caller says.
    let Some(original) = (unsafe { classes::known_original(this, row, level) }) else {
        return FastCall::SLOW;
    };
    GUARD.enter_fast(Key(this.addr()), CallId(row as u16), move |fast| match fast {
        Fast::Go(permit) => FastCall { original, held: Held(Some(permit)) },
        Fast::Unguarded => FastCall { original, held: Held(None) },
        Fast::Slow | Fast::Stale => FastCall::SLOW,
    })
}

impl FastCall {
    const SLOW: Self = Self { original: Imp::from_ptr(core::ptr::null_mut()), held: Held(None) };

    /// The function to go on with, if the call may take the fast path.
    #[inline]
    pub(crate) fn original(&self) -> Option<Imp> {
        (!self.original.is_null()).then_some(self.original)
    }
}
