//! The part of a command buffer that the worker shares: recorded work, status, handlers, waiters.

use crate::driver::encode::Pass;
use crate::gpu::device::device;
use crate::gpu::kernels;
use crate::gpu::model::{Timeline, Work, wait_until};
use crate::gpu::queue::{Place, Queue};
use crate::options::options;
use agx_fix_objc::Id;
use agx_fix_objc::callback::Callback;
use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// `MTLCommandBufferStatus`.
pub(crate) mod status {
    /// Not committed.
    pub(crate) const NOT_ENQUEUED: usize = 0;
    /// Its place in the queue is taken.
    pub(crate) const ENQUEUED: usize = 1;
    /// Handed to the queue.
    pub(crate) const COMMITTED: usize = 2;
    /// About to run.
    pub(crate) const SCHEDULED: usize = 3;
    /// Done.
    pub(crate) const COMPLETED: usize = 4;
    /// Done, but not all of it could run.
    pub(crate) const ERROR: usize = 5;
}

/// The part of a command buffer that the worker shares.
pub(crate) struct Submission {
    status: AtomicUsize,
    passes: Mutex<Vec<Pass>>,
    scheduled: Mutex<Vec<Callback>>,
    completed: Mutex<Vec<Callback>>,
    worker: Option<Arc<Queue>>,
    place: Mutex<Option<Place>>,
    /// Whether all is over, callbacks included.
    finished: Mutex<bool>,
    changed: Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take<T: Default>(mutex: &Mutex<T>) -> T {
    core::mem::take(&mut *lock(mutex))
}

impl Submission {
    /// Nothing recorded yet, in a place of the queue if there is one. Waits for the place.
    pub(crate) fn new(worker: Option<Arc<Queue>>) -> Self {
        Self {
            status: AtomicUsize::new(status::NOT_ENQUEUED),
            passes: Mutex::default(),
            scheduled: Mutex::default(),
            completed: Mutex::default(),
            place: Mutex::new(worker.as_ref().map(Queue::place)),
            worker,
            finished: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// The worker of the queue that the command buffer came from, if it came from one.
    pub(crate) fn worker(&self) -> Option<Arc<Queue>> {
        self.worker.clone()
    }

    /// The status.
    pub(crate) fn status(&self) -> usize {
        self.status.load(Acquire)
    }

    /// Sets the status, and wakes the threads that wait for it.
    pub(crate) fn set_status(&self, status: usize) {
        let finished = lock(&self.finished);
        self.status.store(status, Release);
        drop(finished);
        self.changed.notify_all();
    }

    /// Adds an ended pass.
    pub(crate) fn append(&self, pass: Pass) {
        lock(&self.passes).push(pass);
    }

    /// Hands over the passes.
    pub(crate) fn take_passes(&self) -> Vec<Pass> {
        take(&self.passes)
    }

    /// Has `callback` called when the work is scheduled.
    pub(crate) fn on_scheduled(&self, callback: Callback) {
        lock(&self.scheduled).push(callback);
    }

    /// Has `callback` called when the work is done.
    pub(crate) fn on_completed(&self, callback: Callback) {
        lock(&self.completed).push(callback);
    }

    /// Waits until the status is [`status::SCHEDULED`] or beyond.
    pub(crate) fn wait_until_scheduled(&self) {
        self.wait_while(|_| self.status() < status::SCHEDULED);
    }

    /// Waits until the work is done and the callbacks have returned.
    pub(crate) fn wait_until_completed(&self) {
        self.wait_while(|finished| !finished);
    }

    fn wait_while(&self, condition: impl Fn(bool) -> bool) {
        let woken = self.changed.wait_while(lock(&self.finished), |finished| condition(*finished));
        drop(woken.unwrap_or_else(PoisonError::into_inner));
    }

    /// Runs all that was recorded for `buffer`, on the worker thread, as committed then.
    ///
    /// # Safety
    /// `buffer` is the command buffer of this submission, or its wrapper, alive.
    pub(crate) unsafe fn run(&self, buffer: Id, committed: Instant, timeline: &mut Timeline) {
        self.set_status(status::SCHEDULED);
        // SAFETY: the caller promises the live command buffer that the callbacks were added to, or its wrapper.
        unsafe { call_all(take(&self.scheduled), buffer) };
        let all_ran = execute_all(self.take_passes(), committed, timeline);
        drop(take(&self.place));
        self.set_status(if all_ran { status::COMPLETED } else { status::ERROR });
        // SAFETY: the caller promises the live command buffer that the callbacks were added to, or its wrapper.
        unsafe { call_all(take(&self.completed), buffer) };
        *lock(&self.finished) = true;
        self.changed.notify_all();
    }
}

/// # Safety
/// `buffer` is the command buffer that the callbacks were added to, or its wrapper, alive.
unsafe fn call_all(callbacks: Vec<Callback>, buffer: Id) {
    for callback in callbacks {
        // SAFETY: the callbacks of a command buffer take the command buffer, and the caller promises that it is alive.
        unsafe { callback.call(buffer) };
    }
}

/// Executes passes that were committed then, takes as long as the GPU would, and gives back what the passes hold. False
/// if a dispatch faulted.
pub(crate) fn execute_all(passes: Vec<Pass>, committed: Instant, timeline: &mut Timeline) -> bool {
    let (mut work, mut all_ran) = (Work::default(), true);
    for pass in &passes {
        work.encoders += 1;
        all_ran &= execute(pass, &mut work);
    }
    if let Some(costs) = &options().costs {
        wait_until(timeline.finish(committed, &work, costs, &device().arithmetic));
    }
    all_ran
}

/// Executes a pass. False if a dispatch faulted; those behind it still run, as they may belong to other operations.
fn execute(pass: &Pass, work: &mut Work) -> bool {
    let (mut all_ran, device) = (true, device());
    for dispatch in pass.chunks.iter().flat_map(|chunk| chunk.dispatches()) {
        work.dispatches += 1;
        if dispatch.kernel == u64::from(kernels::COUNTED) {
            device.counted.fetch_add(1, Relaxed);
        } else if let Ok(arithmetic) = kernels::run(&dispatch, &device.memory, &device.chunks) {
            work.arithmetic += arithmetic;
        } else {
            device.faults.fetch_add(1, Relaxed);
            all_ran = false;
        }
        let service = options().service;
        if !service.is_zero() {
            std::thread::sleep(service);
        }
    }
    all_ran
}
