//! From an address to its slot: a set-associative table that grows and never moves.
//!
//! ```text
//!   segment 0   2^10 buckets      hash & mask -> bucket: 8 keys, 8 slots
//!   segment 1   2^11 buckets      made when a bucket of segment 0 is full
//!   ...
//! ```
//!
//! A key lives in the first bucket on its way that had room when it came, and stays there, so a look-up is a scan of
//! one bucket's keys (one cache line) in each segment that exists: one, until thousands of encoders live at once,
//! and never more than [`SEGMENTS`]. Removing stores 0 over the key and leaves no trace, so nothing is ever rebuilt.
//!
//! **Uniqueness.** Two threads that bring the same new key must end up in one slot. A later segment's bucket index
//! extends the index in segment 0, so all places of a key hang below one bucket there; its `inserting` lock makes
//! insertions below it take turns. Look-ups take no lock.

use crate::guard::Key;
use crate::lock::Lock;
use crate::platform::{Platform, Thread};
use crate::slot::{Slot, SlotId};
use crate::sync::{AtomicUsize, Ordering};
use std::sync::OnceLock;

const WAYS: usize = 8;
const FIRST_BUCKETS: usize = if cfg!(test) { 1 << 4 } else { 1 << 10 };
/// 1024 + 2048 + ... buckets of 8: four million encoders at once.
const SEGMENTS: usize = 9;

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
    const fn new() -> Self {
        Self {
            keys: [const { AtomicUsize::new(0) }; WAYS],
            inserting: Lock::new(),
            slots: [const { Slot::new() }; WAYS],
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
    pub const fn new() -> Self {
        Self([const { Bucket::new() }; FIRST_BUCKETS])
    }
}

/// The table.
#[derive(Debug)]
pub(crate) struct Table {
    first: &'static [Bucket; FIRST_BUCKETS],
    more: [OnceLock<Box<[Bucket]>>; SEGMENTS - 1],
}

/// A slot, and where its key stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'t> {
    bucket: &'t Bucket,
    way: usize,
    id: SlotId,
}

impl<'t> Place<'t> {
    #[inline]
    pub(crate) fn slot(self) -> &'t Slot {
        &self.bucket.slots[self.way & (WAYS - 1)]
    }

    pub(crate) fn id(self) -> SlotId {
        self.id
    }

    /// The key that lives here now; 0 for none.
    #[inline]
    pub(crate) fn key(self) -> usize {
        self.bucket.keys[self.way & (WAYS - 1)].load(Ordering::Acquire)
    }

    /// Takes the key out. The caller holds the slot's lock.
    pub(crate) fn vacate(self) {
        self.bucket.keys[self.way & (WAYS - 1)].store(0, Ordering::Release);
    }
}

#[inline]
fn hash(key: usize) -> usize {
    // Objects are 16-byte aligned; the multiplication carries what is left into the middle bits.
    (((key >> 4) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24) as usize
}

fn first_index_of(segment: usize) -> usize {
    ((1 << segment) - 1) * FIRST_BUCKETS * WAYS
}

impl Table {
    pub(crate) const fn new(storage: &'static Storage) -> Self {
        Self { first: &storage.0, more: [const { OnceLock::new() }; SEGMENTS - 1] }
    }

    /// The slot of `key`, if it is in the first segment.
    #[inline]
    pub(crate) fn slot_in_first(&self, key: Key) -> Option<&Slot> {
        self.first[hash(key.0) & (FIRST_BUCKETS - 1)].slot_of(key.0)
    }

    /// The place of `key`.
    #[inline]
    pub(crate) fn find(&self, key: Key) -> Option<Place<'_>> {
        let hash = hash(key.0);
        let bucket = &self.first[hash & (FIRST_BUCKETS - 1)];
        match bucket.way_of(key.0) {
            Some(way) => Some(place(bucket, 0, hash & (FIRST_BUCKETS - 1), way)),
            None => self.find_further(key, hash),
        }
    }

    #[cold]
    fn find_further(&self, key: Key, hash: usize) -> Option<Place<'_>> {
        self.later_segments().find_map(|(segment, buckets)| {
            let index = hash & (buckets.len() - 1);
            buckets[index].way_of(key.0).map(|way| place(&buckets[index], segment, index, way))
        })
    }

    /// The place of `key`, made if need be. `None` if the table is full.
    pub(crate) fn find_or_insert<P: Platform>(&self, key: Key, me: Thread) -> Option<Place<'_>> {
        if let Some(found) = self.find(key) {
            return Some(found);
        }
        let home = &self.first[hash(key.0) & (FIRST_BUCKETS - 1)];
        home.inserting.lock::<P>(me, None, |_| ());
        let found = self.find(key).or_else(|| self.insert(key));
        home.inserting.unlock::<P>();
        found
    }

    /// The caller holds `inserting` of the key's home.
    fn insert(&self, key: Key) -> Option<Place<'_>> {
        let hash = hash(key.0);
        for segment in 0..SEGMENTS {
            let buckets = match segment.checked_sub(1) {
                None => &self.first[..],
                Some(later) => self.more[later].get_or_init(|| new_segment(segment)),
            };
            let index = hash & (buckets.len() - 1);
            if let Some(way) = buckets[index].way_of(0) {
                buckets[index].keys[way].store(key.0, Ordering::Release);
                return Some(place(&buckets[index], segment, index, way));
            }
        }
        None
    }

    /// The place with that number.
    pub(crate) fn by_id(&self, id: SlotId) -> Option<Place<'_>> {
        let index = id.checked_sub(1)? as usize;
        let segment = (index / (FIRST_BUCKETS * WAYS) + 1).ilog2() as usize;
        let within = index - first_index_of(segment);
        let buckets = match segment.checked_sub(1) {
            None => &self.first[..],
            Some(later) => self.more.get(later)?.get()?,
        };
        Some(place(buckets.get(within / WAYS)?, segment, within / WAYS, within % WAYS))
    }

    fn later_segments(&self) -> impl Iterator<Item = (usize, &[Bucket])> {
        self.more
            .iter()
            .map_while(OnceLock::get)
            .enumerate()
            .map(|(later, buckets)| (later + 1, &buckets[..]))
    }

    /// Every slot that exists, used or not.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.buckets().flat_map(|bucket| &bucket.slots)
    }

    /// The locks that insertions take.
    pub(crate) fn insertion_locks(&self) -> impl Iterator<Item = &Lock> {
        self.first.iter().map(|bucket| &bucket.inserting)
    }

    fn buckets(&self) -> impl Iterator<Item = &Bucket> {
        self.first.iter().chain(self.later_segments().flat_map(|(_, buckets)| buckets))
    }
}

