//! What is kept with an encoder: whose it is, and the records of all its threads once they are several.
//!
//! It belongs to the encoder's slot in the guard, lives as long as the process, and serves one encoder after the other.
//! Whoever has a reference to it holds the slot's lock.

use super::apply;
use super::binding::{self, Bind, Binding, Content};
use super::record::{Record, Released};
use super::uses::Uses;
use super::{Proceed, serial};
use crate::host::Host;
use crate::table::Role;
use agx_fix_guard::{Permit, Who};
use agx_fix_objc::Id;
use agx_fix_objc::memory::{self, Strong};

/// What is kept with one encoder.
#[derive(Debug)]
pub(crate) struct Kept {
    /// What kind of encoder it is; `None` if it was there before the hooks, so that not all is known of it.
    role: Option<Role>,
    /// The one thread that has used it, by its serial number; 0 for none. Meaningless once it is shared.
    owner: u64,
    /// The owner's bindings.
    own: Record,
    /// The thread that ended the encoder when nobody else had used it: its bindings are forgotten.
    gave_up: u64,
    shared: bool,
    /// What the driver holds; empty until the encoder is shared.
    driver: Record,
    /// Those of the first `threads` are in use.
    records: Vec<Record>,
    threads: usize,
    /// Counts the changes of the records.
    changes: u64,
    /// What was made resident.
    pub(super) uses: Uses,
    /// The queue of the command buffer, once that is committed.
    pub(super) queue: Option<Strong>,
}

/// A new one, which lives as long as the process.
pub(super) fn new() -> &'static mut Kept {
    Box::leak(Box::new(Kept {
        role: None,
        owner: 0,
        own: Record::new(),
        gave_up: 0,
        shared: false,
        driver: Record::new(),
        records: Vec::new(),
        threads: 0,
        changes: 0,
        uses: Uses::default(),
        queue: None,
    }))
}

/// What an attachment of the guard leads to.
///
/// # Safety
/// The word is 0 or the exposed address of one of [`new`]'s, and the caller holds the lock of its slot, with no other
/// reference to it.
#[inline]
pub(super) unsafe fn of<'a>(word: usize) -> Option<&'a mut Kept> {
    // SAFETY: forwarded.
    unsafe { core::ptr::with_exposed_provenance_mut::<Kept>(word).as_mut() }
}

/// The same for the encoder of a permit, made if need be.
///
/// # Safety
/// There is no other reference to it.
pub(super) unsafe fn of_or_new<'a>(permit: &Permit<'_, Host>) -> Option<&'a mut Kept> {
    if permit.attachment() == 0 {
        permit.attach(core::ptr::from_mut(new()).expose_provenance());
    }
    // SAFETY: forwarded; a permit holds the lock.
    unsafe { of(permit.attachment()) }
}

impl Kept {
    pub(super) fn role(&self) -> Option<Role> {
        self.role
    }

    /// Whether the encoder was seen from its opening on.
    pub(super) fn is_known(&self) -> bool {
        self.role.is_some()
    }

    pub(super) fn is_shared(&self) -> bool {
        self.shared
    }

    pub(super) fn has_given_up(&self, thread: u64) -> bool {
        self.gave_up == thread
    }

    /// An encoder is opened. Where the driver gives one that several threads use to the same command buffer again, their
    /// bindings stay, but those of the thread that asked for it: it knows that the encoder is a new one.
    pub(super) fn begin(&mut self, role: Role, opener: u64, released: &mut Released) {
        if self.shared {
            self.driver.clear(released);
            self.records[..self.threads]
                .iter_mut()
                .filter(|record| record.thread == opener)
                .for_each(|record| record.clear(released));
            self.uses.clear(released);
        } else {
            self.clear(released);
        }
        self.role = Some(role);
    }

