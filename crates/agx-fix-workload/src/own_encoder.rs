//! Scenario `own-encoder`, the paper's workload: every operation is a perceptron, whose two layers are a dispatch each, and
//! the thread waits for the command buffer before it goes on. No two threads use the same encoder.
//!
//! In the paper's batching a command buffer is one operation, with one encoder a layer; other batchings put more into a
//! command buffer. The wait keeps a queue below its 64 uncompleted buffers, and makes an operation the unit that the paper
//! counts.

use crate::Tally;
use crate::config::{Batching, Config};
use crate::expected::{Count, Expected};
use crate::gpu::{Gpu, Layer, blank, complete, open_buffer, open_encoder};
use crate::outcome::Failure;
use crate::team::{self, Task};
use agx_fix_metal::{Buffer, CommandBuffer, CommandQueue};
use agx_fix_objc::memory::autorelease_pool;

/// What one thread works on.
struct Worker<'a> {
    gpu: &'a Gpu,
    queue: &'a CommandQueue,
    batching: Batching,
    input: Buffer,
    /// The activations between the layers, for each operation of a command buffer. The next command buffer uses them again,
    /// as it begins when this one is done.
    hidden: Vec<Buffer>,
    outputs: Vec<Buffer>,
    expected: Expected,
}

/// One layer of one operation.
struct Step<'a> {
    layer: &'a Layer,
    x: &'a Buffer,
    y: &'a Buffer,
}

impl<'a> Worker<'a> {
    fn new(gpu: &'a Gpu, thread: usize, config: &Config, whole: usize) -> Result<Self, Failure> {
        let (input, numbers) = gpu.input(thread)?;
        let hidden = numbers.times(&gpu.first.values, gpu.first.shape).relu();
        Ok(Self {
            gpu,
            queue: gpu.queue_of(thread),
            batching: config.batching,
            input,
            hidden: gpu.outputs(&gpu.first, whole.min(config.ops))?,
            outputs: gpu.outputs(&gpu.second, config.ops)?,
            expected: hidden.times(&gpu.second.values, gpu.second.shape),
        })
    }

    /// All operations of the thread; answers how many encoders it was given.
    fn work(&self) -> Result<u64, Failure> {
        let blank = blank(&self.gpu.first);
        let mut encoders = 0;
        for outputs in self.outputs.chunks(self.hidden.len()) {
            // A first layer that is lost must not find the numbers of the operation before.
            self.hidden.iter().for_each(|hidden| hidden.write(&blank));
            encoders += autorelease_pool(|| self.command_buffer(outputs))?;
        }
        Ok(encoders)
    }

    /// One command buffer, from its opening to its completion; answers its encoders.
    fn command_buffer(&self, outputs: &[Buffer]) -> Result<u64, Failure> {
        let buffer = open_buffer(self.queue)?;
        let steps: Vec<Step<'_>> = outputs.iter().zip(&self.hidden).flat_map(|it| self.steps(it)).collect();
        let encoders = steps.chunks(self.batching.dispatches);
        let count = encoders.len() as u64;
        for steps in encoders {
            encode(&buffer, steps)?;
        }
        complete(&buffer);
        Ok(count)
    }

    fn steps<'s>(&'s self, (output, hidden): (&'s Buffer, &'s Buffer)) -> [Step<'s>; 2] {
        [
            Step { layer: &self.gpu.first, x: &self.input, y: hidden },
            Step { layer: &self.gpu.second, x: hidden, y: output },
        ]
    }
}

fn encode(buffer: &CommandBuffer, steps: &[Step<'_>]) -> Result<(), Failure> {
    let encoder = open_encoder(buffer)?;
    for Step { layer, x, y } in steps {
        layer.select(&encoder);
        layer.bind(&encoder, x, y);
        layer.dispatch(&encoder);
    }
    encoder.end_encoding();
    Ok(())
}

/// Runs the scenario.
pub(crate) fn run(gpu: &Gpu, config: &Config) -> Result<Tally, Failure> {
    let whole = config.batching.operations().ok_or(Failure::Batching(config.batching))?;
    let workers = (0..config.threads)
        .map(|thread| Worker::new(gpu, thread, config, whole))
        .collect::<Result<Vec<_>, _>>()?;
    let (encoders, started) = team::run(tasks(&workers))?;
    let seconds = started.elapsed().as_secs_f64();
    let mut count = Count::default();
    for worker in &workers {
        count.add(worker.outputs.iter().map(Buffer::read_f32), &worker.expected);
    }
    Ok(Tally { encoders: encoders.into_iter().sum::<Result<u64, _>>()?, count, seconds })
}

fn tasks<'a>(workers: &'a [Worker<'a>]) -> Vec<Task<'a, Result<u64, Failure>>> {
    let task = |(thread, worker): (usize, &'a Worker<'a>)| {
        Task::new(format!("worker-{thread}"), move || worker.work())
    };
    workers.iter().enumerate().map(task).collect()
}
