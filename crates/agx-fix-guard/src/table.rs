//! From an address to its slot: a set-associative table that grows and never moves.
//!
//! ```text
//!   segment 0   2^10 buckets      upper bits of a hash -> bucket: 8 keys, 8 slots
//!   segment 1   2^14 buckets      made when a key finds no room below; each of its buckets when a key comes to it
//!   segment 2   2^18 buckets      likewise
//! ```
//!
//! New keys go to the last segment that exists, the *top*, or, where their bucket there is full, to an earlier one. A key
//! stays where it is until it is taken out. A look-up scans one bucket's keys (one cache line) in each segment from the top
//! down to where the key is: one, until some thousand encoders live at once, and never more than [`SEGMENTS`]. Removing stores 0 over
//! the key and leaves no trace, so nothing is ever rebuilt. What was made stays: 1.2 MB at first, up to 19 MB after a time
//! with more than some thousand encoders alive at once, up to 300 MB after one with more than some hundred thousand.
//!
//! **Uniqueness.** Two threads that bring the same new key must end up in one slot. A later segment's bucket index
//! extends the index in segment 0, so all places of a key hang below one bucket there; its `inserting` lock makes
//! insertions below it take turns. Look-ups take no lock.

use crate::ids::{Key, SlotId, Thread};
use crate::lock::Lock;
use crate::platform::Platform;
use crate::slot::Slot;
use crate::sync::{AtomicUsize, OnceLock, Ordering, Protection, Static, array, length, protects};
use const_fn::const_fn;

const WAYS: usize = length(8, 2);
const FIRST_BUCKETS: usize = if cfg!(test) { 1 << 4 } else { length(1 << 10, 1) };
/// A segment has as many times the buckets of the one before.
const GROWTH_BITS: u32 = length(4, 1) as u32;
/// 2^10 + 2^14 + 2^18 buckets of 8: two million encoders at once.
const SEGMENTS: usize = length(3, 2);

#[derive(Debug)]
#[repr(align(128))]
struct Bucket {
    /// 0 is a free way.
    keys: [AtomicUsize; WAYS],
    /// In segment 0: makes insertions below this bucket take turns. Unused in later segments.
    inserting: Lock,
    slots: [Slot; WAYS],
}

impl Bucket {
    #[const_fn(cfg(not(loom)))]
    const fn new() -> Self {
        Self {
            keys: array![AtomicUsize::new(0); WAYS],
            inserting: Lock::new(),
            slots: array![Slot::new(); WAYS],
        }
    }

    /// The slot of `key`.
    #[inline]
    fn slot_of(&self, key: usize) -> Option<&Slot> {
        for way in 0..WAYS {
            if self.keys[way].load(Ordering::Acquire) == key {
                return Some(&self.slots[way]);
            }
        }
        None
    }

    /// Acquire: a slot's fields are as the thread left them that put the key there.
    #[inline]
    fn way_of(&self, key: usize) -> Option<usize> {
        self.keys.iter().position(|way| way.load(Ordering::Acquire) == key)
    }
}

/// The memory of the table's first segment: about 1.2 MB, all zero, so that a `static` of it takes no room in a file and
/// none in memory until it is used.
#[derive(Debug)]
pub struct Storage([Bucket; FIRST_BUCKETS]);

impl Storage {
    /// Storage that holds nothing.
    #[allow(clippy::new_without_default, reason = "too large for anything but a static")]
    #[const_fn(cfg(not(loom)))]
    pub const fn new() -> Self {
        Self(array![Bucket::new(); FIRST_BUCKETS])
    }
}

/// A segment but the first: its buckets are made one by one.
type Segment = Box<[OnceLock<Box<[Bucket]>>]>;

/// The table.
#[derive(Debug)]
pub(crate) struct Table {
    first: Static<Storage>,
    later: [OnceLock<Segment>; SEGMENTS - 1],
    /// The number of the last segment that exists.
    top: AtomicUsize,
    /// Held while a segment or a bucket is made, so that no fork leaves a child one that is made for ever.
    growing: Lock,
}

/// There is more than the first segment.
#[derive(Debug)]
pub(crate) struct Grown;

/// A slot, and where its key stands. Two words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'t> {
    bucket: &'t Bucket,
    /// The way is in it.
    id: SlotId,
}

