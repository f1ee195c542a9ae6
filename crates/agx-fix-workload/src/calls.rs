//! Open encoders, on which the cost of a call is measured.
//!
//! The call is `setComputePipelineState:`. Every preset hooks it, for it is one of the four methods that the paper hooks, and
//! of the four it is the one in which the driver does least. The command buffers keep no references, so that binding the same
//! pipeline again and again retains nothing and grows nothing.

use crate::gpu::{KERNELS, complete, open_encoder};
use crate::outcome::Failure;
use crate::statistics;
use agx_fix_interface::statistics::Statistics;
use agx_fix_metal::{Buffer, CommandBuffer, CommandQueue, ComputeEncoder, ComputePipeline, Device};
use agx_fix_objc::abi::Size;
use agx_fix_objc::memory::autorelease_pool;

/// Encoders on one command buffer in [`Stage::live`]: so many that the wait for the queue's thread, once a buffer, does not
/// outweigh the encoders.
const ENCODERS_OF_A_BUFFER: u64 = 64;

/// Open encoders, each on a command buffer of its own.
pub struct Stage {
    queue: CommandQueue,
    pipeline: ComputePipeline,
    /// What threads bind, each its own, the first two of them.
    buffers: [Buffer; 2],
    encoders: Vec<(CommandBuffer, ComputeEncoder)>,
}

impl Stage {
    /// Opens so many encoders, at most 60 (a queue has 64 command buffers).
    ///
    /// # Errors
    /// What Metal refused.
    pub fn open(encoders: usize) -> Result<Self, Failure> {
        let device = Device::system_default().map_err(Failure::NoMetal)?;
        autorelease_pool(|| {
            let queue = device.new_queue().ok_or(Failure::Refused("command queue"))?;
            let pipeline = device
                .new_pipeline(KERNELS, "linear")
                .map_err(|cause| Failure::Kernel { name: "linear".to_owned(), cause })?;
            let buffer = || device.new_buffer_with(&[0.0]).ok_or(Failure::Refused("buffer"));
            let buffers = [buffer()?, buffer()?];
            let encoders = (0..encoders)
                .map(|_| {
                    let buffer = open_unretaining(&queue)?;
                    let encoder = open_encoder(&buffer)?;
                    Ok((buffer, encoder))
                })
                .collect::<Result<_, _>>()?;
            Ok(Self { queue, pipeline, buffers, encoders })
        })
    }

    /// One call on the encoder of that number.
    #[inline]
    pub fn call(&self, encoder: usize) {
        self.encoders[encoder].1.set_pipeline(&self.pipeline);
    }

    /// Binds everything that a dispatch needs on the first encoder, with the buffers of this thread, 0 or 1: a product of one
    /// number.
    pub fn bind_all(&self, thread: usize) {
        let encoder = &self.encoders[0].1;
        encoder.set_pipeline(&self.pipeline);
        (0..3).for_each(|index| encoder.set_buffer(&self.buffers[thread & 1], 0, index));
        let shape: Vec<u8> = [1u32; 3].iter().flat_map(|size| size.to_ne_bytes()).collect();
        encoder.set_bytes(&shape, 3);
    }

    /// Binds a buffer of this thread, 0 or 1, on the first encoder.
    #[inline]
    pub fn bind(&self, thread: usize) {
        self.encoders[0].1.set_buffer(&self.buffers[thread & 1], 0, 0);
    }

    /// A dispatch on the first encoder. Everything was bound before.
    #[inline]
    pub fn dispatch(&self) {
        self.encoders[0].1.dispatch_threads(Size::linear(1), Size::linear(1));
    }

    /// So many encoders, one after the other: each is opened, ended and released; every few share a command buffer,
    /// which is committed and waited for.
    ///
    /// # Errors
    /// What Metal refused.
    pub fn live(&self, encoders: u64) -> Result<(), Failure> {
        let mut left = encoders;
        while left > 0 {
            let batch = left.min(ENCODERS_OF_A_BUFFER);
            autorelease_pool(|| {
                let buffer = open_unretaining(&self.queue)?;
                for _ in 0..batch {
                    open_encoder(&buffer)?.end_encoding();
                }
                complete(&buffer);
                Ok(())
            })?;
            left -= batch;
        }
        Ok(())
    }

    /// What the injected library has counted so far; `None` without one.
    ///
    /// # Errors
    /// The library's statistics cannot be read.
    pub fn statistics(&self) -> Result<Option<Statistics>, Failure> {
        statistics()
    }
}

fn open_unretaining(queue: &CommandQueue) -> Result<CommandBuffer, Failure> {
    queue.unretaining_command_buffer().ok_or(Failure::Refused("command buffer"))
}

/// Metal aborts a process that releases an encoder which was not ended.
impl Drop for Stage {
    fn drop(&mut self) {
        for (buffer, encoder) in &self.encoders {
            encoder.end_encoding();
            complete(buffer);
        }
    }
}
