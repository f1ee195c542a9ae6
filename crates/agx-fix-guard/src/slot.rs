//! The slot of one encoder or command buffer: its lock, its state, its counters. It knows no table and no guard.
//!
//! Only the holder of a lock writes a field; the lock is named beside each. The fields are atomics so that statistics can read
//! them without a lock. Counters are plain adds: load, add, store.
//!
//! "By `lock`" is the lock of the object: this slot's, or, if the object shares a lock, that of another slot. "By its own
//! `lock`" is this slot's lock, whatever object its holder calls.

use crate::buffer::BufferState;
use crate::ids::{Key, SlotId, Who};
use crate::lock::{Lock, Locked};
use crate::sync::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, Protection, protects};
use agx_fix_terms::CallId;
use const_fn::const_fn;

/// No other slot shares its cache lines: 128 bytes are two lines on x86_64 (which fetches pairs) and one on Apple's
/// cores. What every call touches is in the first of two.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub(crate) struct Slot {
    pub(crate) lock: Lock,
    /// By `lock`: the key, while calls on the object may take the fast path ([`crate::fast_path`]): the object is open and has
    /// this slot's lock. Else 0.
    fast_path: AtomicUsize,
    /// By its own `lock`: how many calls have taken it.
    pub(crate) acquisitions: Counter,
    /// By its own `lock`: the call that the holder is inside, plus one; 0 for none.
    inside: AtomicU32,
    /// By `lock`: a [`State`].
    state: AtomicU8,
    /// By `lock`: whether a completion handler was asked for since the opening (command buffers).
    handler: AtomicU8,
    /// By `lock`: whether the encoder was ended for its owner, whose own end is then no error.
    ended_for_owner: AtomicU8,
    /// By `lock`: tells the objects apart that the slot has served.
    generation: AtomicU32,
    /// By `lock`: how many objects have been freed here. Unlike the generation it does not change when the driver hands out an
    /// ended encoder again.
    free_count: AtomicU32,
    /// The slot whose lock is taken in place of this one's; 0 for its own. Set before the application knows the object.
    alias: AtomicU32,
    /// The slot whose `buffer` says that the encoder is open: its command buffer's; its own for a sub-encoder; 0 for none.
    home: AtomicU32,
    /// The generation of `home` when the encoder was opened.
    home_generation: AtomicU32,
    /// By `lock`: who ended the encoder, and by which call.
    ended_thread: AtomicU32,
    /// By `lock`: a word of the front end. It stays when the slot is reused.
    pub(crate) attachment: AtomicUsize,
    ended_call: AtomicU32,
    /// By the `chain` of the parent: the command buffer that this encoder is retained for, and the next of its encoders.
    pub(crate) parent: AtomicU32,
    pub(crate) next: AtomicU32,
    pub(crate) first: AtomicU32,
    /// The lock over `first`, and over `parent` and `next` of the encoders behind it.
    pub(crate) chain: Lock,
    /// How far a command buffer is and what is open on it; for a sub-encoder, whether it is open.
    pub(crate) buffer: BufferState,
    /// By its own `lock`: how many calls have waited for it.
    pub(crate) contentions: Counter,
    /// By `lock`: how many encoders have been opened here.
    pub(crate) creations: Counter,
}

/// A token for a slot is held by a call, which writes beside the lock where it is.
impl Locked for Slot {
    #[inline]
    fn lock(&self) -> &Lock {
        &self.lock
    }

    #[inline]
    fn before_unlock(&self) {
        self.inside.store(0, Ordering::Relaxed);
    }

    #[inline]
    fn after_unlock(&self) {
        if !protects(Protection::CountersUnderLock) {
            self.acquisitions.add_one();
        }
    }
}

const _: () = assert!(size_of::<Slot>() == 128 || cfg!(any(not(target_pointer_width = "64"), loom, shuttle)));

/// Where an encoder is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    Free = 0,
    Open = 1,
    Ended = 2,
}

impl Slot {
    #[const_fn(cfg(not(loom)))]
    pub(crate) const fn new() -> Self {
        Self {
            lock: Lock::new(),
            fast_path: AtomicUsize::new(0),
            acquisitions: Counter::new(),
            inside: AtomicU32::new(0),
            state: AtomicU8::new(0),
            handler: AtomicU8::new(0),
            ended_for_owner: AtomicU8::new(0),
            generation: AtomicU32::new(0),
            free_count: AtomicU32::new(0),
            alias: AtomicU32::new(0),
            home: AtomicU32::new(0),
            home_generation: AtomicU32::new(0),
            ended_thread: AtomicU32::new(0),
            attachment: AtomicUsize::new(0),
            ended_call: AtomicU32::new(0),
            parent: AtomicU32::new(0),
            next: AtomicU32::new(0),
            first: AtomicU32::new(0),
            chain: Lock::new(),
            buffer: BufferState::new(),
            contentions: Counter::new(),
            creations: Counter::new(),
        }
    }

    #[inline]
    pub(crate) fn state(&self) -> State {
        match self.state.load(Ordering::Relaxed) {
            0 => State::Free,
            1 => State::Open,
            _ => State::Ended,
        }
    }

    /// The slot whose lock is taken in place of this one's; 0 for its own.
    #[inline]
    pub(crate) fn alias(&self) -> SlotId {
        self.alias.load(Ordering::Relaxed)
    }

