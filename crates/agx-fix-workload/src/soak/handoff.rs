//! Two threads and one command buffer. One thread has an encoder open on it, which it ends soon; the other meanwhile asks for
//! the next encoder (class 1) or commits (class 3). If the guard makes the second thread wait, the work of both arrives.

use super::Scene;
use super::work::Worker;
use crate::gpu::{complete, open_buffer};
use crate::outcome::Failure;
use agx_fix_metal::CommandBuffer;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long the first thread waits for the second to complete the buffer.
const LIMIT: Duration = Duration::from_secs(30);
/// The most offers that wait to be taken.
const OFFERS: usize = 4;

/// Buffers with an encoder open that their owners are about to end.
pub(super) struct Offers<B>(Mutex<Vec<Arc<Offer<B>>>>);

/// Offers of compute encoders.
pub(super) type Mailbox = Offers<CommandBuffer>;

/// A buffer with an encoder open that another thread may take.
pub(super) struct Offer<B> {
    pub(super) buffer: B,
    completed: AtomicBool,
}

impl<B> Offer<B> {
    pub(super) fn new(buffer: B) -> Self {
        Self { buffer, completed: AtomicBool::new(false) }
    }

    /// The thread that took it has completed it.
    pub(super) fn complete(&self) {
        self.completed.store(true, Ordering::Release);
    }
}

impl<B> Default for Offers<B> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<B> Offers<B> {
    pub(super) fn put(&self, offer: &Arc<Offer<B>>) -> bool {
        let mut offers = self.0.lock();
        let room = offers.len() < OFFERS;
        if room {
            offers.push(Arc::clone(offer));
        }
        room
    }

    pub(super) fn take(&self) -> Option<Arc<Offer<B>>> {
        self.0.lock().pop()
    }

    /// True if it was still there.
    pub(super) fn take_back(&self, offer: &Arc<Offer<B>>) -> bool {
        let mut offers = self.0.lock();
        let before = offers.len();
        offers.retain(|it| !Arc::ptr_eq(it, offer));
        offers.len() < before
    }
}

/// The first thread's side.
pub(super) fn offer(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    const ACTION: &str = "buffer offered with an encoder open";
    let Some(output) = worker.output() else { return Ok(()) };
    worker.log.did(ACTION);
    let buffer = open_buffer(&scene.gpu.queue)?;
    let encoder = worker.open_encoder(&buffer)?;
    let offer = Arc::new(Offer::new(buffer));
    let offered = scene.mailbox.put(&offer);
    worker.bind(scene.gpu, &encoder, &output);
    sleep(Duration::from_micros(worker.below(500)));
    worker.dispatch(scene.gpu, &encoder);
    encoder.end_encoding();
    if !offered || scene.mailbox.take_back(&offer) {
        complete(&offer.buffer);
    } else {
        await_completion(worker, &offer);
    }
    worker.check(output, false, ACTION);
    Ok(())
}

/// Waits until the thread that took it has completed it.
pub(super) fn await_completion<B>(worker: &mut Worker, offer: &Offer<B>) {
    let limit = Instant::now() + LIMIT;
    while !offer.completed.load(Ordering::Acquire) {
        if Instant::now() > limit {
            return worker.log.complain("a buffer that another thread took did not complete");
        }
        sleep(Duration::from_micros(100));
    }
}

/// The second thread's side.
pub(super) fn take(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let Some(offer) = scene.mailbox.take() else { return Ok(()) };
    let output = if worker.below(2) == 0 { worker.output() } else { None };
    if let Some(output) = &output {
        worker.log.did("encoder asked for on an offered buffer");
        let encoder = worker.open_encoder(&offer.buffer)?;
        worker.encode(scene.gpu, &encoder, output);
        encoder.end_encoding();
    } else {
        worker.log.did("commit of an offered buffer");
    }
    complete(&offer.buffer);
    offer.complete();
    if let Some(output) = output {
        worker.check(output, false, "encoder asked for on an offered buffer");
    }
    Ok(())
}
