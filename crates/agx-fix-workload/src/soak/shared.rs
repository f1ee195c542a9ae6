//! Encoders that all threads share. A sequence from binding to dispatch is under the application's queue lock, as in
//! PyTorch; ends and commits are not.

use super::work::{Generation, Worker};
use super::{Scene, may_wait_long};
use crate::encoder_kind::EncoderKind;
use crate::gpu::{Gpu, complete, open_buffer};
use crate::outcome::Failure;
use agx_fix_metal::Handler;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{current, sleep};
use std::time::Duration;

/// What threads encode into at the moment.
pub(super) struct Stream {
    queue_lock: Mutex<()>,
    current: Mutex<Arc<Generation>>,
}

impl Stream {
    pub(super) fn open(gpu: &Gpu) -> Result<Self, Failure> {
        Ok(Self { queue_lock: Mutex::new(()), current: Mutex::new(Generation::open(gpu)?) })
    }

    fn current(&self) -> Arc<Generation> {
        Arc::clone(&self.current.lock())
    }

    fn switch(&self, gpu: &Gpu) -> Result<Arc<Generation>, Failure> {
        let next = Generation::open(gpu)?;
        Ok(std::mem::replace(&mut *self.current.lock(), next))
    }

    /// Ends and completes the last encoder, after all threads have left.
    pub(super) fn finish(&self) {
        let last = self.current();
        last.encoder.end_encoding();
        last.buffer.commit();
        last.complete();
    }
}

fn any<'a>(scene: &'a Scene<'_>, worker: &mut Worker) -> &'a Stream {
    let number = worker.below(scene.streams.len() as u64);
    &scene.streams[number as usize]
}

/// One operation. It is lost if a thread ends the encoder before its dispatch.
pub(super) fn encode(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    settle(scene, worker)?;
    let stream = any(scene, worker);
    let Some(output) = worker.output() else { return retire(scene, worker, stream) };
    worker.log.did("operation in a shared encoder");
    let turn = stream.queue_lock.lock();
    let generation = stream.current();
    worker.encode(scene.gpu, &generation.encoder, &output);
    drop(turn);
    worker.pending.push((generation, output));
    Ok(())
}

/// Ends an encoder that others use. In half of the cases nobody opens the next one yet: the others' calls come late.
pub(super) fn end_any(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let stream = any(scene, worker);
    worker.log.did("end of a shared encoder");
    stream.current().encoder.end_encoding();
    if worker.below(2) == 0 { Ok(()) } else { retire(scene, worker, stream) }
}

/// Opens a new buffer for a stream, and ends and commits the one before, in one way or another.
pub(super) fn retire_any(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let stream = any(scene, worker);
    retire(scene, worker, stream)
}

fn retire(scene: &Scene<'_>, worker: &mut Worker, stream: &Stream) -> Result<(), Failure> {
    let old = stream.switch(scene.gpu)?;
    worker.log.opened(EncoderKind::Compute);
    match worker.below(8) {
        0 if old.opener == current().id() || may_wait_long(scene) => {
            worker.log.did("commit of a shared buffer with its encoder open");
            old.buffer.commit();
            old.encoder.end_encoding();
        }
        1 => {
            worker.log.did("second end and second commit of a shared buffer");
            for _ in 0..2 {
                old.encoder.end_encoding();
            }
            for _ in 0..2 {
                old.buffer.commit();
            }
        }
        2 => {
            worker.log.did("late handler of a shared buffer");
            old.encoder.end_encoding();
            old.buffer.commit();
            old.buffer.add_completed_handler(Handler::A);
            worker.log.handlers += 1;
        }
        _ => {
            worker.log.did("end and commit of a shared buffer");
            old.encoder.end_encoding();
            old.buffer.commit();
        }
    }
    old.complete();
    Ok(())
}

/// Looks at the operations whose buffers have completed.
fn settle(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let is_done = |(generation, _): &mut (Arc<Generation>, _)| generation.completed.load(Ordering::Acquire);
    let done: Vec<_> = worker.pending.extract_if(.., is_done).collect();
    if scene.late_work_is_done_elsewhere && done.iter().any(|(_, output)| worker.is_blank(output)) {
        // Late work of this thread was committed by its own calls, in command buffers that the library made. They complete before
        // the next buffer of their queue.
        complete(&open_buffer(&scene.gpu.queue)?);
    }
    for (_, output) in done {
        worker.check(output, true, "operation in a shared encoder");
    }
    Ok(())
}

/// The thread's last action: looks at all operations that are left.
pub(super) fn settle_all(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    for stream in &scene.streams {
        retire(scene, worker, stream)?;
    }
    while !worker.pending.is_empty() {
        settle(scene, worker)?;
        sleep(Duration::from_millis(1));
    }
    Ok(())
}