    /// A new encoder, which counts as a lock made, or a new command buffer, which does not, lives here now. `alias` is the
    /// slot whose lock it takes, or 0.
    #[inline]
    pub(crate) fn open(&self, counted: bool, alias: SlotId) {
        if self.state() != State::Free || !protects(Protection::AdoptedNotLate) {
            self.next_generation(); // born again at the same address
        }
        self.handler.store(0, Ordering::Relaxed);
        self.fast_path.store(0, Ordering::Relaxed);
        self.alias.store(alias, Ordering::Relaxed);
        self.home.store(0, Ordering::Relaxed);
        self.ended_for_owner.store(0, Ordering::Relaxed);
        self.buffer.reset();
        self.state.store(State::Open as u8, Ordering::Relaxed);
        if counted {
            self.creations.add_one();
        }
    }

    /// The encoder has ended. True if it was open.
    #[inline]
    pub(crate) fn end(&self) -> bool {
        let was_open = self.is_open();
        if was_open {
            self.state.store(State::Ended as u8, Ordering::Relaxed);
            if protects(Protection::FastPathClosed) {
                self.fast_path.store(0, Ordering::Relaxed);
            }
        }
        was_open
    }

    #[inline]
    pub(crate) fn free(&self) {
        self.next_generation();
        self.free_count.store(self.free_count().wrapping_add(1), Ordering::Relaxed);
        // The next encoder here is opened under the slot's own lock: its opener holds the lock of its command buffer and must not
        // wait for the lock of another one.
        if protects(Protection::OwnLockAfterFree) {
            self.alias.store(0, Ordering::Relaxed);
        }
        self.state.store(State::Free as u8, Ordering::Relaxed);
        self.fast_path.store(0, Ordering::Relaxed);
    }

    /// Whether calls on the object with that key may take the fast path.
    #[inline]
    pub(crate) fn takes_fast_path(&self, key: Key) -> bool {
        self.fast_path.load(Ordering::Relaxed) == key.0
    }

    /// They may, until the object has ended or is freed, or takes another lock. After [`Slot::open`].
    #[inline]
    pub(crate) fn open_fast_path(&self, key: Key) {
        self.fast_path.store(key.0, Ordering::Relaxed);
    }

    fn next_generation(&self) {
        self.generation.store(self.generation().wrapping_add(1), Ordering::Relaxed);
    }

    /// It changes when an object's life is over. It does not change when an encoder that was there before the hooks gets its
    /// slot, as its first callers may be waiting already.
    #[inline]
    pub(crate) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Relaxed)
    }

    /// How many objects have been freed here.
    pub(crate) fn free_count(&self) -> u32 {
        self.free_count.load(Ordering::Relaxed)
    }

    /// Who ended the encoder.
    #[inline]
    pub(crate) fn ended_by(&self) -> Who {
        let call = CallId(self.ended_call.load(Ordering::Relaxed) as u16);
        Who { thread: self.ended_thread.load(Ordering::Relaxed), call }
    }

    /// By the holder of this slot's lock.
    #[inline]
    pub(crate) fn set_inside(&self, call: CallId) {
        self.inside.store(u32::from(call.0) + 1, Ordering::Relaxed);
    }

    /// The call that the holder of this slot's lock is inside.
    #[inline]
    pub(crate) fn inside(&self) -> Option<CallId> {
        self.inside.load(Ordering::Relaxed).checked_sub(1).map(|call| CallId(call as u16))
    }

    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.state() == State::Open
    }

    /// The slot whose `buffer` says that the encoder is open; 0 for none.
    pub(crate) fn home(&self) -> SlotId {
        self.home.load(Ordering::Relaxed)
    }

    /// The generation of the home when the encoder was opened.
    pub(crate) fn home_generation(&self) -> u32 {
        self.home_generation.load(Ordering::Relaxed)
    }

    pub(crate) fn set_home(&self, home: SlotId, generation: u32) {
        self.home.store(home, Ordering::Relaxed);
        self.home_generation.store(generation, Ordering::Relaxed);
    }

    /// Whether encoders are retained for it: for a command buffer, or for an encoder that makes others. Exact under
    /// `lock`, as these are made under it.
    #[inline]
    pub(crate) fn is_parent(&self) -> bool {
        self.first.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn set_alias(&self, alias: SlotId) {
        self.fast_path.store(0, Ordering::Relaxed);
        self.alias.store(alias, Ordering::Relaxed);
    }

    /// Who is named as the ender from now on.
    pub(crate) fn attribute_end(&self, who: Who) {
        self.ended_thread.store(who.thread, Ordering::Relaxed);
        self.ended_call.store(who.call.0.into(), Ordering::Relaxed);
    }

    /// The encoder will be ended by somebody else than its owner.
    pub(crate) fn end_for_owner(&self) {
        self.ended_for_owner.store(1, Ordering::Relaxed);
    }

    /// Whether it was ended for its owner; true once.
    pub(crate) fn claim_end_for_owner(&self) -> bool {
        self.ended_for_owner.swap(0, Ordering::Relaxed) != 0
    }

    /// True the first time since the opening.
    pub(crate) fn claim_handler(&self) -> bool {
        let claimed = self.handler.load(Ordering::Relaxed) != 0;
        self.handler.store(1, Ordering::Relaxed);
        !claimed
    }
}

/// A counter under a lock, readable without it.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    #[const_fn(cfg(not(loom)))]
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Not an atomic addition: the caller holds the counter's lock.
    #[inline]
    pub(crate) fn add_one(&self) {
        self.0.store(self.get().wrapping_add(1), Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
