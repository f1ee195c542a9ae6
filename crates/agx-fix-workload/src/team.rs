//! Named threads that begin together.

use crate::outcome::Failure;
use crate::sync::{lock, wait};
use std::sync::{Condvar, Mutex};
use std::thread::{Builder, ScopedJoinHandle, scope};
use std::time::Instant;

/// What one thread does, under its name.
pub struct Task<'env, T> {
    pub(crate) name: String,
    pub(crate) work: Box<dyn FnOnce() -> T + Send + 'env>,
}

impl<'env, T> Task<'env, T> {
    /// A thread of that name, which does this.
    pub fn new(name: impl Into<String>, work: impl FnOnce() -> T + Send + 'env) -> Self {
        Self { name: name.into(), work: Box::new(work) }
    }
}

/// A barrier that can be cancelled: threads must not wait for ever for one that could not be started.
#[derive(Default)]
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    arrived: usize,
    open: Option<bool>,
}

impl Gate {
    /// Arrives and waits. False if the start was cancelled.
    fn pass(&self) -> bool {
        let mut state = lock(&self.state);
        state.arrived += 1;
        self.changed.notify_all();
        loop {
            match state.open {
                Some(go) => return go,
                None => state = wait(&self.changed, state),
            }
        }
    }

    /// Opens the gate once so many threads stand at it.
    fn open_for(&self, threads: usize) {
        let mut state = lock(&self.state);
        while state.arrived < threads {
            state = wait(&self.changed, state);
        }
        state.open = Some(true);
        self.changed.notify_all();
    }

    fn cancel(&self) {
        lock(&self.state).open = Some(false);
        self.changed.notify_all();
    }
}

/// Runs the tasks, each on a thread of its own, and answers their results in order and the moment they began. A task
/// that panics takes the caller with it, once all have ended.
///
/// # Errors
/// The system did not start all threads: then none has begun.
pub fn run<T: Send>(tasks: Vec<Task<'_, T>>) -> Result<(Vec<T>, Instant), Failure> {
    let gate = Gate::default();
    let threads = tasks.len();
    scope(|scope| {
        let spawned = tasks.into_iter().map(|Task { name, work }| {
            let gate = &gate;
            Builder::new().name(name).spawn_scoped(scope, move || gate.pass().then(work))
        });
        let handles: Vec<_> = match spawned.collect() {
            Ok(handles) => handles,
            Err(error) => {
                gate.cancel();
                return Err(Failure::Threads { wanted: threads, cause: error.to_string() });
            }
        };
        gate.open_for(threads);
        let started = Instant::now();
        Ok((handles.into_iter().filter_map(join).collect(), started))
    })
}

fn join<T>(handle: ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::thread::current;

    #[test]
    fn tasks_run_at_the_same_time_under_their_names_and_answer_in_order() {
        let barrier = Barrier::new(3);
        let task = |name: &str| {
            Task::new(name, || {
                barrier.wait();
                current().name().map(str::to_owned)
            })
        };
        let (names, _) = run(vec![task("a"), task("b"), task("c")]).unwrap();
        assert_eq!(names, [Some("a".into()), Some("b".into()), Some("c".into())]);
    }

    #[test]
    fn a_cancelled_start_releases_all_threads() {
        let gate = Gate::default();
        let passed = scope(|scope| {
            let waiting = scope.spawn(|| gate.pass());
            gate.cancel();
            waiting.join().unwrap()
        });
        assert!(!passed);
    }
}
