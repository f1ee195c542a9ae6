//! Encoders that one thread uses alone, by the rules and against them.

use super::any_kind;
use super::buffer::AnyBuffer;
use crate::encoder_kind::EncoderKind;
use crate::outcome::Failure;
use crate::soak::Scene;
use crate::soak::work::Worker;
use agx_fix_metal::Object;
use agx_fix_objc::memory::autorelease_pool;

/// A buffer of one's own with an encoder open that has been called.
struct Begun {
    buffer: AnyBuffer,
    kind: EncoderKind,
    encoder: Object,
}

fn begin(scene: &Scene<'_>, worker: &mut Worker, action: &'static str) -> Result<Begun, Failure> {
    worker.log.did(action);
    let kind = any_kind(scene, worker);
    let buffer = AnyBuffer::open(&scene.studio, kind)?;
    let encoder = worker.open(&buffer, kind)?;
    worker.call(&scene.studio, kind, &encoder);
    Ok(Begun { buffer, kind, encoder })
}

/// By the rules: two encoders; of Metal 4, in two rounds of one buffer, which is handed in together with another one.
pub(super) fn proper(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let Begun { buffer, kind, encoder } = begin(scene, worker, "encoder by the rules")?;
    let studio = &scene.studio;
    worker.use_part(studio, kind, &encoder, true);
    worker.end(kind, &encoder);
    if buffer.is_metal4() {
        buffer.commit();
        worker.complete(&[&buffer]);
        buffer.begin();
    }
    let again = worker.open(&buffer, kind)?;
    worker.call(studio, kind, &again);
    worker.end(kind, &again);
    let other = AnyBuffer::open(studio, kind)?;
    buffer.commit();
    other.commit();
    worker.complete(&[&buffer, &other]);
    Ok(())
}

/// Class 4.
pub(super) fn called_after_end(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let Begun { buffer, kind, encoder } =
        begin(scene, worker, "encoder called and ended again after its end")?;
    let part = worker.use_part(&scene.studio, kind, &encoder, true);
    worker.end(kind, &encoder);
    if let Some(part) = part {
        worker.call(&scene.studio, EncoderKind::SubEncoder, &part);
    }
    worker.call(&scene.studio, kind, &encoder);
    worker.use_part(&scene.studio, kind, &encoder, true);
    worker.end(kind, &encoder);
    buffer.commit();
    worker.call(&scene.studio, kind, &encoder);
    worker.complete(&[&buffer]);
    Ok(())
}

/// Class 5: the work arrives all the same.
pub(super) fn released_open(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let buffer = autorelease_pool(|| {
        let Begun { buffer, kind, encoder } = begin(scene, worker, "encoder released open, then the end")?;
        worker.use_part(&scene.studio, kind, &encoder, false);
        Ok(buffer)
    })?;
    buffer.commit();
    worker.complete(&[&buffer]);
    Ok(())
}

/// Class 5, and nothing is handed in.
pub(super) fn abandoned(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    worker.log.did("encoder of any kind and its buffer abandoned");
    let kind = any_kind(scene, worker);
    let buffer = AnyBuffer::open(&scene.studio, kind)?;
    drop(worker.open(&buffer, kind)?);
    Ok(())
}

/// Class 2.
pub(super) fn used_after_commit(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let Begun { buffer, kind, encoder } = begin(scene, worker, "buffer committed twice and used afterwards")?;
    worker.end(kind, &encoder);
    buffer.commit();
    buffer.commit();
    if let Some(encoder) = worker.try_open(|| buffer.encoder(kind), kind) {
        worker.log.complain(format!("a buffer that was committed gave out an encoder of the kind {kind}"));
        worker.end(kind, &encoder);
    }
    worker.complete(&[&buffer]);
    Ok(())
}

/// Class 3, by one thread. Of a parallel render encoder, a sub-encoder is open as well.
pub(super) fn committed_open(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let Begun { buffer, kind, encoder } =
        begin(scene, worker, "buffer committed with one's own encoder open")?;
    let part = worker.use_part(&scene.studio, kind, &encoder, false);
    match part {
        // The encoder that made it is ended first, in one half of the cases.
        Some(_) if worker.below(2) == 0 => worker.end(kind, &encoder),
        _ => {}
    }
    buffer.commit();
    if let Some(part) = part {
        worker.end(EncoderKind::SubEncoder, &part);
    }
    worker.end(kind, &encoder);
    worker.complete(&[&buffer]);
    Ok(())
}

/// Class 3 with an event, which Metal 4 has elsewhere.
pub(super) fn event_while_open(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let Begun { buffer, kind, encoder } = begin(scene, worker, "event with one's own encoder open")?;
    if !buffer.is_metal4() {
        buffer.signal_event(&scene.studio);
    }
    worker.end(kind, &encoder);
    buffer.commit();
    worker.complete(&[&buffer]);
    Ok(())
}