    /// The encoder is freed: nothing is kept any more, but the memory that one thread's bindings take. That of several is
    /// seldom needed and grows with the threads, and a slot is there for ever.
    pub(super) fn clear(&mut self, released: &mut Released) {
        self.own.clear(released);
        if self.shared {
            self.driver.clear(released);
            self.driver = Record::new();
            self.records.iter_mut().for_each(|record| record.clear(released));
            self.records = Vec::new();
        }
        self.uses.clear(released);
        released.extend(self.queue.take().map(Strong::into_owned));
        (self.role, self.owner, self.gave_up) = (None, 0, 0);
        (self.shared, self.threads) = (false, 0);
    }

    /// Whether no other thread than this one uses the encoder. The first one that does becomes its owner.
    #[inline]
    pub(super) fn is_only(&mut self, thread: u64) -> bool {
        if self.owner == 0 {
            self.owner = thread;
        }
        !self.shared && self.owner == thread
    }

    /// A second thread comes, or the encoder is ended by one: what the owner has bound is retained from now on, and is
    /// what the driver holds.
    ///
    /// # Safety
    /// The encoder is open, so that what is bound to it is alive.
    pub(super) unsafe fn share(&mut self) {
        if self.shared {
            return;
        }
        self.shared = true;
        let mut none = Released::new();
        self.driver.begin(0, true, &mut none);
        // SAFETY: alive, as the caller says.
        unsafe {
            self.own.retain();
            self.driver.put_all(&self.own, &mut none);
            self.uses.retain();
        }
        if self.owner != 0 {
            self.own.thread = self.owner;
            let spare = self.record_of(self.owner);
            core::mem::swap(&mut self.records[spare], &mut self.own);
        }
    }

    /// The encoder is about to be ended by that thread.
    ///
    /// # Safety
    /// It is open.
    pub(super) unsafe fn ends(&mut self, thread: u64) {
        if self.shared {
            return;
        }
        if self.owner != 0 && self.owner != thread {
            // SAFETY: forwarded.
            unsafe { self.share() };
        } else {
            self.gave_up = self.owner;
            self.own.clear(&mut Released::new()); // holds no references
        }
    }

    /// The number of a thread's record, made if need be.
    fn record_of(&mut self, thread: u64) -> usize {
        if let Some(found) = self.find(thread) {
            return found;
        }
        if self.records.len() == self.threads {
            self.records.push(Record::new());
        }
        // What a record held was given up when it went out of use.
        self.records[self.threads].begin(thread, true, &mut Released::new());
        self.threads += 1;
        self.threads - 1
    }

    fn find(&self, thread: u64) -> Option<usize> {
        self.records[..self.threads].iter().position(|record| record.thread == thread)
    }

    /// A call has bound something: it is written down, and if several threads use the encoder, also that the driver
    /// holds it.
    ///
    /// # Safety
    /// `words` are the arguments of a method of that shape.
    #[inline]
    pub(super) unsafe fn record(
        &mut self,
        thread: u64,
        who: Who,
        bind: Bind,
        words: &[usize],
        released: &mut Released,
    ) {
        if self.is_only(thread) {
            // SAFETY: forwarded.
            unsafe { binding::each(bind, words, |binding| self.own.put(binding, released)) };
            return;
        }
        // SAFETY: forwarded.
        unsafe {
            self.record_late(thread, who, bind, words, released);
            binding::each(bind, words, |binding| self.driver.put(binding, released));
        }
    }

    /// The same for a call that does not reach the driver.
    ///
    /// # Safety
    /// As for [`Kept::record`].
    pub(super) unsafe fn record_late(
        &mut self,
        thread: u64,
        who: Who,
        bind: Bind,
        words: &[usize],
        released: &mut Released,
    ) {
        self.changes += 1;
        let change = Some((self.changes, who));
        let number = self.record_of(thread);
        let (record, driver) = (&mut self.records[number], &self.driver);
        record.last = change;
        // SAFETY: forwarded; what the driver's record names is retained.
        unsafe {
            binding::each(bind, words, |binding| {
                if let Binding::Offset(index, ..) = binding
                    && record.arguments.get(index).is_none()
                    && let Some(inherited) = driver.arguments.get(index)
                {
                    record.put(Binding::Argument(index, inherited), released);
                }
                record.put(binding, released);
            });
        }
    }

