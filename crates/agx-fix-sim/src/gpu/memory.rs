//! The address space of the GPU. Dispatches hold addresses and not pointers, so a corrupted one is a GPU fault and
//! not a wild access of the simulator.

use crate::driver::commands::ChunkPool;
use core::ptr::NonNull;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Memory is mapped in steps of this, with a step unmapped behind each allocation.
const PAGE: u64 = 1 << 16;
const FIRST_ADDRESS: u64 = 1 << 32;
/// The CPU's alignment of an allocation.
const ALIGNMENT: usize = 256;

/// Memory that CPU and GPU share.
#[derive(Debug)]
pub(crate) struct Allocation {
    bytes: NonNull<u8>,
    layout: Layout,
}

// SAFETY: plain memory; who reads and writes it when is the Metal client's contract with the GPU.
unsafe impl Send for Allocation {}
// SAFETY: as above.
unsafe impl Sync for Allocation {}

impl Allocation {
    /// Zeroed memory. `None` for no bytes, or too many.
    pub(crate) fn new(length: usize) -> Option<Self> {
        let layout = Layout::from_size_align(length, ALIGNMENT).ok().filter(|_| length > 0)?;
        // SAFETY: the size is not zero.
        let bytes = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        Some(Self { bytes, layout })
    }

    /// The first byte.
    pub(crate) fn start(&self) -> *mut u8 {
        self.bytes.as_ptr()
    }

    /// The length in bytes.
    pub(crate) fn length(&self) -> usize {
        self.layout.size()
    }
}

impl Drop for Allocation {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.bytes.as_ptr(), self.layout) };
    }
}

/// Bytes that the GPU may touch, alive as long as this value.
#[derive(Debug)]
pub(crate) struct Region {
    start: *mut u8,
    available: usize,
    _allocation: Option<Arc<Allocation>>,
}

impl Region {
    /// The region as `count` numbers. `None` if they do not fit or are not aligned.
    pub(crate) fn numbers<T>(&self, count: usize) -> Option<*mut T> {
        let fits = count.checked_mul(size_of::<T>()).is_some_and(|bytes| bytes <= self.available);
        let numbers = self.start.cast::<T>();
        (fits && numbers.is_aligned()).then_some(numbers)
    }
}

#[derive(Debug)]
struct Table {
    mapped: BTreeMap<u64, Arc<Allocation>>,
    next: u64,
}

/// The address space. Addresses are never used again, so that a stale one faults.
#[derive(Debug)]
pub(crate) struct Memory(Mutex<Table>);

impl Memory {
    /// An empty address space.
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Table { mapped: BTreeMap::new(), next: FIRST_ADDRESS }))
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives an allocation an address.
    pub(crate) fn map(&self, allocation: Arc<Allocation>) -> u64 {
        let mut table = self.table();
        let address = table.next;
        table.next += (allocation.length() as u64).next_multiple_of(PAGE) + PAGE;
        table.mapped.insert(address, allocation);
        address
    }

    /// Takes the address away. Work of the GPU that is under way keeps the memory.
    pub(crate) fn unmap(&self, address: u64) {
        let unmapped = self.table().mapped.remove(&address);
        drop(unmapped);
    }

    /// What is at an address: a buffer's memory, or argument data in the command storage.
    pub(crate) fn at(&self, address: u64, chunks: &ChunkPool) -> Option<Region> {
        if let Some((start, available)) = chunks.data_at(address) {
            return Some(Region { start, available, _allocation: None });
        }
        let table = self.table();
        let (base, allocation) = table.mapped.range(..=address).next_back()?;
        let offset = usize::try_from(address - base).ok()?;
        let available = allocation.length().checked_sub(offset)?;
        let start = allocation.start().wrapping_add(offset);
        Some(Region { start, available, _allocation: Some(Arc::clone(allocation)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_the_rest_of_its_allocation_only() {
        let (memory, chunks) = (Memory::new(), ChunkPool::new());
        let allocation = Arc::new(Allocation::new(100).expect("memory"));
        let address = memory.map(Arc::clone(&allocation));
        memory.map(Arc::new(Allocation::new(100).expect("memory")));
        let region = memory.at(address + 40, &chunks).expect("mapped");
        assert_eq!(region.start, allocation.start().wrapping_add(40));
        assert!(region.numbers::<f32>(15).is_some());
        assert!(region.numbers::<f32>(16).is_none());
        assert!(memory.at(address + 41, &chunks).expect("mapped").numbers::<f32>(1).is_none(), "not aligned");
        assert!(memory.at(address + 101, &chunks).is_none());
        assert!(memory.at(0, &chunks).is_none());
    }

    #[test]
    fn an_unmapped_address_faults_and_does_not_come_back() {
        let (memory, chunks) = (Memory::new(), ChunkPool::new());
        let first = memory.map(Arc::new(Allocation::new(8).expect("memory")));
        let held = memory.at(first, &chunks).expect("mapped");
        memory.unmap(first);
        assert!(memory.at(first, &chunks).is_none());
        assert!(held.numbers::<f32>(2).is_some(), "work under way keeps the memory");
        assert_ne!(memory.map(Arc::new(Allocation::new(8).expect("memory"))), first);
    }

    #[test]
    fn no_memory_of_impossible_sizes() {
        assert!(Allocation::new(0).is_none());
        assert!(Allocation::new(usize::MAX).is_none());
    }
}
