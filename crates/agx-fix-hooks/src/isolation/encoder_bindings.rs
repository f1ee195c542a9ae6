//! The bindings that are kept with an encoder: whose it is, and a set for each of its threads once they are several.
//!
//! They belong to the encoder's slot in the guard, live as long as the process, and serve one encoder after the other. They
//! are lent to a closure, to one at a time, under the lock of the slot.

use super::apply;
use super::binding::{self, Binding, Content};
use super::binding_set::BindingSet;
use super::deferred::Released;
use super::uses::Uses;
use crate::guard::{GUARD, Process};
use crate::table::{Bind, Role};
use agx_fix_guard::{Key, Permit, Platform as _, Protection, Who, protects};
use agx_fix_objc::Id;
use agx_fix_objc::memory::{self, Strong};
use agx_fix_terms::CallId;
use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicU64, Ordering};

/// Whether the original is still to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proceed {
    /// Yes.
    Call,
    /// No: what it does has been done.
    Done,
}

/// The calling thread's number, which no other thread has had or will have. Not 0.
#[inline]
pub(super) fn serial() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local!(static ME: Cell<u64> = const { Cell::new(0) });
    ME.with(|me| {
        if me.get() == 0 {
            me.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        me.get()
    })
}

/// The bindings of one encoder.
#[derive(Debug, Default)]
pub(crate) struct EncoderBindings {
    /// What kind of encoder it is; `None` if it was there before the hooks, so that not all is known of it.
    role: Option<Role>,
    /// The one thread that has used it, by its serial number; 0 for none. Meaningless once it is shared.
    owner: u64,
    /// The owner's bindings.
    own: BindingSet,
    /// The thread that ended the encoder before any other had used it: its bindings are forgotten.
    ended_by_sole_user: u64,
    shared: bool,
    /// What the driver holds; empty until the encoder is shared.
    driver: BindingSet,
    /// Those of the first `threads` are in use.
    sets: Vec<BindingSet>,
    threads: usize,
    /// Counts the changes of the sets.
    changes: u64,
    /// What was made resident.
    pub(super) uses: Uses,
    /// The queue of the command buffer, once that is committed.
    pub(super) queue: Option<Strong>,
}

/// The word that leads to new bindings, which live as long as the process.
#[cold]
fn new() -> usize {
    let made: &RefCell<EncoderBindings> = Box::leak(Box::default());
    core::ptr::from_ref(made).expose_provenance()
}

/// Lends the bindings that a word of the guard leads to. `None` if there are none, or an outer call of this thread has them.
///
/// # Safety
/// The word is 0 or one of [`new`]'s, and the caller holds the lock of the slot that it is kept with.
#[inline]
unsafe fn lend<R>(word: usize, look: impl FnOnce(&mut EncoderBindings) -> R) -> Option<R> {
    // SAFETY: null, or leaked and never freed; the lock keeps other threads out, as the caller says.
    let bindings = unsafe { core::ptr::with_exposed_provenance::<RefCell<EncoderBindings>>(word).as_ref() }?;
    Some(look(&mut *bindings.try_borrow_mut().ok()?))
}

/// Access. Only these functions store words with slots. A closure gets nothing if an outer call of this thread has the
/// bindings already.
impl EncoderBindings {
    /// Lends the bindings of the permit's encoder, if there are some.
    #[inline]
    pub(super) fn with<R>(permit: &Permit<'_, Process>, look: impl FnOnce(&mut Self) -> R) -> Option<R> {
        // SAFETY: a permit holds the lock of its slot: no policy that only detects keeps bindings.
        unsafe { lend(permit.attachment(), look) }
    }

    /// The same; they are made if need be.
    #[inline]
    pub(super) fn with_or_new<R>(
        permit: &Permit<'_, Process>,
        look: impl FnOnce(&mut Self) -> R,
    ) -> Option<R> {
        let mut word = permit.attachment();
        if word == 0 {
            word = new();
            permit.attach(word);
        }
        // SAFETY: as in `with`.
        unsafe { lend(word, look) }
    }

    /// The same for the encoder with that key, if it has some.
    ///
    /// # Safety
    /// The caller holds the lock of the encoder.
    pub(super) unsafe fn with_of<R>(encoder: Key, look: impl FnOnce(&mut Self) -> R) -> Option<R> {
        // SAFETY: the caller holds the lock.
        unsafe { lend(GUARD.attachment(encoder)?, look) }
    }

