//! A command queue's worker thread, and its places for uncompleted command buffers.

use crate::gpu::model::{Timeline, wake_in_time};
use crate::options::options;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A job for the worker. It advances the queue's time.
pub(crate) type Job = Box<dyn FnOnce(&mut Timeline) + Send>;

struct State {
    jobs: VecDeque<Job>,
    closed: bool,
    uncompleted: usize,
}

/// What a queue, its command buffers and its worker share.
pub(crate) struct Queue {
    state: Mutex<State>,
    work: Condvar,
    room: Condvar,
    limit: usize,
}

impl Queue {
    /// Starts a queue that takes up to `limit` uncompleted command buffers. `None` if the system has no thread left.
    pub(crate) fn start(limit: usize) -> Option<Arc<Self>> {
        let queue = Arc::new(Self {
            state: Mutex::new(State { jobs: VecDeque::new(), closed: false, uncompleted: 0 }),
            work: Condvar::new(),
            room: Condvar::new(),
            limit,
        });
        let worker = Arc::clone(&queue);
        std::thread::Builder::new().name("agx-sim gpu".to_owned()).spawn(move || worker.serve()).ok()?;
        Some(queue)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        let mut timeline = Timeline::default();
        if options().costs.is_some() {
            wake_in_time();
        }
        while let Some(job) = self.next_job() {
            job(&mut timeline);
        }
    }

    fn next_job(&self) -> Option<Job> {
        let mut state = self
            .work
            .wait_while(self.state(), |state| state.jobs.is_empty() && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        state.jobs.pop_front()
    }

    /// Gives the worker something to do, behind all that it was given before.
    pub(crate) fn submit(&self, job: Job) {
        self.state().jobs.push_back(job);
        self.work.notify_one();
    }

    /// Lets the worker end once it has done what it was given.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.work.notify_one();
    }

    /// Waits for a place.
    pub(crate) fn place(self: &Arc<Self>) -> Place {
        let full = |state: &mut State| state.uncompleted >= self.limit;
        let mut state = self.room.wait_while(self.state(), full).unwrap_or_else(PoisonError::into_inner);
        state.uncompleted += 1;
        Place(Arc::clone(self))
    }
}

/// A place in a queue, free again when dropped.
pub(crate) struct Place(Arc<Queue>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.state().uncompleted -= 1;
        self.0.room.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn jobs_run_in_order_and_a_closed_queue_finishes_them() {
        let queue = Queue::start(1).expect("a thread");
        let (sender, receiver) = mpsc::channel();
        for number in 0..100 {
            let sender = sender.clone();
            queue.submit(Box::new(move |_| sender.send(number).expect("the test listens")));
        }
        queue.close();
        drop(sender);
        assert_eq!(receiver.iter().collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_full_queue_makes_the_next_buffer_wait() {
        let queue = Queue::start(2).expect("a thread");
        let (first, _second) = (queue.place(), queue.place());
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let third = queue.place();
                sender.send(()).expect("the test waits");
                drop(third);
            });
            assert!(receiver.recv_timeout(Duration::from_millis(50)).is_err(), "there was no place");
            drop(first);
            assert!(receiver.recv_timeout(Duration::from_secs(10)).is_ok(), "a place came free");
        });
        queue.close();
    }
}
