//! Two threads and one command buffer. One thread has an encoder open on it, which it ends soon; the other meanwhile asks for an
//! encoder (class 1) or commits (class 3). If the guard makes the second thread wait, the work of both arrives.

use super::buffer::AnyBuffer;
use super::{any_kind_like, own_kind};
use crate::outcome::Failure;
use crate::soak::Scene;
use crate::soak::work::Worker;
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
#[derive(Default)]
pub(in crate::soak) struct Mailbox(Mutex<Vec<Arc<Offer>>>);

/// A buffer with an encoder open that another thread may take.
struct Offer {
    buffer: AnyBuffer,
    /// By the thread that took it.
    completed: AtomicBool,
}

impl Mailbox {
    fn put(&self, offer: &Arc<Offer>) -> bool {
        let mut offers = self.0.lock();
        let room = offers.len() < OFFERS;
        if room {
            offers.push(Arc::clone(offer));
        }
        room
    }

    fn take(&self) -> Option<Arc<Offer>> {
        self.0.lock().pop()
    }

    /// True if it was still there.
    fn take_back(&self, offer: &Arc<Offer>) -> bool {
        self.0.lock().extract_if(.., |it| Arc::ptr_eq(it, offer)).count() > 0
    }
}

/// The first thread's side.
pub(super) fn offer(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    const ACTION: &str = "buffer offered with an encoder open";
    worker.log.did(ACTION);
    let kind = own_kind(scene, worker);
    let buffer = AnyBuffer::open(&scene.studio, kind)?;
    let offer = Arc::new(Offer { buffer, completed: AtomicBool::new(false) });
    let mut offered = false;
    let (encoder, output) =
        worker.open_and_call(scene, &offer.buffer, kind, || offered = scene.mailbox.put(&offer))?;
    sleep(Duration::from_micros(worker.below(500)));
    worker.use_part(&scene.studio, kind, &encoder, true);
    worker.end(kind, &encoder);
    if !offered || scene.mailbox.take_back(&offer) {
        offer.buffer.commit();
        worker.complete(&[&offer.buffer]);
    } else {
        await_completion(worker, &offer);
    }
    worker.check_own(output, ACTION);
    Ok(())
}

fn await_completion(worker: &mut Worker, offer: &Offer) {
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
    const ACTION: &str = "encoder asked for on an offered buffer";
    let Some(offer) = scene.mailbox.take() else { return Ok(()) };
    let kind = any_kind_like(scene, worker, offer.buffer.is_metal4());
    let mut output = None;
    if worker.below(2) == 0 {
        worker.log.did(ACTION);
        let encoder;
        (encoder, output) = worker.open_and_call(scene, &offer.buffer, kind, || ())?;
        worker.end(kind, &encoder);
    } else {
        worker.log.did("commit of an offered buffer");
    }
    offer.buffer.commit();
    worker.complete(&[&offer.buffer]);
    offer.completed.store(true, Ordering::Release);
    worker.check_own(output, ACTION);
    Ok(())
}
