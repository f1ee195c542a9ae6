//! Running a scenario, and replaying what failed.

use crate::checks::{is_long, message_of};
use agx_fix_guard::model::{Protection, without};
use shuttle::scheduler::{PctScheduler, RandomScheduler, ReplayScheduler, Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, Runner};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// Bugs of up to so many ordered steps.
const DEPTH: usize = 3;
/// Where the first schedule of each run begins; a run is the same every time.
const SEED: u64 = 8;

/// The tables of a guard are made on a stack.
const STACK: usize = 16 << 20;

fn with_stack() -> Config {
    let mut configuration = Config::new();
    configuration.stack_size = STACK;
    configuration.silence_warnings = true; // memory is sequentially consistent: said in `main.rs`
    configuration
}

/// Schedules: usually, and with `AGX_VERIFY_LONG`.
fn schedules() -> usize {
    if is_long() { 50_000 } else { 2_000 }
}

/// Every schedule is as it should be.
pub(crate) fn passes(name: &str, scenario: fn()) {
    let configuration = with_stack();
    if let Ok(schedule) = std::env::var("AGX_SHUTTLE_SCHEDULE") {
        let replay = ReplayScheduler::new_from_encoded(&schedule);
        Runner::new(replay, configuration).run(scenario);
        println!("the schedule does not fail");
        return;
    }
    let half = schedules() / 2;
    let mut count =
        Runner::new(RandomScheduler::new_from_seed(SEED, half), configuration.clone()).run(scenario);
    count += Runner::new(PctScheduler::new_from_seed(SEED, DEPTH, half), configuration).run(scenario);
    println!("verify | shuttle | {name} | {count} schedules | random, and {DEPTH}-step bugs by priority");
}

/// Without that protection a schedule fails and says `what`, and does so again when it is replayed.
pub(crate) fn finds(protection: Protection, scenario: fn(), what: &str) {
    without(Some(protection));
    let recorded = Arc::new(Mutex::new(Schedule::new(SEED)));
    let recorder = Recorder {
        scheduler: RandomScheduler::new_from_seed(SEED, schedules()),
        recorded: Arc::clone(&recorded),
    };
    let (count, message) = failure(recorder, scenario);
    assert!(message.contains(what), "another bug was found than `{what}`: {message}");

    let schedule = recorded.lock().unwrap().clone();
    let (_, again) = failure(ReplayScheduler::new_from_schedule(schedule), scenario);
    assert!(again.contains(what), "the replay fails otherwise: {again}");
    println!(
        "verify | shuttle, negative | {protection:?} | found in schedule {count}, and replayed | random"
    );
}

/// Writes down the last schedule of another scheduler.
struct Recorder {
    scheduler: RandomScheduler,
    recorded: Arc<Mutex<Schedule>>,
}

impl Scheduler for Recorder {
    fn new_execution(&mut self) -> Option<Schedule> {
        let schedule = self.scheduler.new_execution()?;
        *self.recorded.lock().unwrap() = schedule.clone();
        Some(schedule)
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        let task = self.scheduler.next_task(runnable, current, is_yielding)?;
        self.recorded.lock().unwrap().push_task(task);
        Some(task)
    }

    fn next_u64(&mut self) -> u64 {
        self.recorded.lock().unwrap().push_random();
        self.scheduler.next_u64()
    }
}

fn failure(scheduler: impl Scheduler + 'static, scenario: fn()) -> (u64, String) {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let run = AssertUnwindSafe(|| {
        Runner::new(scheduler, with_stack()).run(move || {
            counted.fetch_add(1, Relaxed);
            scenario();
        })
    });
    let panic = catch_unwind(run).expect_err("the bug must be found");
    (count.load(Relaxed), message_of(&*panic))
}
