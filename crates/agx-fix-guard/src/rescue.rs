//! Late work that somebody above the guard can do elsewhere: where its command buffer stands, and what came of it.

use crate::finding::Finding;
use crate::guard::{Entry, Guard, Key};
use crate::judge::Waited;
use crate::late::{BufferOfLate, LateCall, Who};
use crate::permit::Permit;
use crate::platform::Platform;
use crate::slot::Slot;
use crate::sync::Ordering;
use crate::table::Place;
use agx_fix_terms::{Outcome, Phase};

impl<P: Platform> Guard<P> {
    /// A call that encodes, made under `permit`, comes after the encoder's end.
    #[cold]
    pub(crate) fn late_work<'g>(&'g self, permit: Permit<'g, P>) -> Entry<'g, P> {
        let buffer = self.buffer_of_late(permit.slot());
        permit.slot().set_inside(permit.call().id);
        Entry::Late(permit, buffer)
    }

    /// The caller holds the lock, which is the command buffer's.
    fn buffer_of_late(&self, slot: &Slot) -> BufferOfLate {
        let Some(buffer) = self.table.by_id(slot.home()) else { return BufferOfLate::Gone };
        // A buffer that was freed, or born again, is of another generation.
        let same = buffer.slot().generation() == slot.home_generation();
        if !same || buffer.slot().record.phase() != Phase::Recording {
            return BufferOfLate::Gone;
        }
        let open = buffer.slot().record.open().and_then(|(encoder, _)| self.table.by_id(encoder));
        match open.map(Place::key).filter(|&encoder| encoder != 0) {
            Some(encoder) => BufferOfLate::Encoding(Key(encoder)),
            None => BufferOfLate::Recording(Key(buffer.key())),
        }
    }

    /// What has come of late work: its finding, with the outcome that it has now. Counts it; the finding is still to be
    /// noted. `is_dispatch` as the call's kind said.
    pub fn late_ended(&self, finding: &Finding, is_dispatch: bool) {
        if let Some(ended_by) = finding.other {
            self.late.add(&LateCall { key: finding.key, late: finding.who, ended_by }, is_dispatch);
        }
        if is_dispatch && finding.outcome == Outcome::Converted {
            self.late.add_rescued();
        }
    }

    /// Waits until no encoder is open on the command buffer of `encoder`, within the patience. False if the time is up, or
    /// if waiting is in vain. The caller holds no lock.
    pub fn wait_until_closed(&self, encoder: Key) -> bool {
        let me = P::thread();
        let Some(place) = self.table.find(encoder) else { return false };
        let Some(buffer) = self.table.by_id(place.slot().home()) else { return false };
        let mine = buffer.slot().record.open().is_some_and(|(_, opener)| opener.thread == me);
        !mine && self.wait_for_end(&buffer.slot().record, me) == Waited::Ended
    }

    /// `who` ended the encoder, whoever has ended it since for work that came late. The caller holds its lock.
    pub fn attribute_end(&self, encoder: Key, who: Who) {
        if let Some(place) = self.table.find(encoder) {
            place.slot().attribute_end(who.thread, who.call);
        }
    }

    /// The word that whoever sits above keeps with the slot of `key`; `None` without a slot. The caller holds its lock.
    pub fn attachment(&self, key: Key) -> Option<usize> {
        self.table.find(key).map(|place| place.slot().attachment.load(Ordering::Relaxed))
    }

    /// Sets that word. The caller holds the lock of `key`.
    pub fn attach(&self, key: Key, word: usize) {
        if let Some(place) = self.table.find(key) {
            place.slot().attachment.store(word, Ordering::Relaxed);
        }
    }

    /// Shows `see` the words of the encoders that are retained for a command buffer. The caller holds its lock; `see` must
    /// not come back to the guard.
    pub fn attachments_of_retained(&self, buffer: Key, see: impl FnMut(usize)) {
        if let Some(place) = self.table.find(buffer) {
            crate::retained::attachments::<P>(&self.table, place.slot(), P::thread(), see);
        }
    }
}