    /// The encoder has ended, and a call comes late: from now on several threads use it, if that was not so before.
    pub(super) fn share_late(&mut self) {
        if !self.shared {
            self.shared = true;
            self.owner = 0;
            self.driver.begin(0, true, &mut Released::new());
        }
    }

    /// A new offset belongs to the buffer that this thread has bound. If the driver holds another one, this thread's is
    /// bound instead, with the offset.
    ///
    /// # Safety
    /// The encoder is open and shared; `words` are the arguments of a method of that shape.
    pub(super) unsafe fn bind_offset(
        &mut self,
        encoder: Id,
        bind: Bind,
        words: &[usize],
        released: &mut Released,
    ) -> Proceed {
        if !matches!(bind, Bind::Offset | Bind::OffsetStride) {
            return Proceed::Call;
        }
        let number = self.record_of(serial());
        let (record, driver) = (&mut self.records[number], &mut self.driver);
        let mut proceed = Proceed::Call;
        // SAFETY: forwarded; the records' objects are retained.
        unsafe {
            binding::each(bind, words, |binding| {
                let Binding::Offset(index, offset, stride) = binding else { return };
                let Some(mine) = record.arguments.get(index) else { return };
                let held = driver.arguments.get(index);
                let same =
                    held.is_some_and(|held| held.content == mine.content && held.object == mine.object);
                if mine.content == Content::Buffer && !same {
                    let moved = binding::Argument { offset, stride: stride.or(mine.stride), ..mine };
                    let whole = Binding::Argument(index, moved);
                    apply::bind(encoder, whole);
                    record.put(whole, released);
                    driver.put(whole, released);
                    proceed = Proceed::Done;
                }
            });
        }
        proceed
    }

    /// Gives the driver what a thread has bound. True if it held something else.
    ///
    /// # Safety
    /// The encoder is open and shared.
    pub(super) unsafe fn apply_for(&mut self, thread: u64, encoder: Id, released: &mut Released) -> bool {
        let Some(number) = self.find(thread) else { return false };
        // SAFETY: forwarded; the records' objects are retained.
        unsafe { apply::apply(encoder, &self.records[number], &mut self.driver, released) }
    }

    /// Gives the driver bindings that are kept elsewhere.
    ///
    /// # Safety
    /// The encoder is open and shared, and the objects of `wanted` are alive.
    pub(super) unsafe fn apply(&mut self, wanted: &Record, encoder: Id, released: &mut Released) {
        // SAFETY: forwarded.
        unsafe { apply::apply(encoder, wanted, &mut self.driver, released) };
    }

    /// What a thread's next dispatch would work with: what it has bound, and for the rest what the driver holds. It holds
    /// references of its own.
    pub(super) fn view(&self, thread: u64) -> Record {
        let mut view = Record::new();
        let mut released = Released::new();
        view.begin(thread, true, &mut released);
        // SAFETY: the records' objects are retained.
        unsafe {
            view.put_all(&self.driver, &mut released);
            if let Some(number) = self.find(thread) {
                view.put_all(&self.records[number], &mut released);
            }
        }
        for object in released {
            // SAFETY: a reference that `view` held for an instant; the records hold others.
            unsafe { memory::release(object) };
        }
        view
    }

    /// The last call of another thread that bound something.
    pub(super) fn last_but(&self, thread: u64) -> Option<Who> {
        let others = self.records[..self.threads].iter().filter(|record| record.thread != thread);
        others.filter_map(|record| record.last).max_by_key(|(change, _)| *change).map(|(_, who)| who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_several_threads_goes_with_the_encoder() {
        let kept = new();
        for thread in 1..=16 {
            kept.share_late();
            kept.record_of(thread);
        }
        assert_eq!(kept.records.len(), 16);
        let mut released = Released::new();
        kept.clear(&mut released);
        assert_eq!((kept.records.capacity(), kept.threads, kept.shared), (0, 0, false));
        assert!(released.is_empty(), "there was nothing to give back");
    }
}
