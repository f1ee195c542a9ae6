//! Command storage: chunks of recorded dispatches and of the data that `setBytes:length:atIndex:` copies.
//!
//! Chunks are never freed but used again. So a thread that writes too late corrupts a later pass, and not the heap.
//! The GPU sees the data of each chunk at an address that no buffer has.

use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The entries of a compute encoder's argument table, and of its threadgroup memory table.
pub(crate) const BINDINGS: usize = 31;

/// Metal's limit for `setBytes:length:atIndex:`.
pub(crate) const MAX_DATA: usize = 4096;

const RECORDS: usize = 16;
const DATA_WORDS: usize = 2 * MAX_DATA / 4;
/// Where the GPU sees the data of chunks.
const DATA_ADDRESS: u64 = 1 << 62;
/// From the data of one chunk to that of the next, as a power of two.
const DATA_SPACING: u32 = 16;

/// A recorded dispatch.
#[derive(Debug)]
pub(crate) struct Record {
    kernel: AtomicU64,
    grid: [AtomicU64; 3],
    bindings: [AtomicU64; BINDINGS],
}

/// A dispatch as the GPU takes it from a [`Record`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dispatch {
    /// The number of the kernel.
    pub(crate) kernel: u64,
    /// Threads in each dimension.
    pub(crate) grid: [u64; 3],
    /// The argument table.
    pub(crate) bindings: [u64; BINDINGS],
}

/// A piece of command storage.
#[derive(Debug)]
pub(crate) struct Chunk {
    number: u64,
    in_use: AtomicBool,
    next: AtomicPtr<Chunk>,
    recorded: AtomicUsize,
    records: [Record; RECORDS],
    data_used: AtomicUsize,
    data: [AtomicU32; DATA_WORDS],
}

impl Chunk {
    const fn new(number: u64) -> Self {
        Self {
            number,
            in_use: AtomicBool::new(false),
            next: AtomicPtr::new(core::ptr::null_mut()),
            recorded: AtomicUsize::new(0),
            records: [const { Record::new() }; RECORDS],
            data_used: AtomicUsize::new(0),
            data: [const { AtomicU32::new(0) }; DATA_WORDS],
        }
    }

    /// Records a dispatch. `None` if the chunk is full.
    pub(crate) fn append_record(
        &self,
        kernel: u32,
        grid: [u64; 3],
        bindings: &[AtomicU64; BINDINGS],
    ) -> Option<()> {
        let place = self.recorded.load(Relaxed);
        let record = self.records.get(place)?;
        record.kernel.store(kernel.into(), Relaxed);
        for (to, from) in record.grid.iter().zip(grid) {
            to.store(from, Relaxed);
        }
        for (to, from) in record.bindings.iter().zip(bindings) {
            to.store(from.load(Relaxed), Relaxed);
        }
        self.recorded.store(place + 1, Release);
        Some(())
    }

    /// Copies data, and answers its GPU address. `None` if the chunk is full.
    pub(crate) fn append_data(&self, data: &[u8]) -> Option<u64> {
        let place = self.data_used.load(Relaxed);
        let end = place + data.len().div_ceil(4);
        for (to, from) in self.data.get(place..end)?.iter().zip(data.chunks(4)) {
            let mut word = [0u8; 4];
            word[..from.len()].copy_from_slice(from);
            to.store(u32::from_ne_bytes(word), Relaxed);
        }
        self.data_used.store(end, Relaxed);
        Some(DATA_ADDRESS + (self.number << DATA_SPACING) + place as u64 * 4)
    }

    /// Makes `next` the chunk after this one.
    pub(crate) fn link(&self, next: &'static Chunk) {
        self.next.store(core::ptr::from_ref(next).cast_mut(), Relaxed);
    }

    /// The recorded dispatches.
    pub(crate) fn dispatches(&self) -> impl Iterator<Item = Dispatch> {
        self.records.iter().take(self.recorded.load(Acquire)).map(Record::read)
    }
}

impl Record {
    const fn new() -> Self {
        Self {
            kernel: AtomicU64::new(0),
            grid: [const { AtomicU64::new(0) }; 3],
            bindings: [const { AtomicU64::new(0) }; BINDINGS],
        }
    }

    fn read(&self) -> Dispatch {
        let read = |word: &AtomicU64| word.load(Relaxed);
        Dispatch {
            kernel: read(&self.kernel),
            grid: self.grid.each_ref().map(read),
            bindings: self.bindings.each_ref().map(read),
        }
    }
}