#[inline]
fn place(bucket: &Bucket, segment: usize, index: usize, way: usize) -> Place<'_> {
    Place { bucket, way, id: (first_index_of(segment) + index * WAYS + way) as SlotId + 1 }
}

#[cold]
fn new_segment(segment: usize) -> Box<[Bucket]> {
    (0..FIRST_BUCKETS << segment).map(|_| Bucket::new()).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::statistics::tests::TestPlatform;
    use std::collections::HashSet;

    /// Keys that share a bucket in every segment: one more than there are places for.
    pub(crate) fn colliding_keys() -> Vec<Key> {
        let colliding = |key: &Key| hash(key.0).is_multiple_of(FIRST_BUCKETS << SEGMENTS);
        (1..).map(|n| Key(n * 16)).filter(colliding).take(WAYS * SEGMENTS + 1).collect()
    }

    fn table() -> &'static Table {
        Box::leak(Box::new(Table::new(Box::leak(Box::new(Storage::new())))))
    }

    #[test]
    fn many_keys_have_places_of_their_own_and_numbers_lead_back() {
        let table = table();
        let keys: Vec<Key> = (1..=2_000).map(|n| Key(n * 64)).collect();
        let mut ids = HashSet::new();
        for &key in &keys {
            let place = table.find_or_insert::<TestPlatform>(key, 1).unwrap();
            assert!(ids.insert(place.id()), "two keys in one slot");
        }
        for &key in &keys {
            let place = table.find(key).unwrap();
            assert_eq!(place.key(), key.0);
            assert_eq!(table.by_id(place.id()).unwrap().key(), key.0);
        }
        assert!(table.later_segments().count() > 0, "the test is meant to reach a second segment");
    }

    #[test]
    fn a_removed_key_is_gone_and_its_place_is_used_again() {
        let table = table();
        let first = table.find_or_insert::<TestPlatform>(Key(4096), 1).unwrap();
        first.vacate();
        assert!(table.find(Key(4096)).is_none());
        let second = table.find_or_insert::<TestPlatform>(Key(4096), 1).unwrap();
        assert_eq!(first.id(), second.id());
    }

    #[test]
    fn threads_that_bring_the_same_key_get_one_slot() {
        let table = table();
        for round in 1..200usize {
            let key = Key(round * 4096);
            let barrier = std::sync::Barrier::new(4);
            let ids: HashSet<SlotId> = std::thread::scope(|scope| {
                let threads: Vec<_> = (1..=4)
                    .map(|me| {
                        let barrier = &barrier;
                        scope.spawn(move || {
                            barrier.wait();
                            table.find_or_insert::<TestPlatform>(key, me).unwrap().id()
                        })
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert_eq!(ids.len(), 1);
        }
    }

    #[test]
    fn a_full_table_says_so_and_room_comes_back() {
        let table = table();
        let keys = colliding_keys();
        let (last, fitting) = keys.split_last().unwrap();
        for &key in fitting {
            assert!(table.find_or_insert::<TestPlatform>(key, 1).is_some());
        }
        assert!(table.find_or_insert::<TestPlatform>(*last, 1).is_none());
        table.find(fitting[20]).unwrap().vacate();
        assert!(table.find_or_insert::<TestPlatform>(*last, 1).is_some());
    }
}
