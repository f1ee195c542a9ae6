//! Deciding about calls by what is open on their command buffer or was made by their encoder; and detecting, which looks at every
//! call and holds none up.

use crate::buffer::BufferState;
use crate::finding::Finding;
use crate::guard::Guard;
use crate::ids::{Key, SlotId, Thread, Who};
use crate::lock::Held;
use crate::observer::Observer;
use crate::permit::{Entry, Permit, Request};
use crate::platform::Platform;
use crate::retained;
use crate::slot::{Slot, State};
use crate::sync::{Instant, Ordering, Protection, protects};
use crate::table::Place;
use agx_fix_terms::{CallKind, FindingClass, Outcome, Phase};

/// An encoder that is open where it should not be.
struct Obstacle<'g> {
    encoder: SlotId,
    opener: Who,
    /// Where the end of the encoder is told.
    state: &'g BufferState,
}

impl<P: Platform + Observer> Guard<P> {
    /// Decides about a call, made under `permit`, that opens an encoder, encodes an event, commits, or ends an encoder that has
    /// made others. `None` if the call waited for another thread's encoder and is to be looked at again: another thread may
    /// have committed meanwhile. A call whose wait has timed out does not wait again.
    #[cold]
    pub(crate) fn admit<'g>(
        &'g self,
        permit: Permit<'g, P>,
        request: Request,
        wait_timed_out: &mut bool,
    ) -> Option<Entry<'g, P>> {
        let (slot, kind, me) = (permit.slot(), request.call.kind, request.me);
        let looks = protects(Protection::CommittedRefused)
            && (protects(Protection::CommitLooksAgain) || !*wait_timed_out);
        if slot.buffer.phase() != Phase::Recording && looks {
            return Some(Entry::Refused(after_commit(request, Outcome::Prevented)));
        }
        let Some(Obstacle { encoder, opener, state }) = self.in_the_way(slot, kind, me) else {
            return Some(Entry::Go(permit));
        };
        if *wait_timed_out {
            return Some(self.go_all_the_same(permit, kind, encoder));
        }
        drop(permit); // while this thread holds the buffer, no thread can end the encoder, and nothing may be told
        let has_ended = opener.thread != me && self.wait_for_end(state, me);
        let outcome = match kind {
            _ if has_ended => Outcome::Prevented,
            CallKind::Open => Outcome::Reported,
            _ => Outcome::Converted,
        };
        self.tell(&still_open(request, opener, outcome));
        *wait_timed_out = !has_ended;
        None
    }

    /// What must have ended before a call of that kind. Under the lock of `slot`.
    fn in_the_way<'g>(&'g self, slot: &'g Slot, kind: CallKind, me: Thread) -> Option<Obstacle<'g>> {
        let state = match kind {
            CallKind::Commit if !protects(Protection::CommitWaits) => return None,
            CallKind::Open | CallKind::Event | CallKind::Commit => &slot.buffer,
            CallKind::End => &retained::find_open::<P>(&self.table, slot, me)?.slot().buffer,
            _ => return None,
        };
        state.open().map(|(encoder, opener)| Obstacle { encoder, opener, state })
    }

    /// The encoder is open and stays so: it is ended for its owner before a commit, an event or its maker's end; a second
    /// encoder goes to the driver.
    fn go_all_the_same<'g>(&self, permit: Permit<'g, P>, kind: CallKind, encoder: SlotId) -> Entry<'g, P> {
        let encoder = self.table.by_id(encoder).map_or(0, Place::key);
        if encoder == 0 || kind == CallKind::Open {
            return Entry::Go(permit);
        }
        Entry::EndFirst(permit, Key(encoder))
    }

    /// Detecting: the lock is only a mark that shows who is inside.
    #[cold]
    pub(crate) fn watch<'g>(&'g self, place: Place<'g>, request: Request) -> Entry<'g, P> {
        let Request { call, me, .. } = request;
        let (slot, lock) = (place.slot(), self.lock_slot(place.slot()));
        if let Some(thread) = lock.lock.owner() {
            let other = Who { thread, call: lock.inside().unwrap_or(call.id) };
            self.tell(&request.finding(FindingClass::TwoThreads, Outcome::Reported, Some(other)));
        }
        if let Some(finding) = self.misuse(slot, request) {
            self.tell(&finding);
        }
        let held = Held::try_lock(lock, me);
        if held.is_some() {
            lock.acquisitions.add_one();
        }
        Entry::Go(Permit::new(self, place, request, held))
    }

    /// What is wrong with a call that will go to the driver anyway.
    fn misuse(&self, slot: &Slot, request: Request) -> Option<Finding> {
        let kind = request.call.kind;
        if kind.is_late_after_end() && slot.state() == State::Ended {
            return Some(self.late(request, slot.ended_by(), Outcome::Reported));
        }
        if kind.is_of_buffer() && slot.buffer.phase() != Phase::Recording {
            return Some(after_commit(request, Outcome::Reported));
        }
        let obstacle = self.in_the_way(slot, kind, request.me)?;
        Some(still_open(request, obstacle.opener, Outcome::Reported))
    }

    /// Counts a finding and tells the observer.
    fn tell(&self, finding: &Finding) {
        let first = self.note(finding);
        P::found(finding, first);
    }
}

impl<P: Platform> Guard<P> {
    /// The encoders that are open on a command buffer, or that an encoder has made and that are open, one after the
    /// other: for a caller that ends each before it asks for the next. No more than there were encoders at all.
    pub fn open_encoders(&self, parent: Key) -> impl Iterator<Item = Key> {
        let me = P::thread();
        let parent = self.table.find(parent);
        let most = parent.map_or(0, |parent| retained::length::<P>(&self.table, parent.slot(), me));
        (0..most).map_while(move |_| {
            retained::find_open::<P>(&self.table, parent?.slot(), me).map(|encoder| Key(encoder.key()))
        })
    }

    /// Waits for the end of the open encoder. False if it will not end: the time is up, or its owner waits for this thread.
    pub(crate) fn wait_for_end(&self, state: &BufferState, me: Thread) -> bool {
        let until = Instant::now() + self.wait_timeout();
        let _waiting = state.announce_wait();
        loop {
            let event = state.end_event.load(Ordering::Acquire);
            let Some((_, opener)) = state.open() else { return true };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.waits.begin::<P>(me, opener.thread) {
                return false;
            }
            P::wait(&state.end_event, event, Some(left));
            self.waits.end::<P>(me);
        }
    }
}

fn after_commit(request: Request, outcome: Outcome) -> Finding {
    let lossy = outcome == Outcome::Prevented && request.call.kind != CallKind::Commit;
    Finding { lossy, ..request.finding(FindingClass::UsedAfterCommit, outcome, None) }
}

fn still_open(request: Request, opener: Who, outcome: Outcome) -> Finding {
    let class = match request.call.kind {
        CallKind::Open => FindingClass::EncoderAlreadyOpen,
        _ => FindingClass::EncoderOpenAtCommit,
    };
    request.finding(class, outcome, Some(opener))
}
