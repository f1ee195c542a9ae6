//! Encoders that one thread uses alone, by the rules and against them.

use super::buffer::AnyBuffer;
use super::{any_kind, own_kind};
use crate::encoder_kind::EncoderKind;
use crate::outcome::Failure;
use crate::soak::Scene;
use crate::soak::work::Worker;
use agx_fix_metal::{Buffer, Handler, Object};
use agx_fix_objc::memory::autorelease_pool;

/// A buffer of one's own with an encoder open that has been called, and the output of its operation.
struct Begun {
    action: &'static str,
    buffer: AnyBuffer,
    kind: EncoderKind,
    encoder: Object,
    output: Option<Buffer>,
}

fn begin(scene: &Scene<'_>, worker: &mut Worker, action: &'static str) -> Result<Begun, Failure> {
    worker.log.did(action);
    let kind = own_kind(scene, worker);
    let buffer = AnyBuffer::open(&scene.studio, kind)?;
    let (encoder, output) = worker.open_and_call(scene, &buffer, kind, || ())?;
    Ok(Begun { action, buffer, kind, encoder, output })
}

impl Begun {
    /// Completes the buffer, which has been committed. The work has arrived.
    fn complete(self, worker: &mut Worker) -> Result<(), Failure> {
        worker.complete(&[&self.buffer]);
        worker.check_own(self.output, self.action);
        Ok(())
    }
}

/// By the rules: two encoders; of Metal 4, in two rounds of one buffer, which is handed in together with another one. What was
/// computed is copied to another place and back, if there are blit encoders.
pub(super) fn proper(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let begun = begin(scene, worker, "encoder by the rules")?;
    let (studio, kind, buffer) = (&scene.studio, begun.kind, &begun.buffer);
    worker.use_part(studio, kind, &begun.encoder, true);
    worker.end(kind, &begun.encoder);
    if buffer.is_metal4() {
        buffer.commit();
        worker.complete(&[buffer]);
        buffer.begin();
    }
    let again = worker.open(buffer, kind)?;
    worker.call(studio, kind, &again);
    worker.end(kind, &again);
    let copy = blit(scene, worker, &begun)?;
    let other = AnyBuffer::open(studio, kind)?;
    buffer.commit();
    other.commit();
    worker.complete(&[buffer, &other]);
    copy.into_iter().for_each(|copy| worker.discard(copy));
    worker.check_own(begun.output, begun.action);
    Ok(())
}

/// To another place, which is returned, and back: the numbers stay.
fn blit(scene: &Scene<'_>, worker: &mut Worker, begun: &Begun) -> Result<Option<Buffer>, Failure> {
    let Begun { buffer: AnyBuffer { command: Some(command), .. }, output: Some(output), .. } = begun else {
        return Ok(None);
    };
    if !command.has_blit() || !scene.kinds.contains(&EncoderKind::Blit) {
        return Ok(None);
    }
    let Some(copy) = worker.output() else { return Ok(None) };
    worker.log.did("blit encoder by the rules");
    worker.log.opened(EncoderKind::Blit);
    worker.log.called(EncoderKind::Blit, 2);
    let encoder = command.blit_encoder().ok_or(Failure::Refused("blit encoder"))?;
    encoder.copy(output, &copy);
    encoder.copy(&copy, output);
    encoder.end_encoding();
    Ok(Some(copy))
}

/// Class 4.
pub(super) fn called_after_end(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let begun = begin(scene, worker, "encoder called and ended again after its end")?;
    let (studio, kind, encoder) = (&scene.studio, begun.kind, &begun.encoder);
    let part = worker.use_part(studio, kind, encoder, true);
    worker.end(kind, encoder);
    if let Some(part) = part {
        worker.call(studio, EncoderKind::SubEncoder, &part);
    }
    worker.call(studio, kind, encoder);
    worker.use_part(studio, kind, encoder, true);
    worker.end(kind, encoder);
    begun.buffer.commit();
    worker.call(studio, kind, encoder);
    begun.complete(worker)
}

/// Class 5: the work arrives all the same.
pub(super) fn released_open(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    const ACTION: &str = "encoder released open, then the end";
    let (buffer, output) = autorelease_pool(|| {
        let Begun { buffer, kind, encoder, output, .. } = begin(scene, worker, ACTION)?;
        worker.use_part(&scene.studio, kind, &encoder, false);
        Ok((buffer, output))
    })?;
    buffer.commit();
    worker.complete(&[&buffer]);
    worker.check_own(output, ACTION);
    Ok(())
}

/// Class 5, and nothing is handed in.
pub(super) fn abandoned(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    worker.log.did("encoder and its buffer abandoned");
    let kind = any_kind(scene, worker);
    let buffer = AnyBuffer::open(&scene.studio, kind)?;
    drop(worker.open(&buffer, kind)?);
    Ok(())
}

/// Class 2, with handlers up to Metal 3.
pub(super) fn used_after_commit(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let begun = begin(scene, worker, "buffer committed twice and used afterwards")?;
    let (buffer, kind) = (&begun.buffer, begun.kind);
    worker.end(kind, &begun.encoder);
    buffer.commit();
    buffer.commit();
    if let Some(command) = &buffer.command {
        command.add_scheduled_handler(Handler::A);
        command.add_completed_handler(Handler::A);
    }
    if let Some(encoder) = worker.try_open(|| buffer.encoder(kind), kind) {
        worker.log.complain(format!("a buffer that was committed gave out an encoder of the kind {kind}"));
        worker.end(kind, &encoder);
    }
    worker.complete(&[buffer]);
    if let Some(command) = &buffer.command {
        command.add_completed_handler(Handler::A);
        worker.log.handlers += 3;
    }
    worker.check_own(begun.output, begun.action);
    Ok(())
}

/// Class 3, by one thread. Of a parallel render encoder, a sub-encoder is open as well.
pub(super) fn committed_open(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let begun = begin(scene, worker, "buffer committed with one's own encoder open")?;
    let part = worker.use_part(&scene.studio, begun.kind, &begun.encoder, false);
    // The encoder that made it is ended first, in one half of the cases.
    if part.is_some() && worker.below(2) == 0 {
        worker.end(begun.kind, &begun.encoder);
    }
    begun.buffer.commit();
    if let Some(part) = part {
        worker.end(EncoderKind::SubEncoder, &part);
    }
    worker.end(begun.kind, &begun.encoder);
    begun.complete(worker)
}

/// Class 3 with an event, which Metal 4 has elsewhere.
pub(super) fn event_while_open(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let begun = begin(scene, worker, "event with one's own encoder open")?;
    if !begun.buffer.is_metal4() {
        begun.buffer.signal_event(&scene.studio);
    }
    worker.end(begun.kind, &begun.encoder);
    begun.buffer.commit();
    begun.complete(worker)
}