    /// The same; they are made if need be.
    ///
    /// # Safety
    /// The caller holds the lock of the encoder.
    pub(super) unsafe fn with_new_of(encoder: Key, look: impl FnOnce(&mut Self)) {
        let Some(mut word) = GUARD.attachment(encoder) else { return };
        if word == 0 {
            word = new();
            GUARD.attach(encoder, word);
        }
        // SAFETY: the caller holds the lock.
        unsafe { lend(word, look) };
    }

    /// The same for each encoder that is retained for a command buffer. `look` must not call the guard.
    ///
    /// # Safety
    /// The caller holds the lock of the buffer and its encoders.
    pub(super) unsafe fn with_retained(buffer: Key, look: impl Fn(&mut Self)) {
        GUARD.attachments_of_retained(buffer, |word| {
            // SAFETY: the caller holds the lock.
            unsafe { lend(word, &look) };
        });
    }
}

impl EncoderBindings {
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

    pub(super) fn was_ended_by_sole_user(&self, thread: u64) -> bool {
        self.ended_by_sole_user == thread
    }

    /// An encoder is opened. Where the driver gives one that several threads use to the same command buffer again, their
    /// bindings stay, but those of the thread that asked for it: it knows that the encoder is a new one.
    pub(super) fn begin(&mut self, role: Role, opener: u64, released: &mut Released) {
        if self.shared {
            if protects(Protection::EmptyWhenGivenAgain) {
                self.driver.clear(released);
            }
            self.sets[..self.threads]
                .iter_mut()
                .filter(|set| set.thread == opener)
                .for_each(|set| set.clear(released));
            self.uses.clear(released);
        } else {
            self.clear(released);
        }
        self.role = Some(role);
    }

    /// The encoder is freed: its bindings are forgotten. The memory for one thread's bindings stays for the slot's next encoder.
    /// That of several threads is freed, as it is seldom needed and grows with the threads.
    pub(super) fn clear(&mut self, released: &mut Released) {
        self.own.clear(released);
        if self.shared {
            self.driver.clear(released);
            self.driver = BindingSet::default();
            self.sets.iter_mut().for_each(|set| set.clear(released));
            self.sets = Vec::new();
        }
        self.uses.clear(released);
        released.extend(self.queue.take().map(Strong::into_owned));
        (self.role, self.owner, self.ended_by_sole_user) = (None, 0, 0);
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
            let spare = self.set_of(self.owner);
            core::mem::swap(&mut self.sets[spare], &mut self.own);
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
        if self.owner != 0 && self.owner != thread && protects(Protection::OwnerKeepsBindings) {
            // SAFETY: open, as the caller says.
            unsafe { self.share() };
        } else {
            self.ended_by_sole_user = self.owner;
            self.own.clear(&mut Released::new()); // holds no references
        }
    }

    /// The number of a thread's set, made if need be.
    fn set_of(&mut self, thread: u64) -> usize {
        if let Some(found) = self.find(thread) {
            return found;
        }
        if self.sets.len() == self.threads {
            self.sets.push(BindingSet::default());
        }
        // What a set held was given up when it went out of use.
        self.sets[self.threads].begin(thread, true, &mut Released::new());
        self.threads += 1;
        self.threads - 1
    }

    fn find(&self, thread: u64) -> Option<usize> {
        self.sets[..self.threads].iter().position(|set| set.thread == thread)
    }

    /// A call has bound something: it is written down, and if several threads use the encoder, also that the driver
    /// holds it.
    ///
    /// # Safety
    /// `words` are the arguments of a method of that shape, and what they name is alive.
    #[inline]
    pub(super) unsafe fn record(
        &mut self,
        thread: u64,
        call: CallId,
        bind: Bind,
        words: &[usize],
        released: &mut Released,
    ) {
        if self.owner == thread && !self.shared {
            // SAFETY: the words are such a method's, and what they name is alive, as the caller says.
            unsafe { binding::each(bind, words, |binding| self.own.put(binding, released)) };
            return;
        }
        // SAFETY: as above.
        unsafe {
            self.record_late(thread, call, bind, words, released);
            binding::each(bind, words, |binding| self.driver.put(binding, released));
        }
    }

