//! The short way through a hook: a call that encodes, under a strategy that takes no more than the object's lock.
//!
//! Everything that is unusual about a call (its class, its object, who is inside, the strategy) sends it the long way, by
//! [`crate::action`]. What is kept until the original returns is one word.

use crate::classes;
use crate::guard::GUARD;
use crate::settings::FastPath;
use crate::table::Action;
use agx_fix_guard::{self as guard, Key, Lock, NotQuickest};
use agx_fix_objc::{Id, Imp};
use agx_fix_terms::{CallId, CallKind};

/// A call that may go the short way: two words, which are returned in registers.
#[derive(Debug)]
pub(crate) struct Quick {
    /// Null if it may not.
    original: Imp,
    #[allow(dead_code, reason = "held, not read")]
    held: Held,
}

/// Let go of on drop, also when an exception passes.
#[derive(Debug)]
struct Held(Option<guard::Quick<'static>>);

impl Drop for Held {
    #[inline]
    fn drop(&mut self) {
        if let Some(quick) = self.0.take() {
            leave(quick);
        }
    }
}

/// Not a part of each trampoline: it would be there twice, once for exceptions.
#[inline(never)]
fn leave(quick: guard::Quick<'static>) {
    GUARD.leave_quickly(quick);
}

impl Action {
    /// Whether calls of the row can go the short way.
    pub(crate) const fn is_quick(self) -> bool {
        matches!(
            self,
            Self::Locked(CallKind::Encode | CallKind::Dispatch | CallKind::Access)
                | Self::Binds(_)
                | Self::Uses(_)
                | Self::Marks
        )
    }
}

/// Asks for the short way, for a row that can go it.
///
/// # Safety
/// As for [`crate::action::enter`].
#[inline(never)]
pub(crate) unsafe fn enter(this: Id, row: usize, level: usize) -> Quick {
    // SAFETY: the call arrived at the trampoline of that row and level, as the caller says.
    let Some(original) = (unsafe { classes::known_original(this, row, level) }) else { return Quick::NO };
    if !FastPath::OwnLock.is_chosen() {
        return enter_otherwise(original, this, row);
    }
    match GUARD.enter_quickest(Key(this.addr()), CallId(row as u16)) {
        Ok(quick) => Quick::new(original, quick),
        Err(NotQuickest::Unusual) => Quick::NO,
        Err(NotQuickest::Crowded) => enter_among_many(original, this, row),
        Err(NotQuickest::InVain(lock)) => outside(lock),
    }
}

#[cold]
#[inline(never)]
fn outside(lock: &Lock) -> Quick {
    GUARD.leave_in_vain(lock);
    Quick::NO
}

/// A function of its own, as all that follows: [`enter`] calls them last, and keeps nothing for itself meanwhile.
#[inline(never)]
fn enter_among_many(original: Imp, this: Id, row: usize) -> Quick {
    match GUARD.enter_quickly_among_many(Key(this.addr()), CallId(row as u16)) {
        Some(quick) => Quick::new(original, quick),
        None => Quick::NO,
    }
}

#[inline(never)]
fn enter_otherwise(original: Imp, this: Id, row: usize) -> Quick {
    if FastPath::NoLock.is_chosen() {
        return Quick { original, held: Held(None) };
    }
    if !FastPath::SharedLock.is_chosen() {
        return Quick::NO;
    }
    match GUARD.enter_shared_quickly(Key(this.addr()), CallId(row as u16)) {
        Some(quick) => Quick::new(original, quick),
        None => Quick::NO,
    }
}

impl Quick {
    const NO: Self = Self { original: Imp::from_ptr(core::ptr::null_mut()), held: Held(None) };

    #[inline]
    fn new(original: Imp, quick: guard::Quick<'static>) -> Self {
        Self { original, held: Held(Some(quick)) }
    }

    /// The function to go on with, if the call may go the short way.
    #[inline]
    pub(crate) fn original(&self) -> Option<Imp> {
        (!self.original.is_null()).then_some(self.original)
    }
}
