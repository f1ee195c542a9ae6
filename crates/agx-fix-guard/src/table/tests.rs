//! The table: places of keys in its segments, threads that bring the same key, no room.

use super::*;
use crate::platform::tests::TestPlatform;
use std::collections::HashSet;

/// Keys that share a bucket in every segment: one more than there are places for.
pub(crate) fn colliding_keys() -> Vec<Key> {
    let colliding = |key: &Key| index(hash(key.0), SEGMENTS - 1) == 0;
    (1..).map(|n| Key(n * 16)).filter(colliding).take(WAYS * SEGMENTS + 1).collect()
}

fn table() -> &'static Table {
    Box::leak(Box::new(Table::new(Box::leak(Box::new(Storage::new())))))
}

/// Whatever the driver's allocator does: objects side by side, or each in a region of its own.
#[test]
fn keys_at_all_strides_are_spread_over_the_buckets() {
    let buckets = buckets_of(1);
    for stride in (4..=24).map(|bits| 1 << bits) {
        let mut keys_in = vec![0; buckets];
        (1..=2 * buckets).for_each(|n| keys_in[index(hash(0x1_0000_0000 + n * stride), 1)] += 1);
        let most = keys_in.into_iter().max().unwrap();
        assert!(most <= 2 * WAYS, "{most} keys {stride} bytes apart in one bucket, where 2 would be even");
    }
}

#[test]
fn a_first_key_is_in_the_first_segment() {
    let table = table();
    table.find_or_insert::<TestPlatform>(Key(64), 1).unwrap();
    assert_eq!(table.top.load(Ordering::Relaxed), 0, "the uncontended path looks there alone");
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
    assert!(table.top.load(Ordering::Relaxed) > 0, "the test is meant to reach a second segment");
}

#[test]
fn slots_are_found_in_every_segment() {
    let table = table();
    for key in colliding_keys().into_iter().take(WAYS * SEGMENTS) {
        assert!(table.slot_of_many(key).is_none());
        let place = table.find_or_insert::<TestPlatform>(key, 1).unwrap();
        assert!(core::ptr::eq(table.slot_of_many(key).unwrap(), place.slot()));
        let at_once = table.slot_of(key).ok().map(|slot| core::ptr::eq(slot.unwrap(), place.slot()));
        assert_eq!(at_once, (table.top.load(Ordering::Relaxed) == 0).then_some(true));
    }
    assert_eq!(table.top.load(Ordering::Relaxed), SEGMENTS - 1);
}

/// There, a look-up comes to it first.
#[test]
fn a_new_key_is_in_the_top_segment() {
    let table = table();
    let segment_of = |key| {
        let place = table.find_or_insert::<TestPlatform>(key, 1).unwrap();
        (place.id() - 1) >> SEGMENT_SHIFT
    };
    let colliding = colliding_keys();
    assert_eq!(colliding[..=WAYS].iter().map(|&key| segment_of(key)).max(), Some(1));
    let elsewhere = (1..).map(|n| Key(n * 16)).find(|key| index(hash(key.0), 0) != 0).unwrap();
    assert_eq!(segment_of(elsewhere), 1, "though there is room below");
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
        let barrier = &std::sync::Barrier::new(4);
        let bring = |me| {
            move || {
                barrier.wait();
                table.find_or_insert::<TestPlatform>(Key(round * 4096), me).unwrap().id()
            }
        };
        let ids: HashSet<SlotId> = std::thread::scope(|scope| {
            let threads = [1, 2, 3, 4].map(|me| scope.spawn(bring(me)));
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
    let has_room = |key| table.find_or_insert::<TestPlatform>(key, 1).is_some();
    assert!(fitting.iter().all(|&key| has_room(key)));
    assert!(!has_room(*last));
    table.find(fitting[20]).unwrap().vacate();
    assert!(has_room(*last));
}
