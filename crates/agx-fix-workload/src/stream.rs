//! A stream as PyTorch has it: the command buffer and encoder that all threads encode into at the moment.
//!
//! It has two locks, and the gap between them is the misuse under test:
//!
//! - the **queue lock** is the application's: a worker holds it from binding to dispatch;
//! - the **pointer lock** is held for an instant, to read or to swap the current encoder. It keeps reference counting
//!   sound, as ARC would, so that the only rule broken is Metal's.
//!
//! A synchroniser takes only the pointer lock. It ends an encoder while a worker may be using it. Two other rules are always
//! kept: a buffer has one encoder in its life, and [`Stream::switch`] hands an encoder to one caller, so it is ended once.

use crate::gpu::{complete, open_buffer, open_encoder};
use crate::outcome::Failure;
use agx_fix_metal::{CommandBuffer, CommandQueue, ComputeEncoder};
use parking_lot::{Mutex, MutexGuard};

/// An encoder and its number in the order of opening.
#[derive(Clone)]
pub(crate) struct Current {
    pub(crate) number: u64,
    pub(crate) encoder: ComputeEncoder,
    buffer: CommandBuffer,
}

impl Current {
    fn open(queue: &CommandQueue, number: u64) -> Result<Self, Failure> {
        let buffer = open_buffer(queue)?;
        Ok(Self { number, encoder: open_encoder(&buffer)?, buffer })
    }

    /// Hands the work to the GPU and waits for it. The encoder has been ended.
    pub(crate) fn complete(self) {
        complete(&self.buffer);
    }

    /// Hands the work to the GPU. The encoder has been ended.
    pub(crate) fn commit(&self) {
        self.buffer.commit();
    }
}

/// The stream.
pub(crate) struct Stream<'a> {
    queue: &'a CommandQueue,
    /// Counts the sequences encoded under it.
    queue_lock: Mutex<u64>,
    pointer_lock: Mutex<Current>,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(queue: &'a CommandQueue) -> Result<Self, Failure> {
        let first = Current::open(queue, 0)?;
        Ok(Self { queue, queue_lock: Mutex::new(0), pointer_lock: Mutex::new(first) })
    }

    /// The application's queue lock: hold it from binding to dispatch, and count the sequence.
    pub(crate) fn lock_queue(&self) -> MutexGuard<'_, u64> {
        self.queue_lock.lock()
    }

    /// A reference of one's own to the current encoder.
    pub(crate) fn current(&self) -> Current {
        self.pointer_lock.lock().clone()
    }

    /// Opens the next command buffer and encoder, makes them current, and answers the ones before. For one
    /// synchroniser: with several, numbers would no longer be in order.
    pub(crate) fn switch(&self) -> Result<Current, Failure> {
        let number = self.pointer_lock.lock().number + 1;
        let next = Current::open(self.queue, number)?;
        Ok(std::mem::replace(&mut *self.pointer_lock.lock(), next))
    }

    /// Ends and completes the last encoder, after all threads have left; answers how many there were.
    pub(crate) fn finish(self) -> u64 {
        let last = self.pointer_lock.into_inner();
        let encoders = last.number + 1;
        last.encoder.end_encoding();
        last.complete();
        encoders
    }
}
