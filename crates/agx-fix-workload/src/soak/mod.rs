//! Random interleavings of all misuses that a guard is to survive, for as long as wanted, in one process.
//!
//! Threads choose their next action by a seed: encode into a shared compute encoder that anybody may end and commit at
//! any time (`shared`); or use and misuse encoders of any kind, shared ones, their own, and those of one other thread (`kinds`). The choices of each thread follow from the seed; how
//! threads interleave, and so what an action finds, does not.
//!
//! Three misuses are left out, because no guard can turn them into something that the driver survives: a thread asks for a
//! second encoder while its own is open; a thread encodes on where a new encoder has the same address; a command buffer of
//! Metal 4 is committed, or begun again, before it has ended.

mod kinds;
mod outcome;
mod shared;
mod work;

pub use outcome::{KindOutcome, SoakOutcome};

use crate::encoder_kind::EncoderKind;
use crate::gpu::Gpu;
use crate::outcome::Failure;
use crate::team::{self, Task};
use crate::{Model, findings, statistics};
use agx_fix_metal::{Device, Handler, handler_calls};
use agx_fix_objc::memory::autorelease_pool;
use agx_fix_terms::{Named as _, Preset};
use kinds::{Mailbox, Studio};
use serde::{Deserialize, Serialize};
use shared::Stream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};
use work::{Log, Worker};

/// Compute encoders that all threads share at a time.
const STREAMS: usize = 3;
/// How long handlers may take after the last buffer.
const HANDLERS_LIMIT: Duration = Duration::from_secs(5);

/// How long, and from which seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoakConfig {
    /// Threads.
    pub threads: usize,
    /// Seconds.
    pub seconds: u64,
    /// Seed of the choices and of the numbers.
    pub seed: u64,
    /// The kinds of encoder, each of which must come up; at least one.
    pub kinds: Vec<EncoderKind>,
}

/// What all threads share.
struct Scene<'a> {
    gpu: &'a Gpu,
    streams: Vec<Stream>,
    mailbox: Mailbox,
    kinds: &'a [EncoderKind],
    /// Those that are made by command buffers; a sub-encoder takes an encoder.
    made_by_buffers: Vec<EncoderKind>,
    studio: Studio,
    any_streams: Vec<kinds::Stream>,
    /// Preset `isolate`: late work is not complete when the command buffer is.
    late_work_is_done_elsewhere: bool,
    started: Instant,
    end: Instant,
    /// The second after the last long wait.
    long_waits: AtomicU64,
}

/// Soaks, in this process.
///
/// # Errors
/// Why it could not begin, or what Metal refused on the way.
pub fn soak(config: &SoakConfig) -> Result<SoakOutcome, Failure> {
    let device = Device::system_default().map_err(Failure::NoMetal)?;
    autorelease_pool(|| run(device, config))
}

fn run(device: Device, config: &SoakConfig) -> Result<SoakOutcome, Failure> {
    let SoakConfig { threads, seconds, seed, kinds } = config;
    let gpu = Gpu::new(device, Model::SMALL, 2, *seed)?;
    let scene = Scene::new(&gpu, kinds, Duration::from_secs(*seconds))?;
    let workers =
        (0..*threads).map(|thread| Worker::new(&gpu, thread, *seed)).collect::<Result<Vec<_>, _>>()?;

    let (memory, logs) = scope(|scope| {
        let memory = scope.spawn(|| watch_memory(scene.started, scene.end));
        let logs = team::run(tasks(&scene, workers));
        (memory.join().unwrap_or_default(), logs)
    });
    scene.finish();
    let mut log = Log::default();
    for each in logs?.0 {
        log.add(each?);
    }
    log.complaints.extend(handlers(log.handlers));
    Ok(SoakOutcome::new(log, memory, statistics()?, findings()?))
}

impl<'a> Scene<'a> {
    fn new(gpu: &'a Gpu, kinds: &'a [EncoderKind], time: Duration) -> Result<Self, Failure> {
        let mut made_by_buffers: Vec<_> =
            kinds.iter().copied().filter(|&kind| kind != EncoderKind::SubEncoder).collect();
        if made_by_buffers.is_empty() {
            made_by_buffers.push(EncoderKind::Parallel);
        }
        let studio = Studio::new(gpu);
        let any_stream =
            |number: usize| kinds::Stream::open(&studio, made_by_buffers[number % made_by_buffers.len()]);
        let any_streams = (0..kinds::STREAMS).map(any_stream).collect::<Result<_, _>>()?;
        let streams = if kinds.contains(&EncoderKind::Compute) { STREAMS } else { 0 };
        let streams = (0..streams).map(|_| Stream::open(gpu)).collect::<Result<_, _>>()?;
        let started = Instant::now();
        Ok(Self {
            gpu,
            streams,
            mailbox: Mailbox::default(),
            kinds,
            made_by_buffers,
            studio,
            any_streams,
            late_work_is_done_elsewhere: statistics()?.is_some_and(|it| {
                Preset::by_name(&it.preset).is_some_and(|preset| preset.policy().rescues())
            }),
            started,
            end: started + time,
            long_waits: AtomicU64::new(0),
        })
    }

    /// When all threads have left.
    fn finish(&self) {
        self.streams.iter().for_each(Stream::finish);
        self.any_streams.iter().for_each(kinds::Stream::finish);
    }
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
    worker.choose();
    let computes = scene.kinds.contains(&EncoderKind::Compute);
    if !computes || worker.below(2) == 0 {
        return kinds::act(scene, worker);
    }
    match worker.below(256) {
        0..220 => shared::encode(scene, worker),
        220..234 => shared::end_any(scene, worker),
        _ => shared::retire_any(scene, worker),
    }
}

/// Whether a thread may make a call that waits for the guard's whole limit, because nobody ends the encoder that it finds open:
/// at most one such call a second.
fn may_wait_long(scene: &Scene<'_>) -> bool {
    let now = scene.started.elapsed().as_secs() + 1;
    scene.long_waits.fetch_max(now, Ordering::Relaxed) < now
}

/// Resident memory in KiB after a tenth of the time and at the end; `None` where the system does not say.
type Memory = (Option<u64>, Option<u64>);

fn watch_memory(started: Instant, end: Instant) -> Memory {
    let at = |when: Instant| {
        sleep(when.saturating_duration_since(Instant::now()));
        resident_kib()
    };
    (at(started + (end - started) / 10), at(end))
}

/// Resident memory of this process in KiB; `None` on other systems than Linux.
pub fn resident_kib() -> Option<u64> {
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
