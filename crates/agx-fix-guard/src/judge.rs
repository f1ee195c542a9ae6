//! Judging calls by what is open on their command buffer or was made by their encoder, and watching without holding
//! anybody up.

use crate::buffer::Record;
use crate::finding::Finding;
use crate::guard::{Entry, Guard, Key};
use crate::late::Who;
use crate::lock::Lock;
use crate::permit::Permit;
use crate::platform::{Platform, Thread};
use crate::retained;
use crate::slot::{Slot, SlotId, State};
use crate::sync::{Instant, Ordering};
use crate::table::Place;
use agx_fix_terms::{Call, CallKind, FindingClass, Outcome, Phase};

/// How a wait for another thread's encoder came out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    /// It has ended.
    Ended,
    /// It has not, and will not: the time is up, its owner waits for this thread, or this thread is its owner.
    InVain,
}

/// An encoder that is open where it should not be.
struct Obstacle<'g> {
    encoder: SlotId,
    opener: Who,
    /// Whose bell rings when it ends.
    record: &'g Record,
}

impl<P: Platform> Guard<P> {
    /// Decides on a call that opens an encoder, encodes an event, commits, or ends an encoder that has made others, made
    /// under `permit`. `None` if the call waited for another thread's encoder and is to be looked at again: others may
    /// have committed meanwhile. `in_vain` is whether it has waited in vain, and so will not wait again.
    #[cold]
    pub(crate) fn admit<'g>(
        &'g self,
        permit: Permit<'g, P>,
        key: Key,
        in_vain: &mut bool,
    ) -> Option<Entry<'g, P>> {
        let (slot, call, me) = (permit.slot(), permit.call(), permit.thread());
        if slot.record.phase() != Phase::Recording {
            return Some(Entry::Refused(after_commit(key, call, me, Outcome::Prevented)));
        }
        let Some(Obstacle { encoder, opener, record }) = self.in_the_way(slot, call.kind, me) else {
            slot.set_inside(call.id);
            return Some(Entry::Go(permit));
        };
        if *in_vain {
            return Some(self.go_all_the_same(permit, encoder));
        }
        drop(permit); // nobody can end the encoder, and nothing may be said, while this thread holds the buffer
        let waited = if opener.thread == me { Waited::InVain } else { self.wait_for_end(record, me) };
        let outcome = match (waited, call.kind) {
            (Waited::Ended, _) => Outcome::Prevented,
            (Waited::InVain, CallKind::Open) => Outcome::Reported,
            (Waited::InVain, _) => Outcome::Converted,
        };
        self.tell(&still_open(key, call, me, opener, outcome));
        *in_vain = waited == Waited::InVain;
        None
    }

    /// What must have ended before a call of that kind. Under the lock of `slot`.
    fn in_the_way<'g>(&'g self, slot: &'g Slot, kind: CallKind, me: Thread) -> Option<Obstacle<'g>> {
        let record = match kind {
            CallKind::Open | CallKind::Event | CallKind::Commit => &slot.record,
            CallKind::End => &retained::find_open::<P>(&self.table, slot, me)?.slot().record,
            _ => return None,
        };
        record.open().map(|(encoder, opener)| Obstacle { encoder, opener, record })
    }

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

    /// The encoder is open and stays so: it is ended for its owner before a commit, an event or its maker's end; a second
    /// one goes to the driver.
    fn go_all_the_same<'g>(&self, permit: Permit<'g, P>, encoder: SlotId) -> Entry<'g, P> {
        permit.slot().set_inside(permit.call().id);
        let encoder = self.table.by_id(encoder).map_or(0, Place::key);
        if encoder == 0 || permit.call().kind == CallKind::Open {
            return Entry::Go(permit);
        }
        Entry::EndFirst(permit, Key(encoder))
    }

    pub(crate) fn wait_for_end(&self, record: &Record, me: Thread) -> Waited {
        let until = Instant::now() + self.wait_timeout();
        let _waiting = record.wait();
        loop {
            let rung = record.bell.load(Ordering::Acquire);
            let Some((_, opener)) = record.open() else { return Waited::Ended };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Waited::InVain;
            }
            if !self.waits.begin::<P>(me, opener.thread) {
                return Waited::InVain;
            }
            P::wait(&record.bell, rung, Some(left));
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
                class: FindingClass::TwoThreads,
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
        if call.kind.is_late_after_end() && slot.state() == State::Ended {
            let (thread, ended_call) = slot.ended_by();
            let ender = Who { thread, call: ended_call };
            return Some(self.late(key, call, me, ender, Outcome::Reported));
        }
        if call.kind.is_of_buffer() && slot.record.phase() != Phase::Recording {
            return Some(after_commit(key, call, me, Outcome::Reported));
        }
        let obstacle = self.in_the_way(slot, call.kind, me)?;
        Some(still_open(key, call, me, obstacle.opener, Outcome::Reported))
    }

    /// Counts a finding and passes it on.
    fn tell(&self, finding: &Finding) {
        let first = self.note(finding);
        P::found(finding, first);
    }
}

fn after_commit(key: Key, call: Call, me: Thread, outcome: Outcome) -> Finding {
    Finding {
        class: FindingClass::UsedAfterCommit,
        outcome,
        key,
        who: Who { thread: me, call: call.id },
        other: None,
        lossy: outcome == Outcome::Prevented && call.kind != CallKind::Commit,
    }
}

fn still_open(key: Key, call: Call, me: Thread, opener: Who, outcome: Outcome) -> Finding {
    let class = if call.kind == CallKind::Open {
        FindingClass::EncoderAlreadyOpen
    } else {
        FindingClass::EncoderOpenAtCommit
    };
    Finding { class, outcome, key, who: Who { thread: me, call: call.id }, other: Some(opener), lossy: false }
}
