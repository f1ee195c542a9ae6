//! Scenario `shared-encoder`: threads encode into the stream's current encoder, one sequence at a time under the
//! queue lock, while a synchroniser ends it without that lock. Scenario `torn-encoder`: the same without the queue lock,
//! so that threads also bind and dispatch in between each other's calls.
//!
//! An operation is one sequence, from `setComputePipelineState:` to exactly one dispatch, so that each lost operation is one
//! late dispatch.
//!
//! ```text
//! worker        | queue lock, encoder e | setComputePipelineState: | setBuffer: x3 | setBytes: | dispatch |
//! synchroniser  |       next buffer and encoder become current | endEncoding e | commit | waitUntilCompleted |
//! ```
//!
//! Most sequences run without a pause. In one of every few the worker stays in mid-sequence until the encoder has been ended:
//! either asleep, so that the whole end falls between two of its calls, or binding again and again, so that `endEncoding`
//! collides with a call. Without the queue lock it may also stay, with everything bound, until another worker has bound and
//! dispatched.

use crate::Tally;
use crate::config::Config;
use crate::expected::{Count, Expected};
use crate::gpu::Gpu;
use crate::outcome::Failure;
use crate::pace::Pace;
use crate::random::random;
use crate::stream::{Current, Stream};
use crate::team::{self, Task};
use agx_fix_metal::Buffer;
use agx_fix_objc::memory::autorelease_pool;
use std::time::{Duration, Instant};

/// How long a worker sleeps for an end. It is long because the synchroniser may be waiting for the GPU; if it is too short, the
/// sequence has no end in its middle.
const SLEEP: Duration = Duration::from_millis(20);
/// How long a worker binds again and again. An unfair lock may keep the synchroniser out all that time.
const COLLIDE: Duration = Duration::from_millis(2);
/// The random sequence of the [`Stay`]s; threads' inputs have low numbers.
const STAYS: u64 = u64::MAX;

/// Where in its sequence a worker stays until the encoder has been ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stay {
    /// Nowhere.
    No,
    /// With the encoder in hand, before the first call.
    BeforePipeline,
    /// Before the buffers.
    BeforeBuffers,
    /// Before the dispatch.
    BeforeDispatch,
    /// Among the buffers, binding them again and again.
    Binding,
    /// Before the dispatch, until another worker has made a sequence of its own.
    Torn,
}

/// The places of a scenario, each as likely as it stands here.
const WITH_LOCK: &[Stay] =
    &[Stay::BeforePipeline, Stay::BeforeBuffers, Stay::BeforeDispatch, Stay::Binding, Stay::Binding];
const WITHOUT_LOCK: &[Stay] =
    &[Stay::BeforePipeline, Stay::BeforeBuffers, Stay::BeforeDispatch, Stay::Binding, Stay::Torn, Stay::Torn];

impl Stay {
    /// The stay of the sequence with this number: one of every `each`, the first of them early, by the seed.
    fn of(sequence: u64, each: u64, seed: u64, places: &[Self]) -> Self {
        if sequence % each != each - 1 {
            return Self::No;
        }
        places[random(seed ^ sequence, STAYS).usize(..places.len())]
    }
}

/// What one thread works on.
struct Worker {
    input: Buffer,
    outputs: Vec<Buffer>,
    expected: Expected,
}

/// What all threads of the scenario share.
struct Scene<'a> {
    gpu: &'a Gpu,
    stream: Stream<'a>,
    pace: Pace,
    /// One sequence in so many stays for an end.
    each: u64,
    seed: u64,
    /// Whether a sequence is made under the queue lock.
    locked: bool,
}

impl Worker {
    fn new(gpu: &Gpu, thread: usize, operations: usize) -> Result<Self, Failure> {
        let (input, numbers) = gpu.input(thread)?;
        Ok(Self {
            input,
            outputs: gpu.outputs(&gpu.first, operations)?,
            expected: numbers.times(&gpu.first.values, gpu.first.shape).relu(),
        })
    }

    /// All operations of the thread.
    fn work(&self, scene: &Scene<'_>) {
        let _worker = scene.pace.worker();
        for output in &self.outputs {
            autorelease_pool(|| {
                let mut sequences = scene.stream.lock_queue();
                let places = if scene.locked { WITH_LOCK } else { WITHOUT_LOCK };
                let stay = Stay::of(*sequences, scene.each, scene.seed, places);
                *sequences += 1;
                if !scene.locked {
                    drop(sequences);
                }
                self.sequence(scene, output, stay);
            });
            scene.pace.advance();
        }
    }

