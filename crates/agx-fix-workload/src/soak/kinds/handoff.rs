//! Two threads and one command buffer: one has an encoder of some kind open, which it ends soon; the other meanwhile asks
//! for one of another kind (class 1) or commits (class 3).

use super::buffer::AnyBuffer;
use super::{any_kind, any_kind_like};
use crate::outcome::Failure;
use crate::soak::Scene;
use crate::soak::handoff::{Offer, Offers, await_completion};
use crate::soak::work::Worker;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

/// Buffers with an encoder open that their owners are about to end.
pub(in crate::soak) type Mailbox = Offers<AnyBuffer>;

/// The first thread's side.
pub(super) fn offer(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    worker.log.did("buffer offered with an encoder of any kind open");
    let kind = any_kind(scene, worker);
    let buffer = AnyBuffer::open(&scene.studio, kind)?;
    let encoder = worker.open(&buffer, kind)?;
    let offer = Arc::new(Offer::new(buffer));
    let offered = scene.any_mailbox.put(&offer);
    worker.call(&scene.studio, kind, &encoder);
    sleep(Duration::from_micros(worker.below(500)));
    worker.use_part(&scene.studio, kind, &encoder, true);
    worker.end(kind, &encoder);
    if !offered || scene.any_mailbox.take_back(&offer) {
        offer.buffer.commit();
        worker.complete(&[&offer.buffer]);
    } else {
        await_completion(worker, &offer);
    }
    Ok(())
}

/// The second thread's side.
pub(super) fn take(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let Some(offer) = scene.any_mailbox.take() else { return Ok(()) };
    let kind = any_kind_like(scene, worker, offer.buffer.is_metal4());
    if worker.below(2) == 0 {
        worker.log.did("encoder of any kind asked for on an offered buffer");
        let encoder = worker.open(&offer.buffer, kind)?;
        worker.call(&scene.studio, kind, &encoder);
        worker.end(kind, &encoder);
    } else {
        worker.log.did("commit of an offered buffer of any kind");
    }
    offer.buffer.commit();
    worker.complete(&[&offer.buffer]);
    offer.complete();
    Ok(())
}
