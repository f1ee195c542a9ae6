//! Named threads that begin together.

use crate::outcome::Failure;
use parking_lot::RwLock;
use std::sync::mpsc::channel;
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

/// Runs the tasks, each on a thread of its own, and answers their results in order and the moment they began. A task
/// that panics takes the caller with it, once all have ended.
///
/// # Errors
/// The system did not start all threads: then none has begun.
pub fn run<T: Send>(tasks: Vec<Task<'_, T>>) -> Result<(Vec<T>, Instant), Failure> {
    let wanted = tasks.len();
    // Threads wait for this lock until all have arrived. What they find behind it says whether to begin: they must not wait for
    // one that could not be started.
    let gate = RwLock::new(false);
    let (arrive, arrivals) = channel();
    scope(|scope| {
        let mut begins = gate.write();
        let spawned = tasks.into_iter().map(|Task { name, work }| {
            let (gate, arrive) = (&gate, arrive.clone());
            Builder::new().name(name).spawn_scoped(scope, move || {
                let _ = arrive.send(());
                let begins = *gate.read();
                begins.then(work)
            })
        });
        let handles: Vec<_> = spawned
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::Threads { wanted, cause: error.to_string() })?;
        arrivals.iter().take(wanted).for_each(drop);
        *begins = true;
        drop(begins);
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
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, Ordering};
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

    /// The system refuses no thread on demand. A name that no thread can have ends the start in the same place.
    #[test]
    fn a_start_that_fails_begins_nothing_and_leaves_no_thread_waiting() {
        let begun = AtomicBool::new(false);
        let tasks = ["a", "\0"].map(|name| Task::new(name, || begun.store(true, Ordering::Relaxed)));
        assert!(catch_unwind(AssertUnwindSafe(|| run(tasks.into()))).is_err());
        assert!(!begun.into_inner());
    }
}