    /// One bind-to-dispatch sequence, under the queue lock.
    fn sequence(&self, scene: &Scene<'_>, output: &Buffer, stay: Stay) {
        let (layer, current) = (&scene.gpu.first, scene.stream.current());
        let encoder = &current.encoder;
        let sleep_if = |place| {
            if stay == place {
                scene.pace.ask_for_end_of(current.number);
                scene.pace.await_end_of(current.number, SLEEP);
            }
        };
        sleep_if(Stay::BeforePipeline);
        layer.select(encoder);
        sleep_if(Stay::BeforeBuffers);
        layer.bind(encoder, &self.input, output);
        if stay == Stay::Binding {
            self.bind_until_ended(scene, &current, output);
        }
        sleep_if(Stay::BeforeDispatch);
        if stay == Stay::Torn {
            scene.pace.await_sequence_of_another(SLEEP);
        }
        layer.dispatch(encoder);
    }

    fn bind_until_ended(&self, scene: &Scene<'_>, current: &Current, output: &Buffer) {
        let limit = Instant::now() + COLLIDE;
        scene.pace.ask_for_end_of(current.number);
        while !scene.pace.has_ended(current.number) && Instant::now() < limit {
            scene.gpu.first.select(&current.encoder);
            scene.gpu.first.bind(&current.encoder, &self.input, output);
        }
    }
}

/// Ends the current encoder again and again, without the queue lock, until the workers are done.
fn synchronise(scene: &Scene<'_>) -> Result<(), Failure> {
    let _synchroniser = scene.pace.synchroniser();
    while scene.pace.next_end() {
        autorelease_pool(|| {
            let old = scene.stream.switch()?;
            old.encoder.end_encoding();
            scene.pace.record_end();
            old.complete();
            Ok(())
        })?;
    }
    Ok(())
}

/// Runs the scenario.
pub(crate) fn run(gpu: &Gpu, config: &Config) -> Result<Tally, Failure> {
    let workers = (0..config.threads)
        .map(|thread| Worker::new(gpu, thread, config.ops))
        .collect::<Result<Vec<_>, _>>()?;
    let operations = config.threads as u64 * config.ops as u64;
    let each = (config.threads as u64).clamp(4, 8).min(operations.max(1));
    let pace = Pace::new(config.threads, each.div_ceil(2));
    let locked = !config.scenario.tears_sequences();
    let scene = Scene { gpu, stream: Stream::new(&gpu.queue)?, pace, each, seed: config.seed, locked };
    let team = team::run(tasks(&scene, &workers));
    // Whatever happened: Metal aborts a process that releases an encoder which was not ended.
    let encoders = scene.stream.finish();
    let (results, started) = team?;
    let seconds = started.elapsed().as_secs_f64();
    results.into_iter().collect::<Result<(), _>>()?;
    let mut count = Count::default();
    for worker in &workers {
        count.add(worker.outputs.iter().map(Buffer::read_f32), &worker.expected);
    }
    Ok(Tally { encoders, count, seconds })
}

fn tasks<'a>(scene: &'a Scene<'_>, workers: &'a [Worker]) -> Vec<Task<'a, Result<(), Failure>>> {
    let worker = |(thread, worker): (usize, &'a Worker)| {
        Task::new(format!("worker-{thread}"), move || {
            worker.work(scene);
            Ok(())
        })
    };
    let synchroniser = Task::new("synchroniser", || synchronise(scene));
    workers.iter().enumerate().map(worker).chain([synchroniser]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_stays_however_small() {
        for each in 1..=8 {
            let stay = |sequence| Stay::of(sequence, each, 1, WITH_LOCK);
            assert_eq!((0..each).filter(|&sequence| stay(sequence) != Stay::No).count(), 1);
        }
    }

    #[test]
    fn stays_repeat_by_seed_and_every_place_has_its_turn() {
        for places in [WITH_LOCK, WITHOUT_LOCK] {
            let stays =
                |seed| (0..400).map(|sequence| Stay::of(sequence, 4, seed, places)).collect::<Vec<_>>();
            assert_eq!(stays(1), stays(1));
            assert_ne!(stays(1), stays(2));
            for place in places {
                assert!(stays(1).contains(place), "{place:?}");
            }
        }
    }
}
