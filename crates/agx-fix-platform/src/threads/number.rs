//! A word for each thread: its number, or 0.

use core::cell::Cell;

thread_local! {
    static NUMBER: Cell<u32> = const { Cell::new(0) };
}

/// 0 too while the thread's locals are being torn down: then there is nothing to read.
#[inline]
pub(super) fn get() -> u32 {
    NUMBER.try_with(Cell::get).unwrap_or(0)
}

pub(super) fn set(number: u32) {
    let _ = NUMBER.try_with(|cell| cell.set(number));
}
