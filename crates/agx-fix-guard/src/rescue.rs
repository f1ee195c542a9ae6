//! Late calls: refusing them, and late work that the front end can do elsewhere: where its command buffer stands, and what became
//! of it.

use crate::finding::Finding;
use crate::guard::Guard;
use crate::ids::{Key, Who};
use crate::late::{BufferOfLate, LateCall};
use crate::lock::Held;
use crate::permit::{Entry, Permit, Request};
use crate::platform::Platform;
use crate::retained;
use crate::slot::Slot;
use crate::sync::Ordering;
use crate::table::Place;
use agx_fix_terms::{CallKind, FindingClass, Outcome, Phase};

impl<P: Platform> Guard<P> {
    /// A call comes after its encoder's end, or its encoder was freed while it waited (`stale`).
    #[cold]
    pub(crate) fn refuse_late(
        &self,
        slot: &Slot,
        held: Held<'_, P, Slot>,
        request: Request,
        stale: bool,
    ) -> Entry<'_, P> {
        if request.call.kind == CallKind::End && !stale && slot.claim_end_for_owner() {
            return Entry::Done;
        }
        let ended_by = slot.ended_by();
        drop(held);
        Entry::Refused(self.late(request, ended_by, Outcome::Prevented))
    }

    /// Counts a late call.
    pub(crate) fn late(&self, request: Request, ended_by: Who, outcome: Outcome) -> Finding {
        let is_dispatch = request.call.kind == CallKind::Dispatch;
        let finding = request.finding(FindingClass::LateCall, outcome, Some(ended_by));
        self.late_calls.add(&LateCall { key: request.key, late: finding.who, ended_by }, is_dispatch);
        Finding { lossy: is_dispatch && outcome == Outcome::Prevented, ..finding }
    }

    /// A call that encodes, made under `permit`, comes after the encoder's end.
    #[cold]
    pub(crate) fn late_work<'g>(&'g self, permit: Permit<'g, P>) -> Entry<'g, P> {
        let buffer = self.buffer_of_late(permit.slot());
        Entry::Late(permit, buffer)
    }

    /// The caller holds the lock, which is the command buffer's.
    fn buffer_of_late(&self, slot: &Slot) -> BufferOfLate {
        let Some(buffer) = self.table.by_id(slot.home()) else { return BufferOfLate::Gone };
        // A buffer that was freed, or reused its address, has another generation.
        let same = buffer.slot().generation() == slot.home_generation();
        if !same || buffer.slot().buffer.phase() != Phase::Recording {
            return BufferOfLate::Gone;
        }
        let open = buffer.slot().buffer.open().and_then(|(encoder, _)| self.table.by_id(encoder));
        match open.map(Place::key).filter(|&encoder| encoder != 0) {
            Some(encoder) => BufferOfLate::Encoding(Key(encoder)),
            None => BufferOfLate::Recording(Key(buffer.key())),
        }
    }

    /// What became of late work: its finding, with the outcome that it has now. Counts the late call; the finding is still to
    /// be noted. `is_dispatch` says whether the call was a dispatch.
    pub fn late_ended(&self, finding: &Finding, is_dispatch: bool) {
        if let Some(ended_by) = finding.other {
            self.late_calls.add(&LateCall { key: finding.key, late: finding.who, ended_by }, is_dispatch);
        }
        if is_dispatch && finding.outcome == Outcome::Converted {
            self.late_calls.add_rescued();
        }
    }

    /// Waits until no encoder is open on the command buffer of `encoder`. False if the time is up, or if it
    /// would wait for itself. The caller holds no lock.
    pub fn wait_until_closed(&self, encoder: Key) -> bool {
        let me = P::thread();
        let Some(place) = self.table.find(encoder) else { return false };
        let Some(buffer) = self.table.by_id(place.slot().home()) else { return false };
        let mine = buffer.slot().buffer.open().is_some_and(|(_, opener)| opener.thread == me);
        !mine && self.wait_for_end(&buffer.slot().buffer, me)
    }

    /// Names `who` as the thread and call that ended the encoder: late work may have ended it once more. The caller holds the
    /// encoder's lock.
    pub fn attribute_end(&self, encoder: Key, who: Who) {
        if let Some(place) = self.table.find(encoder) {
            place.slot().attribute_end(who);
        }
    }

    /// The word that the front end keeps with the slot of `key`; `None` without a slot. The caller holds its lock.
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
            retained::attachments::<P>(&self.table, place.slot(), P::thread(), see);
        }
    }
}
