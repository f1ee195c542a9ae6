//! Random interleavings of all misuses that a guard is to survive, for as long as wanted, in one process.
//!
//! Threads choose their next action by a seed: encode into a shared encoder that anybody may end and commit at any time
//! (`shared`), or use and misuse a command buffer of their own, alone or with one other thread (`private`, `handoff`).
//! What one thread does follows from the seed; how threads interleave does not.
//!
//! Two misuses are left out, since nobody can make something of them that the driver survives: a thread that asks for a
//! second encoder while its own is open, and one that encodes on where the same pointer has been born again.

mod handoff;
mod private;
mod shared;
mod work;

use crate::gpu::Gpu;
use crate::outcome::Failure;
use crate::random::Random;
use crate::team::{self, Task};
use crate::{Batching, Config, Model, Scenario, findings, statistics};
use agx_fix_interface::findings::Findings;
use agx_fix_interface::statistics::Statistics;
use agx_fix_objc::memory::autorelease_pool;
use agx_fix_objc::metal::{Device, Handler, handler_calls};
use handoff::Mailbox;
use serde::{Deserialize, Serialize};
use shared::Stream;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};
use work::{Log, Worker};

/// Encoders that all threads share at a time.
const STREAMS: usize = 3;
/// How long handlers may take after the last buffer.
const HANDLERS_LIMIT: Duration = Duration::from_secs(5);
/// The random sequence of the first thread's actions; inputs have low numbers.
const ACTIONS: u64 = 1 << 32;

/// How long, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoakConfig {
    /// Threads.
    pub threads: usize,
    /// Seconds.
    pub seconds: u64,
    /// Seed of the actions and of the numbers.
    pub seed: u64,
}

/// What a soak found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoakOutcome {
    /// Operations that were checked.
    pub operations: u64,
    /// Operations in shared encoders whose output was never written.
    pub lost: u64,
    /// Operations whose output was written with anything but the expected numbers.
    pub wrong: u64,
    /// Encoders that were refused after a commit.
    pub refused: u64,
    /// What was done, and how often.
    pub actions: Vec<(String, u64)>,
    /// What else was not as it should be, the first of each kind.
    pub complaints: Vec<String>,
    /// Resident memory in KiB after a tenth of the time; `None` where the system does not say.
    pub memory_early: Option<u64>,
    /// The same at the end.
    pub memory_late: Option<u64>,
    /// What the injected library counted; `None` without the library.
    pub statistics: Option<Statistics>,
    /// What the injected library found; `None` without the library.
    pub findings: Option<Findings>,
}

/// What all threads share.
struct Scene<'a> {
    gpu: &'a Gpu,
    streams: Vec<Stream>,
    mailbox: Mailbox,
    started: Instant,
    end: Instant,
}

/// Soaks, in this process.
///
/// # Errors
/// Why it could not begin, or what Metal refused on the way.
pub fn soak(config: &SoakConfig) -> Result<SoakOutcome, Failure> {
    let device = Device::system_default().map_err(Failure::NoMetal)?;
    let outcome = autorelease_pool(|| run(device, config))?;
    Ok(SoakOutcome { statistics: statistics()?, findings: findings()?, ..outcome })
}

fn run(device: Device, config: &SoakConfig) -> Result<SoakOutcome, Failure> {
    let SoakConfig { threads, seconds, seed } = *config;
    let numbers = Config {
        scenario: Scenario::SharedEncoder,
        threads,
        ops: 1,
        seed,
        model: Model::SMALL,
        batching: Batching::REPORT,
    };
    let gpu = Gpu::new(device, &numbers)?;
    let streams = (0..STREAMS).map(|_| Stream::open(&gpu)).collect::<Result<_, _>>()?;
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    let scene = Scene { gpu: &gpu, streams, mailbox: Mailbox::default(), started, end };
    let workers =
        (0..threads).map(|thread| Worker::new(&gpu, thread, seed)).collect::<Result<Vec<_>, _>>()?;

    let (memory, logs) = scope(|scope| {
        let memory = scope.spawn(|| watch_memory(started, Duration::from_secs(seconds)));
        let logs = team::run(tasks(&scene, workers));
        (memory.join().unwrap_or_default(), logs)
    });
    for stream in &scene.streams {
        stream.finish();
    }
    let mut log = Log::default();
    for each in logs?.0 {
        log.add(each?);
    }
    log.complaints.extend(handlers(log.handlers));
    Ok(SoakOutcome {
        operations: log.operations,
        lost: log.count.lost,
        wrong: log.count.wrong,
        refused: log.refused,
        actions: log.actions.into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
        complaints: log.complaints.into_iter().collect(),
        memory_early: memory.0,
        memory_late: memory.1,
        ..SoakOutcome::default()
    })
}

fn tasks<'a>(scene: &'a Scene<'_>, workers: Vec<Worker>) -> Vec<Task<'a, Result<Log, Failure>>> {
    let task = |(thread, worker): (usize, Worker)| {
        Task::new(format!("soaker-{thread}"), move || soak_on_this_thread(scene, worker))
    };
    workers.into_iter().enumerate().map(task).collect()
}

fn soak_on_this_thread(scene: &Scene<'_>, mut worker: Worker) -> Result<Log, Failure> {
    while Instant::now() < scene.end {
        autorelease_pool(|| act(scene, &mut worker))?;
    }
    autorelease_pool(|| shared::settle_all(scene, &mut worker))?;
    Ok(worker.log)
}

/// One action. The numbers are parts of 256.
fn act(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    match worker.random.next() >> 56 {
        0..150 => shared::encode(scene, worker),
        150..160 => shared::end_any(scene, worker),
        160..175 => shared::retire_any(scene, worker),
        175..200 => private::proper(scene, worker),
        200..208 => private::released_open(scene, worker),
        208..214 => private::abandoned(scene, worker),
        214..222 => private::used_after_commit(scene, worker),
        222..230 => private::committed_open(scene, worker),
        230..244 => handoff::offer(scene, worker),
        _ => handoff::take(scene, worker),
    }
}

/// The random sequence of a thread's actions.
fn actions_of(seed: u64, thread: usize) -> Random {
    Random::new(seed, ACTIONS + thread as u64)
}

/// Resident memory after a tenth of the time and at the end.
fn watch_memory(started: Instant, all: Duration) -> (Option<u64>, Option<u64>) {
    let at = |when: Duration| {
        sleep((started + when).saturating_duration_since(Instant::now()));
        resident()
    };
    (at(all / 10), at(all))
}

/// KiB, from Linux; elsewhere nobody is asked.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Each handler that was added is called once.
fn handlers(added: u64) -> Option<String> {
    let limit = Instant::now() + HANDLERS_LIMIT;
    while handler_calls(Handler::A) < added && Instant::now() < limit {
        sleep(Duration::from_millis(1));
    }
    let called = handler_calls(Handler::A);
    (called != added).then(|| format!("{added} handlers were added and {called} were called"))
}
