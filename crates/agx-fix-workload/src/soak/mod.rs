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
mod shared;
mod work;

use crate::encoder_kind::EncoderKind;
use crate::gpu::Gpu;
use crate::outcome::Failure;
use crate::team::{self, Task};
use crate::{Model, findings, statistics};
use agx_fix_interface::findings::Findings;
use agx_fix_interface::statistics::Statistics;
use agx_fix_metal::{Device, Handler, handler_calls, simulated};
use agx_fix_objc::memory::autorelease_pool;
use agx_fix_terms::{Named as _, Preset};
use kinds::{Mailbox, Studio};
use serde::{Deserialize, Serialize};
use shared::Stream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};
use work::{Log, Use, Worker};

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

/// How long the GPU may take for work that no thread waited for.
const GPU_LIMIT: Duration = Duration::from_secs(30);

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
    /// Encoders that were refused after a commit, or after the end of what makes them.
    pub refused: u64,
    /// Calls that are work for the GPU, but whose result is not checked.
    pub works: u64,
    /// How many of these the GPU did; `None` if the driver does not count them, as only the simulated one does.
    pub works_done: Option<u64>,
    /// What was done with encoders of each kind that came up.
    pub kinds: Vec<KindOutcome>,
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

/// What was done with encoders of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindOutcome {
    /// The kind.
    pub kind: EncoderKind,
    /// Encoders that were opened.
    pub encoders: u64,
    /// Calls that were made on them, late ones and ends among them.
    pub calls: u64,
    /// Calls that came late, by the library's count; without those to end an encoder, which all kinds share.
    pub late_calls: u64,
}

impl SoakOutcome {
    fn new(log: Log, memory: Memory, statistics: Option<Statistics>, findings: Option<Findings>) -> Self {
        let late = |kind: EncoderKind| {
            let counts = statistics.iter().flat_map(|it| &it.late_by_selector);
            counts
                .filter(|it| kind.selectors().any(|selector| selector == it.selector))
                .map(|it| it.count)
                .sum()
        };
        let kind = |(kind, used): (EncoderKind, Use)| KindOutcome {
            kind,
            encoders: used.encoders,
            calls: used.calls,
            late_calls: late(kind),
        };
        let left_out = statistics.as_ref().map_or(0, Statistics::dispatches_left_out);
        let late_works = left_out.saturating_sub(log.count.lost);
        Self {
            operations: log.operations,
            lost: log.count.lost,
            wrong: log.count.wrong,
            refused: log.refused,
            works: log.works,
            works_done: works_done(log.works.saturating_sub(late_works)),
            kinds: log.kinds.into_iter().map(kind).collect(),
            actions: log.actions.into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
            complaints: log.complaints.into_iter().collect(),
            memory_early: memory.0,
            memory_late: memory.1,
            statistics,
            findings,
        }
    }

    /// Work that did not reach the GPU: lost operations, and unchecked work that is missing.
    pub fn work_lost(&self) -> u64 {
        self.lost + self.works_done.map_or(0, |done| self.works.saturating_sub(done))
    }
}

/// How much work the GPU has done, once it is as much as expected, or the time is up.
fn works_done(expected: u64) -> Option<u64> {
    let limit = Instant::now() + GPU_LIMIT;
    while simulated::counted_work()? < expected && Instant::now() < limit {
        sleep(Duration::from_millis(1));
    }
    simulated::counted_work()
}
