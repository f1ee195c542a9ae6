//! Waiting until a word changes, with the contract of Linux's futex.

use crate::{fences, system};
use core::sync::atomic::AtomicU32;
use std::time::Duration;

/// Sleeps while `word` holds `expected`, until [`wake_one`], the time limit, or for no reason.
pub fn wait(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    system::wait(word, expected, fences::limit_of_sleep(limit));
}

/// The same, where the thread of number `owner` will wake this one: where the system can, that thread runs with this
/// one's priority meanwhile.
pub fn wait_for_owner(word: &AtomicU32, expected: u32, owner: u32, limit: Option<Duration>) {
    system::wait_for_owner(word, expected, owner, fences::limit_of_sleep(limit));
}

/// Wakes a thread that sleeps on `word`.
pub fn wake_one(word: &AtomicU32) {
    system::wake_one(word);
}

/// Wakes all threads that sleep on `word`.
pub fn wake_all(word: &AtomicU32) {
    system::wake_all(word);
}
