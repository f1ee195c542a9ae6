//! Decides when the synchroniser ends an encoder, by what the workers do. A race that needs luck on a real machine thus happens
//! in every run.
//!
//! The synchroniser ends an encoder after a number of sequences, or at once when a worker in mid-sequence asks for it.
//! Encoders are numbered from 0; `ended` of them have been ended, always the oldest. Every wait ends: a worker waits up to a
//! limit, the synchroniser until the last worker has left.

use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What workers and synchroniser tell each other.
pub(crate) struct Pace {
    state: Mutex<State>,
    to_synchroniser: Condvar,
    to_workers: Condvar,
    /// Encoders ended so far. Outside the lock for workers that poll it between two driver calls.
    ended: AtomicU64,
    /// Sequences between two ends.
    every: u64,
}

struct State {
    /// Sequences since the last end began.
    sequences: u64,
    /// All sequences made so far.
    made: u64,
    /// A worker waits for another one's sequence.
    torn: bool,
    /// So many encoders are to be ended at once.
    wanted: u64,
    workers: usize,
    synchronising: bool,
}

impl Pace {
    pub(crate) fn new(workers: usize, every: u64) -> Self {
        Self {
            state: Mutex::new(State {
                sequences: 0,
                made: 0,
                torn: false,
                wanted: 0,
                workers,
                synchronising: true,
            }),
            to_synchroniser: Condvar::new(),
            to_workers: Condvar::new(),
            ended: AtomicU64::new(0),
            every,
        }
    }

    /// Worker: one more sequence is encoded.
    pub(crate) fn advance(&self) {
        let mut state = self.state.lock();
        state.sequences += 1;
        state.made += 1;
        if state.torn {
            self.to_workers.notify_all();
        }
        if state.sequences >= self.every {
            self.to_synchroniser.notify_one();
        }
    }

    /// Worker: encoder `number` is to be ended now.
    pub(crate) fn ask_for_end_of(&self, number: u64) {
        let mut state = self.state.lock();
        state.wanted = state.wanted.max(number + 1);
        self.to_synchroniser.notify_one();
    }

    /// Worker: whether encoder `number` has been ended.
    pub(crate) fn has_ended(&self, number: u64) -> bool {
        self.ended.load(Ordering::Acquire) > number
    }

    /// Worker: waits for the end of encoder `number`, up to the limit.
    pub(crate) fn await_end_of(&self, number: u64, limit: Duration) {
        let waits = |state: &mut State| state.synchronising && !self.has_ended(number);
        self.to_workers.wait_while_for(&mut self.state.lock(), waits, limit);
    }

    /// Worker: waits until another worker has made a sequence, up to the limit. One at a time: the others go on.
    pub(crate) fn await_sequence_of_another(&self, limit: Duration) {
        let mut state = self.state.lock();
        if state.torn || state.workers < 2 {
            return;
        }
        state.torn = true;
        let before = state.made;
        let waits = |state: &mut State| state.workers > 1 && state.made == before;
        self.to_workers.wait_while_for(&mut state, waits, limit);
        state.torn = false;
    }

    /// Worker: leaves on drop, also after a failure, so that the synchroniser never waits for a thread that has ended.
    pub(crate) fn worker(&self) -> impl Drop + '_ {
        Leave(|| {
            self.state.lock().workers -= 1;
            self.to_synchroniser.notify_one();
            self.to_workers.notify_all();
        })
    }

    /// Synchroniser: waits until an encoder is to be ended. False once all workers have left.
    pub(crate) fn next_end(&self) -> bool {
        let mut state = self.state.lock();
        let is_wanted = |state: &State| state.wanted > self.ended.load(Ordering::Relaxed);
        self.to_synchroniser.wait_while(&mut state, |state| {
            state.workers > 0 && state.sequences < self.every && !is_wanted(state)
        });
        state.sequences = 0;
        state.workers > 0
    }

    /// Synchroniser: the oldest open encoder has been ended.
    pub(crate) fn record_end(&self) {
        let _state = self.state.lock(); // a worker is either before its look at the number or asleep
        self.ended.fetch_add(1, Ordering::Release);
        self.to_workers.notify_all();
    }

    /// Synchroniser: leaves on drop. From then on no worker waits for an end.
    pub(crate) fn synchroniser(&self) -> impl Drop + '_ {
        Leave(|| {
            self.state.lock().synchronising = false;
            self.to_workers.notify_all();
        })
    }
}

struct Leave<F: FnMut()>(F);

impl<F: FnMut()> Drop for Leave<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::scope;
    use std::time::Instant;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn an_end_follows_enough_sequences() {
        let pace = Pace::new(1, 2);
        pace.advance();
        pace.advance();
        assert!(pace.next_end());
    }

    #[test]
    fn a_worker_that_asks_gets_its_end_at_once() {
        let pace = Pace::new(1, 1000);
        scope(|scope| {
            scope.spawn(|| {
                let _synchroniser = pace.synchroniser();
                while pace.next_end() {
                    pace.record_end();
                }
            });
            let worker = pace.worker();
            for number in 0..3 {
                assert!(!pace.has_ended(number));
                pace.ask_for_end_of(number);
                pace.await_end_of(number, LONG);
                assert!(pace.has_ended(number));
            }
            drop(worker);
        });
    }

    #[test]
    fn no_thread_waits_for_one_that_has_left() {
        let pace = Pace::new(1, 1000);
        drop(pace.worker());
        assert!(!pace.next_end());
        drop(pace.synchroniser());
        let before = Instant::now();
        pace.await_end_of(0, LONG);
        assert!(before.elapsed() < LONG / 2);
    }

    #[test]
    fn the_wait_for_an_end_has_a_limit() {
        let pace = Pace::new(1, 1000);
        pace.await_end_of(0, Duration::from_millis(1));
        assert!(!pace.has_ended(0));
    }
}
