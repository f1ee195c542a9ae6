//! The Metal objects of a run: device, queues, and the perceptron's two layers.

use crate::config::Model;
use crate::expected::{Expected, SENTINEL, Shape};
use crate::outcome::Failure;
use crate::random::{random, vector};
use agx_fix_metal::{
    Buffer, CommandBuffer, CommandQueue, ComputeEncoder, ComputePipeline, Device, Event, Object,
};
use agx_fix_objc::abi::Size;
use fastrand::Rng;

pub(crate) const KERNELS: &str = include_str!("kernels.metal");

/// Numbers of the random sequences; threads take theirs from [`INPUTS`] on.
const FIRST_WEIGHTS: u64 = 0;
const SECOND_WEIGHTS: u64 = 1;
const INPUTS: u64 = 2;

/// Any size within Metal's limits: the kernels share nothing between threads.
const THREADS_PER_THREADGROUP: Size = Size { width: 32, height: 4, depth: 1 };

/// One layer: kernel, weights and shape. Encoding it is three steps, so that a scenario can come between them.
pub(crate) struct Layer {
    pipeline: ComputePipeline,
    weights: Buffer,
    /// The weights again, for the expected numbers.
    pub(crate) values: Vec<f32>,
    pub(crate) shape: Shape,
}

impl Layer {
    fn new(device: &Device, kernel: &str, shape: Shape, random: Rng) -> Result<Self, Failure> {
        // Keeps the outputs at the size of the inputs, whatever the model's width.
        let scale = 1.0 / (shape.inputs as f32).sqrt();
        let values = vector(random, shape.inputs * shape.outputs, scale);
        Ok(Self {
            pipeline: device
                .new_pipeline(KERNELS, kernel)
                .map_err(|cause| Failure::Kernel { name: kernel.to_owned(), cause })?,
            weights: device.new_buffer_with(&values).ok_or(Failure::Refused("buffer"))?,
            values,
            shape,
        })
    }

    /// Step one: the kernel.
    pub(crate) fn select(&self, encoder: &ComputeEncoder) {
        encoder.set_pipeline(&self.pipeline);
    }

    /// Step two: what it reads and writes.
    pub(crate) fn bind(&self, encoder: &ComputeEncoder, x: &Buffer, y: &Buffer) {
        encoder.set_buffer(x, 0, 0);
        self.bind_weights(encoder);
        encoder.set_buffer(y, 0, 2);
        self.bind_shape(encoder);
    }

    /// A part of step two: the weights.
    pub(crate) fn bind_weights(&self, encoder: &ComputeEncoder) {
        encoder.set_buffer(&self.weights, 0, 1);
    }

    /// A part of step two: the shape.
    pub(crate) fn bind_shape(&self, encoder: &ComputeEncoder) {
        let Shape { rows, inputs, outputs } = self.shape;
        let bytes: Vec<u8> = [rows, inputs, outputs].iter().flat_map(|&n| (n as u32).to_ne_bytes()).collect();
        encoder.set_bytes(&bytes, 3);
    }

    /// Step three: the work.
    pub(crate) fn dispatch(&self, encoder: &ComputeEncoder) {
        let grid = Size { width: self.shape.outputs, height: self.shape.rows, depth: 1 };
        encoder.dispatch_threads(grid, THREADS_PER_THREADGROUP);
    }
}

/// What all threads of a run share.
pub(crate) struct Gpu {
    device: Device,
    pub(crate) queue: CommandQueue,
    further_queues: Vec<CommandQueue>,
    /// `linear_relu`: input -> hidden.
    pub(crate) first: Layer,
    /// `linear`: hidden -> input.
    pub(crate) second: Layer,
    seed: u64,
}

impl Gpu {
    /// Makes the layers of a model, and so many queues.
    pub(crate) fn new(device: Device, model: Model, queues: usize, seed: u64) -> Result<Self, Failure> {
        let Model { input, hidden, batch: rows } = model;
        let up = Shape { rows, inputs: input, outputs: hidden };
        let down = Shape { rows, inputs: hidden, outputs: input };
        Ok(Self {
            queue: new_queue(&device)?,
            further_queues: (1..queues).map(|_| new_queue(&device)).collect::<Result<_, _>>()?,
            first: Layer::new(&device, "linear_relu", up, random(seed, FIRST_WEIGHTS))?,
            second: Layer::new(&device, "linear", down, random(seed, SECOND_WEIGHTS))?,
            device,
            seed,
        })
    }

    /// The queue of one thread.
    pub(crate) fn queue_of(&self, thread: usize) -> &CommandQueue {
        let place = thread % (self.further_queues.len() + 1);
        place.checked_sub(1).map_or(&self.queue, |place| &self.further_queues[place])
    }

    /// The input of one thread, which no other has: as a buffer, and as what to compute the expected numbers from.
    pub(crate) fn input(&self, thread: usize) -> Result<(Buffer, Expected), Failure> {
        let Shape { rows, inputs, .. } = self.first.shape;
        let values = vector(random(self.seed, INPUTS + thread as u64), rows * inputs, 1.0);
        let buffer = self.device.new_buffer_with(&values).ok_or(Failure::Refused("buffer"))?;
        Ok((buffer, Expected::exact(&values)))
    }

    /// A buffer for the output of a layer, full of sentinels.
    pub(crate) fn output(&self, layer: &Layer) -> Result<Buffer, Failure> {
        let blank = blank(layer);
        self.device.new_buffer_with(&blank).ok_or(Failure::Refused("buffer"))
    }

    /// The device, to be asked by the names of methods.
    pub(crate) fn object(&self) -> Object {
        Object::from(&self.device)
    }

    /// An event; `None` if this driver has none.
    pub(crate) fn new_event(&self) -> Option<Event> {
        self.device.new_event()
    }

    /// Such buffers for so many operations.
    pub(crate) fn outputs(&self, layer: &Layer, operations: usize) -> Result<Vec<Buffer>, Failure> {
        (0..operations).map(|_| self.output(layer)).collect()
    }
}

fn new_queue(device: &Device) -> Result<CommandQueue, Failure> {
    device.new_queue().ok_or(Failure::Refused("command queue"))
}

/// Sentinels in the place of a layer's output.
pub(crate) fn blank(layer: &Layer) -> Vec<f32> {
    vec![SENTINEL; layer.shape.rows * layer.shape.outputs]
}

/// The queue's next command buffer.
pub(crate) fn open_buffer(queue: &CommandQueue) -> Result<CommandBuffer, Failure> {
    queue.command_buffer().ok_or(Failure::Refused("command buffer"))
}

/// Commits a command buffer and waits until the GPU has done its work.
pub(crate) fn complete(buffer: &CommandBuffer) {
    buffer.commit();
    buffer.wait_until_completed();
}

/// The next encoder of a command buffer.
pub(crate) fn open_encoder(buffer: &CommandBuffer) -> Result<ComputeEncoder, Failure> {
    buffer.compute_encoder().ok_or(Failure::Refused("compute encoder"))
}
