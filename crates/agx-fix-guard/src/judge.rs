//! Judging calls by the state of their command buffer, and watching without holding anybody up.

use crate::buffer::Phase;
use crate::finding::{Class, Finding, Outcome};
use crate::guard::{Call, Entry, Guard, Key, Kind};
use crate::late::Who;
use crate::lock::Lock;
use crate::permit::Permit;
use crate::platform::{Platform, Thread};
use crate::slot::{Slot, State};
use crate::sync::Ordering;
use crate::table::Place;
use std::time::Instant;

/// How a wait for another thread's encoder came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waited {
    /// It has ended.
    Ended,
    /// It has not, and will not: the time is up, its owner waits for this thread, or this thread is its owner.
    InVain,
}

impl<P: Platform> Guard<P> {
    /// Decides on a call that opens an encoder, encodes an event or commits, made under `permit`. `None` if the call
    /// waited for another thread's encoder and is to be looked at again.
    #[cold]
    pub(crate) fn admit<'g>(&'g self, permit: Permit<'g, P>, key: Key) -> Option<Entry<'g, P>> {
        let (slot, call, me) = (permit.slot(), permit.call(), permit.thread());
        if slot.record.phase() != Phase::Recording {
            return Some(Entry::Refused(after_commit(key, call, me, Outcome::Prevented)));
        }
        let Some((_, opener)) = slot.record.open() else {
            slot.set_inside(call.id);
            return Some(Entry::Go(permit));
        };
        drop(permit); // nobody can end the encoder, and nothing may be said, while this thread holds the buffer
        let waited = if opener.thread == me { Waited::InVain } else { self.wait_for_end(slot, me) };
        let outcome = match (waited, call.kind) {
            (Waited::Ended, _) => Outcome::Prevented,
            (Waited::InVain, Kind::Open) => Outcome::Reported,
            (Waited::InVain, _) => Outcome::Converted,
        };
        self.tell(&still_open(key, call, me, opener, outcome));
        (waited == Waited::InVain).then(|| self.go_all_the_same(key, call, me))
    }

    /// The encoder is open and stays so: it is ended for its owner before a commit or an event; a second one goes to
    /// the driver.
    fn go_all_the_same(&self, key: Key, call: Call, me: Thread) -> Entry<'_, P> {
        let Some(place) = self.table.find(key) else { return Entry::Unguarded };
        let (slot, lock) = (place.slot(), self.lock_of(place.slot()));
        lock.lock::<P>(me, None, |_| ());
        slot.acquisitions.add_one();
        slot.set_inside(call.id);
        let permit = Permit::new(self, place, lock, call, me, false);
        let open = slot.record.open().filter(|_| call.kind != Kind::Open);
        let encoder = open.and_then(|(encoder, _)| self.table.by_id(encoder)).map_or(0, Place::key);
        if encoder == 0 { Entry::Go(permit) } else { Entry::EndFirst(permit, Key(encoder)) }
    }

    fn wait_for_end(&self, slot: &Slot, me: Thread) -> Waited {
        let until = Instant::now() + self.patience();
        let _waiting = slot.record.wait();
        loop {
            let rung = slot.record.bell.load(Ordering::Acquire);
            let Some((_, opener)) = slot.record.open() else { return Waited::Ended };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Waited::InVain;
            }
            if !self.waits.begin::<P>(me, opener.thread) {
                return Waited::InVain;
            }
            P::wait(&slot.record.bell, rung, Some(left));
            self.waits.end::<P>(me);
        }
    }

    /// Detecting: the lock is only a mark that shows who is inside.
    #[cold]
    pub(crate) fn watch<'g>(
        &'g self,
        place: Place<'g>,
        lock: &'g Lock,
        key: Key,
        call: Call,
        me: Thread,
    ) -> Entry<'g, P> {
        let slot = place.slot();
        if let Some(thread) = lock.owner() {
            let call_of_other = slot.inside().unwrap_or(call.id);
            self.tell(&Finding {
                class: Class::TwoThreads,
                outcome: Outcome::Reported,
                key,
                who: Who { thread: me, call: call.id },
                other: Some(Who { thread, call: call_of_other }),
                lossy: false,
            });
        }
        if let Some(finding) = self.misuse(slot, key, call, me) {
            self.tell(&finding);
        }
        let marked = lock.try_lock(me);
        if marked {
            slot.acquisitions.add_one();
            slot.set_inside(call.id);
        }
        Entry::Go(Permit::new(self, place, lock, call, me, !marked))
    }

    /// What is wrong with a call that will go to the driver anyway.
    fn misuse(&self, slot: &Slot, key: Key, call: Call, me: Thread) -> Option<Finding> {
        if call.kind.is_late_after_end() {
            let (thread, ended_call) = slot.ended_by();
            let ender = Who { thread, call: ended_call };
            return (slot.state() == State::Ended)
                .then(|| self.late(key, call, me, ender, Outcome::Reported));
        }
        if !call.kind.is_of_buffer() {
            return None;
        }
        if slot.record.phase() != Phase::Recording {
            return Some(after_commit(key, call, me, Outcome::Reported));
        }
        slot.record.open().map(|(_, opener)| still_open(key, call, me, opener, Outcome::Reported))
    }

    /// Counts a finding and passes it on.
    fn tell(&self, finding: &Finding) {
        let first = self.note(finding);
        P::found(finding, first);
    }
}

fn after_commit(key: Key, call: Call, me: Thread, outcome: Outcome) -> Finding {
    Finding {
        class: Class::UsedAfterCommit,
        outcome,
        key,
        who: Who { thread: me, call: call.id },
        other: None,
        lossy: outcome == Outcome::Prevented && call.kind != Kind::Commit,
    }
}

fn still_open(key: Key, call: Call, me: Thread, opener: Who, outcome: Outcome) -> Finding {
    let class = if call.kind == Kind::Open { Class::EncoderAlreadyOpen } else { Class::EncoderOpenAtCommit };
    Finding { class, outcome, key, who: Who { thread: me, call: call.id }, other: Some(opener), lossy: false }
}
