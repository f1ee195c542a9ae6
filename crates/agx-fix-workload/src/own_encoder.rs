//! Scenario `own-encoder`, the report's workload: every operation is a perceptron in a command buffer of its own, with
//! one encoder a layer, and the thread waits for it before it goes on. No two threads meet in one encoder.
//!
//! Waiting makes an operation the unit that the report counts, and keeps a queue below its 64 uncompleted buffers.

use crate::Tally;
use crate::config::Config;
use crate::expected::Expected;
use crate::gpu::{Gpu, Layer, blank, open_buffer, open_encoder};
use crate::outcome::Failure;
use crate::team::{self, Task};
use crate::verify::Count;
use agx_fix_objc::memory::autorelease_pool;
use agx_fix_objc::metal::{Buffer, CommandBuffer};

/// What one thread works on.
struct Worker {
    input: Buffer,
    /// The activations between the layers. One buffer a thread is enough, as its operations do not overlap.
    hidden: Buffer,
    outputs: Vec<Buffer>,
    expected: Expected,
}

impl Worker {
    fn new(gpu: &Gpu, thread: usize, operations: usize) -> Result<Self, Failure> {
        let (input, numbers) = gpu.input(thread)?;
        let hidden = numbers.times(&gpu.first.values, gpu.first.shape).relu();
        Ok(Self {
            input,
            hidden: gpu.output(&gpu.first)?,
            outputs: gpu.outputs(&gpu.second, operations)?,
            expected: hidden.times(&gpu.second.values, gpu.second.shape),
        })
    }

    /// All operations of the thread; answers how many encoders it was given.
    fn work(&self, gpu: &Gpu) -> Result<u64, Failure> {
        let blank = blank(&gpu.first);
        for output in &self.outputs {
            // A first layer that is lost must not find the numbers of the operation before.
            self.hidden.write(&blank);
            autorelease_pool(|| self.operation(gpu, output))?;
        }
        Ok(2 * self.outputs.len() as u64)
    }

    fn operation(&self, gpu: &Gpu, output: &Buffer) -> Result<(), Failure> {
        let buffer = open_buffer(&gpu.queue)?;
        encode(&buffer, &gpu.first, &self.input, &self.hidden)?;
        encode(&buffer, &gpu.second, &self.hidden, output)?;
        buffer.commit();
        buffer.wait_until_completed();
        Ok(())
    }
}

fn encode(buffer: &CommandBuffer, layer: &Layer, x: &Buffer, y: &Buffer) -> Result<(), Failure> {
    let encoder = open_encoder(buffer)?;
    layer.select(&encoder);
    layer.bind(&encoder, x, y);
    layer.dispatch(&encoder);
    encoder.end_encoding();
    Ok(())
}

/// Runs the scenario.
pub(crate) fn run(gpu: &Gpu, config: &Config) -> Result<Tally, Failure> {
    let workers = (0..config.threads)
        .map(|thread| Worker::new(gpu, thread, config.ops))
        .collect::<Result<Vec<_>, _>>()?;
    let (encoders, started) = team::run(tasks(gpu, &workers))?;
    let seconds = started.elapsed().as_secs_f64();
    let mut count = Count::default();
    for worker in &workers {
        count.add(worker.outputs.iter().map(Buffer::read_f32), &worker.expected);
    }
    Ok(Tally { encoders: encoders.into_iter().sum::<Result<u64, _>>()?, count, seconds })
}

fn tasks<'a>(gpu: &'a Gpu, workers: &'a [Worker]) -> Vec<Task<'a, Result<u64, Failure>>> {
    let task = |(thread, worker): (usize, &'a Worker)| {
        Task::new(format!("worker-{thread}"), move || worker.work(gpu))
    };
    workers.iter().enumerate().map(task).collect()
}