impl<'t> Place<'t> {
    #[inline]
    fn way(self) -> usize {
        (self.id - 1) as usize & (WAYS - 1)
    }

    #[inline]
    pub(crate) fn slot(self) -> &'t Slot {
        &self.bucket.slots[self.way()]
    }

    #[inline]
    pub(crate) fn id(self) -> SlotId {
        self.id
    }

    /// The key that lives here now; 0 for none.
    #[inline]
    pub(crate) fn key(self) -> usize {
        self.bucket.keys[self.way()].load(Ordering::Acquire)
    }

    /// Takes the key out. The caller holds the slot's lock.
    #[inline]
    pub(crate) fn vacate(self) {
        self.bucket.keys[self.way()].store(0, Ordering::Release);
    }
}

/// Its upper bits are a bucket's index: of so many as the segment has buckets for.
#[inline]
fn hash(key: usize) -> u64 {
    // Addresses differ in few bits; the multiplication carries them up.
    (key as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// The bucket that a key of that hash has in a segment.
#[inline]
fn index(hash: u64, segment: usize) -> usize {
    // In two steps, as there may be one bucket only.
    (hash >> 1 >> (63 - buckets_of(segment).ilog2())) as usize
}

/// A slot's number is one more than its segment, bucket and way.
const SEGMENT_SHIFT: u32 = 28;
const WAY_BITS: u32 = WAYS.ilog2();
const _: () =
    assert!((FIRST_BUCKETS * WAYS) << (GROWTH_BITS as usize * (SEGMENTS - 1)) <= 1 << SEGMENT_SHIFT);

#[inline]
const fn buckets_of(segment: usize) -> usize {
    FIRST_BUCKETS << (GROWTH_BITS as usize * segment)
}

impl Table {
    #[const_fn(cfg(not(loom)))]
    pub(crate) const fn new(first: Static<Storage>) -> Self {
        Self {
            first,
            later: array![OnceLock::new(); SEGMENTS - 1],
            top: AtomicUsize::new(0),
            growing: Lock::new(),
        }
    }

    /// The slot of `key`, as long as there is only the first segment.
    #[inline]
    pub(crate) fn slot_of(&self, key: Key) -> Result<Option<&Slot>, Grown> {
        // Relaxed: whoever knows that the key is in has seen the segment come before it.
        if self.top.load(Ordering::Relaxed) != 0 {
            return Err(Grown);
        }
        Ok(self.first.0[index(hash(key.0), 0)].slot_of(key.0))
    }

    /// The slot of `key`.
    pub(crate) fn slot_of_many(&self, key: Key) -> Option<&Slot> {
        let hash = hash(key.0);
        for segment in (1..=self.top.load(Ordering::Relaxed)).rev() {
            let bucket = self.bucket(segment, index(hash, segment));
            if let Some(slot) = bucket.and_then(|bucket| bucket.slot_of(key.0)) {
                return Some(slot);
            }
        }
        self.first.0[index(hash, 0)].slot_of(key.0)
    }

    /// The place of `key`.
    #[inline]
    pub(crate) fn find(&self, key: Key) -> Option<Place<'_>> {
        match self.top.load(Ordering::Relaxed) {
            0 => self.find_in(0, key),
            top => self.find_from(top, key),
        }
    }

    #[inline(never)]
    fn find_from(&self, top: usize, key: Key) -> Option<Place<'_>> {
        (0..=top).rev().find_map(|segment| self.find_in(segment, key))
    }

    #[inline]
    fn find_in(&self, segment: usize, key: Key) -> Option<Place<'_>> {
        let index = index(hash(key.0), segment);
        let bucket = self.bucket(segment, index)?;
        bucket.way_of(key.0).map(|way| place(bucket, segment, index, way))
    }

    /// A bucket; `None` if it has not been made.
    #[inline]
    fn bucket(&self, segment: usize, index: usize) -> Option<&Bucket> {
        match segment.checked_sub(1) {
            None => self.first.0.get(index),
            Some(later) => self.later.get(later)?.get()?.get(index)?.get()?.first(),
        }
    }

    /// The place of `key`, made if need be. `None` if the table is full.
    pub(crate) fn find_or_insert<P: Platform>(&self, key: Key, me: Thread) -> Option<Place<'_>> {
        if let Some(found) = self.find(key) {
            return Some(found);
        }
        let home = &self.first.0[index(hash(key.0), 0)];
        if !protects(Protection::Insertion) {
            return self.insert::<P>(key);
        }
        let _held = home.inserting.lock_as::<P>(me);
        // Nobody inserts below this bucket now, and what was there may have come since.
        self.find(key).or_else(|| self.insert::<P>(key))
    }

    /// The caller holds `inserting` of the key's home.
    #[inline]
    fn insert<P: Platform>(&self, key: Key) -> Option<Place<'_>> {
        let top = self.top.load(Ordering::Relaxed);
        if top == 0
            && let Some(place) = self.insert_in::<P>(0, key)
        {
            return Some(place);
        }
        (0..=top)
            .rev()
            .find_map(|segment| self.insert_in::<P>(segment, key))
            .or_else(|| self.grow::<P>(top + 1, key))
    }

    #[inline]
    fn insert_in<P: Platform>(&self, segment: usize, key: Key) -> Option<Place<'_>> {
        let index = index(hash(key.0), segment);
        let bucket = match segment.checked_sub(1) {
            None => self.first.0.get(index)?,
            Some(later) => {
                let cell = self.later.get(later)?.get()?.get(index)?;
                self.made::<P, _>(cell, new_bucket)?.first()?
            }
        };
        let way = bucket.way_of(0)?;
        bucket.keys[way].store(key.0, Ordering::Release);
        Some(place(bucket, segment, index, way))
    }

    #[cold]
    fn grow<P: Platform>(&self, segment: usize, key: Key) -> Option<Place<'_>> {
        self.made::<P, _>(self.later.get(segment - 1)?, || new_segment(segment))?;
        self.top.fetch_max(segment, Ordering::Relaxed);
        self.insert_in::<P>(segment, key)
    }

    /// What is in `cell`, made if need be. `None` if there is no memory for it, which must not be the application's end (I9).
    fn made<'t, P: Platform, T>(
        &self,
        cell: &'t OnceLock<T>,
        make: impl FnOnce() -> Option<T>,
    ) -> Option<&'t T> {
        if let Some(made) = cell.get() {
            return Some(made);
        }
        let _held = self.growing.lock::<P>();
        cell.get().or_else(|| {
            let made = make()?;
            Some(cell.get_or_init(|| made))
        })
    }

    /// The lock under which the table grows: a fork holds it, so that no child has a part of the table that is being made.
    pub(crate) fn growing(&self) -> &Lock {
        &self.growing
    }

    /// The place with that number.
    #[inline]
    pub(crate) fn by_id(&self, id: SlotId) -> Option<Place<'_>> {
        let number = id.checked_sub(1)? as usize;
        let index = (number & ((1 << SEGMENT_SHIFT) - 1)) >> WAY_BITS;
        let bucket = self.bucket(number >> SEGMENT_SHIFT, index)?;
        Some(Place { bucket, id })
    }

    /// Every slot that exists, used or not.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.buckets().flat_map(|bucket| &bucket.slots)
    }

    /// The locks that insertions take.
    pub(crate) fn insertion_locks(&self) -> impl Iterator<Item = &Lock> {
        self.first.0.iter().map(|bucket| &bucket.inserting).chain([&self.growing])
    }

    fn buckets(&self) -> impl Iterator<Item = &Bucket> {
        let later = self.later.iter().filter_map(OnceLock::get).flat_map(|segment| segment.iter());
        self.first.0.iter().chain(later.filter_map(OnceLock::get).flatten())
    }
}

#[inline]
fn place(bucket: &Bucket, segment: usize, index: usize, way: usize) -> Place<'_> {
    let number = segment << SEGMENT_SHIFT | index << WAY_BITS | way;
    Place { bucket, id: number as SlotId + 1 }
}

#[cold]
fn new_segment(segment: usize) -> Option<Segment> {
    several(buckets_of(segment), OnceLock::new)
}

#[cold]
fn new_bucket() -> Option<Box<[Bucket]>> {
    several(1, Bucket::new)
}

/// `None` if there is no memory for them.
fn several<T>(number: usize, make: fn() -> T) -> Option<Box<[T]>> {
    let mut several = Vec::new();
    several.try_reserve_exact(number).ok()?;
    several.resize_with(number, make);
    Some(several.into_boxed_slice())
}

#[cfg(test)]
pub(crate) mod tests;
