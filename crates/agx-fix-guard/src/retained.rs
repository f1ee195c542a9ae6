//! The encoders that are retained for a command buffer (I4): a list through their slots, which allocates nothing.
//!
//! The guard only keeps the list. The front end takes a reference when it opens an encoder, and gives it back for each key that
//! [`pop`] returns.

use crate::ids::Thread;
use crate::platform::Platform;
use crate::slot::Slot;
use crate::sync::{Ordering, Protection, protects};
use crate::table::{Place, Table};

/// Puts `encoder` on `buffer`'s list. False if it is on a list already.
pub(crate) fn push<P: Platform>(buffer: Place<'_>, encoder: Place<'_>, me: Thread) -> bool {
    let _held = buffer.slot().chain.lock_as::<P>(me);
    let slot = encoder.slot();
    if slot.parent.load(Ordering::Relaxed) != 0 && protects(Protection::RetainedOnce) {
        return false;
    }
    slot.next.store(buffer.slot().first.load(Ordering::Relaxed), Ordering::Relaxed);
    slot.parent.store(buffer.id(), Ordering::Relaxed);
    buffer.slot().first.store(encoder.id(), Ordering::Relaxed);
    true
}

/// Takes one encoder off `buffer`'s list.
pub(crate) fn pop<'t, P: Platform>(table: &'t Table, buffer: Place<'_>, me: Thread) -> Option<Place<'t>> {
    if buffer.slot().first.load(Ordering::Relaxed) == 0 {
        return None; // an encoder that is pushed now is too late anyway: a buffer completes, is freed or begins anew once
    }
    let _held = buffer.slot().chain.lock_as::<P>(me);
    let encoder = table.by_id(buffer.slot().first.load(Ordering::Relaxed))?;
    buffer.slot().first.store(encoder.slot().next.load(Ordering::Relaxed), Ordering::Relaxed);
    if protects(Protection::ReleasedOnce) {
        encoder.slot().parent.store(0, Ordering::Relaxed);
    }
    Some(encoder)
}

/// Takes `encoder` off its list, if it is on one. The encoder was freed in spite of the guard's reference (the application
/// released it once too often), so that reference must not be given back.
pub(crate) fn forget<P: Platform>(table: &Table, encoder: Place<'_>, me: Thread) {
    let Some(buffer) = table.by_id(encoder.slot().parent.load(Ordering::Relaxed)) else { return };
    let _held = buffer.slot().chain.lock_as::<P>(me);
    if encoder.slot().parent.load(Ordering::Relaxed) != buffer.id() {
        return; // popped meanwhile
    }
    let after = encoder.slot().next.load(Ordering::Relaxed);
    let mut link = &buffer.slot().first;
    while let Some(other) = table.by_id(link.load(Ordering::Relaxed)) {
        if other.id() == encoder.id() {
            link.store(after, Ordering::Relaxed);
            break;
        }
        link = &other.slot().next;
    }
    encoder.slot().parent.store(0, Ordering::Relaxed);
}

/// Shows `see` the words that are kept with the encoders of `parent`'s list.
pub(crate) fn attachments<P: Platform>(table: &Table, parent: &Slot, me: Thread, see: impl FnMut(usize)) {
    let _held = parent.chain.lock_as::<P>(me);
    list(table, parent).map(|place| place.slot().attachment.load(Ordering::Relaxed)).for_each(see);
}

/// The first encoder on `parent`'s list that is recorded as open. (Its own state is ahead of that: it has ended with the
/// first step of its teardown, while the driver still has it open.)
pub(crate) fn find_open<'t, P: Platform>(table: &'t Table, parent: &Slot, me: Thread) -> Option<Place<'t>> {
    let _held = parent.chain.lock_as::<P>(me);
    let is_open = |place: &Place<'_>| {
        if !protects(Protection::MadeOpenUntilEnded) {
            return place.slot().is_open();
        }
        let home = table.by_id(place.slot().home());
        home.and_then(|home| home.slot().buffer.open()).is_some_and(|(open, _)| open == place.id())
    };
    list(table, parent).find(is_open)
}

/// How many encoders are on `parent`'s list.
pub(crate) fn length<P: Platform>(table: &Table, parent: &Slot, me: Thread) -> usize {
    let _held = parent.chain.lock_as::<P>(me);
    list(table, parent).count()
}

/// The caller holds the list's lock.
fn list<'t>(table: &'t Table, parent: &Slot) -> impl Iterator<Item = Place<'t>> {
    let first = table.by_id(parent.first.load(Ordering::Relaxed));
    core::iter::successors(first, |place| table.by_id(place.slot().next.load(Ordering::Relaxed)))
}

/// How many encoders are on lists.
pub(crate) fn count(table: &Table) -> u64 {
    table.slots().filter(|slot| slot.parent.load(Ordering::Relaxed) != 0).count() as u64
}