/// The chunks from `first` on, each once: threads that write too late may have linked them in a circle.
///
/// # Safety
/// `first` is null or a chunk.
pub(crate) unsafe fn chain(first: *const Chunk) -> Vec<&'static Chunk> {
    let mut chunks: Vec<&'static Chunk> = Vec::new();
    let mut seen = HashSet::new();
    let mut next = first;
    // SAFETY: null or a chunk, and chunks link only to chunks, all of them immortal.
    while let Some(chunk) = unsafe { next.as_ref() } {
        if !seen.insert(chunk.number) {
            break;
        }
        chunks.push(chunk);
        next = chunk.next.load(Relaxed);
    }
    chunks
}

#[derive(Debug)]
struct Store {
    all: Vec<&'static Chunk>,
    free: Vec<&'static Chunk>,
}

/// All chunks of the device.
#[derive(Debug)]
pub(crate) struct ChunkPool(Mutex<Store>);

impl ChunkPool {
    /// An empty pool.
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Store { all: Vec::new(), free: Vec::new() }))
    }

    fn store(&self) -> std::sync::MutexGuard<'_, Store> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An empty chunk.
    pub(crate) fn take(&self) -> &'static Chunk {
        let mut store = self.store();
        let chunk = match store.free.pop() {
            Some(chunk) => chunk,
            None => {
                let chunk: &'static Chunk = Box::leak(Box::new(Chunk::new(store.all.len() as u64)));
                store.all.push(chunk);
                chunk
            }
        };
        chunk.in_use.store(true, Relaxed);
        chunk.next.store(core::ptr::null_mut(), Relaxed);
        chunk.recorded.store(0, Relaxed);
        chunk.data_used.store(0, Relaxed);
        chunk
    }

    /// Takes a chunk back. One that came back before (a pass that was ended twice) stays where it is.
    pub(crate) fn give(&self, chunk: &'static Chunk) {
        if chunk.in_use.swap(false, AcqRel) {
            self.store().free.push(chunk);
        }
    }

    /// The data at a GPU address, and how many bytes follow it in its chunk.
    pub(crate) fn data_at(&self, address: u64) -> Option<(*mut u8, usize)> {
        let distance = address.checked_sub(DATA_ADDRESS)?;
        let number = usize::try_from(distance >> DATA_SPACING).ok()?;
        let offset = (distance & ((1 << DATA_SPACING) - 1)) as usize;
        let chunk = *self.store().all.get(number)?;
        let available = (DATA_WORDS * 4).checked_sub(offset)?;
        Some((chunk.data.as_ptr().cast_mut().cast::<u8>().wrapping_add(offset), available))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_takes_as_many_records_as_it_has_room_for() {
        let pool = ChunkPool::new();
        let chunk = pool.take();
        let bindings = core::array::from_fn(|index| AtomicU64::new(index as u64));
        for number in 0..RECORDS as u64 {
            assert!(chunk.append_record(1, [number, 1, 1], &bindings).is_some());
        }
        assert!(chunk.append_record(1, [0; 3], &bindings).is_none());
        let grids: Vec<_> = chunk.dispatches().map(|dispatch| dispatch.grid[0]).collect();
        assert_eq!(grids, (0..RECORDS as u64).collect::<Vec<_>>());
        assert!(chunk.dispatches().all(|dispatch| dispatch.bindings[30] == 30));
    }

    #[test]
    fn data_is_found_at_its_address() {
        let pool = ChunkPool::new();
        pool.take();
        let chunk = pool.take();
        chunk.append_data(&[9; 5]);
        let address = chunk.append_data(&[1, 2, 3, 4, 5]).expect("room");
        let (data, available) = pool.data_at(address).expect("a chunk's data");
        assert_eq!(available, DATA_WORDS * 4 - 8);
        // SAFETY: five bytes of a live chunk that nobody else writes.
        assert_eq!(unsafe { core::slice::from_raw_parts(data, 5) }, [1, 2, 3, 4, 5]);
        assert!(pool.data_at(DATA_ADDRESS - 1).is_none());
        assert!(pool.data_at(DATA_ADDRESS + (9 << DATA_SPACING)).is_none());
    }

    #[test]
    fn a_chunk_given_back_twice_is_handed_out_once() {
        let pool = ChunkPool::new();
        let chunk = pool.take();
        pool.give(chunk);
        pool.give(chunk);
        assert_ne!(pool.take().number, pool.take().number);
    }

    #[test]
    fn a_circular_chain_ends() {
        let pool = ChunkPool::new();
        let (one, two) = (pool.take(), pool.take());
        one.link(two);
        two.link(one);
        // SAFETY: a chunk.
        assert_eq!(unsafe { chain(one) }.len(), 2);
    }
}
