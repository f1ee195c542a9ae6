//! Command buffers that one thread uses alone, by the rules and against them.

use super::Scene;
use super::work::Worker;
use crate::encoder_kind::EncoderKind;
use crate::gpu::{complete, open_buffer};
use crate::outcome::Failure;
use agx_fix_metal::{Buffer, CommandBuffer, ComputeEncoder, Handler};
use agx_fix_objc::memory::autorelease_pool;

/// A buffer with one operation, whose encoder is open, and the operation's output.
struct Begun {
    buffer: CommandBuffer,
    encoder: ComputeEncoder,
    output: Buffer,
}

/// `None` while too many operations are on their way.
fn begin(scene: &Scene<'_>, worker: &mut Worker, action: &'static str) -> Result<Option<Begun>, Failure> {
    let Some(output) = worker.output() else { return Ok(None) };
    worker.log.did(action);
    let buffer = open_buffer(&scene.gpu.queue)?;
    let encoder = worker.open_encoder(&buffer)?;
    worker.encode(scene.gpu, &encoder, &output);
    Ok(Some(Begun { buffer, encoder, output }))
}

/// By the rules.
pub(super) fn proper(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    const ACTION: &str = "operation by the rules";
    let Some(Begun { buffer, encoder, output }) = begin(scene, worker, ACTION)? else { return Ok(()) };
    encoder.end_encoding();
    let blits = buffer.has_blit() && scene.kinds.contains(&EncoderKind::Blit);
    let copy = if blits { worker.output() } else { None };
    if let Some(copy) = &copy {
        worker.log.did("blit encoder by the rules");
        worker.log.opened(EncoderKind::Blit);
        worker.log.called(EncoderKind::Blit, 2);
        blit(&buffer, &output, copy)?;
    }
    complete(&buffer);
    worker.check(output, false, ACTION);
    copy.into_iter().for_each(|copy| worker.discard(copy));
    Ok(())
}

/// To another place and back: the numbers stay.
fn blit(buffer: &CommandBuffer, output: &Buffer, copy: &Buffer) -> Result<(), Failure> {
    let encoder = buffer.blit_encoder().ok_or(Failure::Refused("blit encoder"))?;
    encoder.copy(output, copy);
    encoder.copy(copy, output);
    encoder.end_encoding();
    Ok(())
}

/// Class 5, with a commit: the work arrives.
pub(super) fn released_open(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    const ACTION: &str = "encoder released open, then commit";
    // The encoder goes with the pool.
    let begun =
        autorelease_pool(|| begin(scene, worker, ACTION).map(|it| it.map(|it| (it.buffer, it.output))))?;
    let Some((buffer, output)) = begun else { return Ok(()) };
    complete(&buffer);
    worker.check(output, false, ACTION);
    Ok(())
}

/// Class 5, without one.
pub(super) fn abandoned(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    worker.log.did("encoder and buffer abandoned");
    let buffer = open_buffer(&scene.gpu.queue)?;
    drop(worker.open_encoder(&buffer)?);
    Ok(())
}

/// Class 2, all of it.
pub(super) fn used_after_commit(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    const ACTION: &str = "buffer used after its commit";
    let Some(Begun { buffer, encoder, output }) = begin(scene, worker, ACTION)? else { return Ok(()) };
    encoder.end_encoding();
    buffer.commit();
    buffer.commit();
    buffer.add_scheduled_handler(Handler::A);
    buffer.add_completed_handler(Handler::A);
    match buffer.compute_encoder() {
        None => worker.log.refused += 1,
        Some(encoder) => {
            encoder.end_encoding();
            worker.log.complain("a committed buffer gave out an encoder");
        }
    }
    buffer.wait_until_completed();
    buffer.add_completed_handler(Handler::A);
    worker.log.handlers += 3;
    worker.check(output, false, ACTION);
    Ok(())
}

/// Class 3, by one thread.
pub(super) fn committed_open(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    const ACTION: &str = "commit with one's own encoder open";
    let Some(Begun { buffer, encoder, output }) = begin(scene, worker, ACTION)? else { return Ok(()) };
    buffer.commit();
    encoder.end_encoding();
    buffer.wait_until_completed();
    worker.check(output, false, ACTION);
    Ok(())
}