    /// The same for a call that does not reach the driver.
    ///
    /// # Safety
    /// As for [`EncoderBindings::record`].
    pub(super) unsafe fn record_late(
        &mut self,
        thread: u64,
        call: CallId,
        bind: Bind,
        words: &[usize],
        released: &mut Released,
    ) {
        self.changes += 1;
        let change = Some((self.changes, Who { thread: Process::thread(), call }));
        let number = self.set_of(thread);
        let (set, driver) = (&mut self.sets[number], &self.driver);
        set.last = change;
        // SAFETY: the words are such a method's, as the caller says; what the driver's set names is retained.
        unsafe {
            binding::each(bind, words, |binding| {
                if let Binding::Offset(index, ..) = binding
                    && set.arguments.get(index).is_none()
                    && let Some(inherited) = driver.arguments.get(index)
                {
                    set.put(Binding::Argument(index, inherited), released);
                }
                set.put(binding, released);
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
    /// `encoder` is open and shared; `words` are the arguments of a method of that shape.
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
        let number = self.set_of(serial());
        let (set, driver) = (&mut self.sets[number], &mut self.driver);
        let mut proceed = Proceed::Call;
        // SAFETY: the encoder is open and the words are such a method's, as the caller says; the sets' objects are retained.
        unsafe {
            binding::each(bind, words, |binding| {
                let Binding::Offset(index, offset, stride) = binding else { return };
                let Some(mine) = set.arguments.get(index) else { return };
                let held = driver.arguments.get(index);
                let same =
                    held.is_some_and(|held| held.content == mine.content && held.object == mine.object);
                if mine.content == Content::Buffer && !same {
                    let moved = binding::Argument { offset, stride: stride.or(mine.stride), ..mine };
                    let whole = Binding::Argument(index, moved);
                    apply::bind(encoder, whole);
                    set.put(whole, released);
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
        // SAFETY: the encoder is open, as the caller says; the sets' objects are retained.
        unsafe { apply::apply(encoder, &self.sets[number], &mut self.driver, released) }
    }

    /// Gives the driver bindings that are kept elsewhere.
    ///
    /// # Safety
    /// The encoder is open and shared, and the objects of `wanted` are alive.
    pub(super) unsafe fn apply(&mut self, wanted: &BindingSet, encoder: Id, released: &mut Released) {
        // SAFETY: the encoder is open and the objects are alive, as the caller says; the driver's are retained.
        unsafe { apply::apply(encoder, wanted, &mut self.driver, released) };
    }

    /// What a thread's next dispatch would work with: what it has bound, and for the rest what the driver holds. It holds
    /// references of its own.
    pub(super) fn view(&self, thread: u64) -> BindingSet {
        let mut view = BindingSet::default();
        let mut released = Released::new();
        view.begin(thread, true, &mut released);
        // SAFETY: the sets' objects are retained.
        unsafe {
            view.put_all(&self.driver, &mut released);
            if let Some(number) = self.find(thread) {
                view.put_all(&self.sets[number], &mut released);
            }
        }
        for object in released {
            // SAFETY: a reference that `view` held for an instant; the sets hold others.
            unsafe { memory::release(object) };
        }
        view
    }

    /// Whether a thread's next dispatch would have a pipeline.
    pub(super) fn has_pipeline(&self, thread: u64) -> bool {
        let own = self.find(thread).and_then(|number| self.sets[number].pipeline);
        own.or(self.driver.pipeline).is_some()
    }

    /// The last call of another thread that bound something.
    pub(super) fn last_but(&self, thread: u64) -> Option<Who> {
        let others = self.sets[..self.threads].iter().filter(|set| set.thread != thread);
        others.filter_map(|set| set.last).max_by_key(|(change, _)| *change).map(|(_, who)| who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_several_threads_goes_with_the_encoder() {
        let mut bindings = EncoderBindings::default();
        for thread in 1..=16 {
            bindings.share_late();
            bindings.set_of(thread);
        }
        assert_eq!(bindings.sets.len(), 16);
        let mut released = Released::new();
        bindings.clear(&mut released);
        assert_eq!((bindings.sets.capacity(), bindings.threads, bindings.shared), (0, 0, false));
        assert!(released.is_empty(), "there was nothing to give back");
    }

    #[test]
    fn they_are_lent_to_one_at_a_time() {
        let word = new();
        // SAFETY: one of `new`'s; no other thread knows it.
        let lend = |look: &mut dyn FnMut()| unsafe { lend(word, |_| look()) };
        let mut inner = Some(());
        assert_eq!(lend(&mut || inner = lend(&mut || ())), Some(()));
        assert_eq!((inner, lend(&mut || ())), (None, Some(())));
    }
}
