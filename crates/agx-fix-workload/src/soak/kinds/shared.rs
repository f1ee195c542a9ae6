//! Encoders that any thread calls, ends and commits at any time.

use super::any_kind;
use super::buffer::{AnyBuffer, Studio};
use crate::encoder_kind::EncoderKind;
use crate::outcome::Failure;
use crate::soak::work::Worker;
use crate::soak::{Scene, may_wait_long};
use agx_fix_metal::Object;
use parking_lot::Mutex;
use std::mem::take;
use std::sync::Arc;
use std::thread::{ThreadId, current};

/// Encoders that all threads share at a time.
pub(in crate::soak) const STREAMS: usize = 4;
/// Sub-encoders of one encoder that are called again.
const PARTS: usize = 4;

/// A command buffer and its encoder, with the sub-encoders that it has made.
struct Generation {
    buffer: AnyBuffer,
    kind: EncoderKind,
    encoder: Object,
    parts: Mutex<Parts>,
    opener: ThreadId,
}

#[derive(Default)]
struct Parts {
    all: Vec<Object>,
    /// No thread is to open another one.
    closed: bool,
}

/// What threads share at the moment.
pub(in crate::soak) struct Stream(Mutex<Arc<Generation>>);

impl Generation {
    fn open(studio: &Studio, kind: EncoderKind) -> Result<Arc<Self>, Failure> {
        let buffer = AnyBuffer::open(studio, kind)?;
        let encoder = buffer.encoder(kind).ok_or(Failure::Refused(kind.name()))?;
        let (parts, opener) = (Mutex::default(), current().id());
        Ok(Arc::new(Self { buffer, kind, encoder, parts, opener }))
    }

    /// No more sub-encoders, and an end to those that there are.
    fn end_parts(&self, worker: &mut Worker) {
        let parts = {
            let mut parts = self.parts.lock();
            parts.closed = true;
            take(&mut parts.all)
        };
        for part in parts {
            worker.end(EncoderKind::SubEncoder, &part);
        }
    }

    fn end(&self, worker: &mut Worker) {
        self.end_parts(worker);
        worker.end(self.kind, &self.encoder);
    }

    /// One of the open sub-encoders.
    fn any_part(&self, worker: &mut Worker) -> Option<Object> {
        let number = worker.below(PARTS as u64) as usize;
        self.parts.lock().all.get(number).cloned()
    }

    fn keep_part(&self, part: &Object) -> bool {
        let mut parts = self.parts.lock();
        let room = !parts.closed && parts.all.len() < PARTS;
        if room {
            parts.all.push(part.clone());
        }
        room
    }
}

impl Stream {
    pub(in crate::soak) fn open(studio: &Studio, kind: EncoderKind) -> Result<Self, Failure> {
        Ok(Self(Mutex::new(Generation::open(studio, kind)?)))
    }

    fn current(&self) -> Arc<Generation> {
        Arc::clone(&self.0.lock())
    }

    /// Ends and completes the last encoder, after all threads have left.
    pub(in crate::soak) fn finish(&self) {
        let last = self.current();
        for part in &last.parts.lock().all {
            part.tell(c"endEncoding");
        }
        last.encoder.tell(c"endEncoding");
        last.buffer.commit();
        AnyBuffer::complete(&[&last.buffer]);
    }
}

fn any<'a>(scene: &'a Scene<'_>, worker: &mut Worker) -> &'a Stream {
    let number = worker.below(scene.any_streams.len() as u64);
    &scene.any_streams[number as usize]
}

/// Calls an encoder, or a sub-encoder, or asks for one. Anybody may have ended it.
pub(super) fn call_any(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let generation = any(scene, worker).current();
    worker.log.did("calls on a shared encoder of any kind");
    if generation.kind == EncoderKind::Parallel {
        match worker.below(4) {
            0 => return share_part(scene, worker, &generation),
            1 => {}
            _ => {
                if let Some(part) = generation.any_part(worker) {
                    worker.call(&scene.studio, EncoderKind::SubEncoder, &part);
                    return Ok(());
                }
            }
        }
    }
    worker.call(&scene.studio, generation.kind, &generation.encoder);
    Ok(())
}

/// Opens a sub-encoder for others to call and end, unless a thread is about to end its parallel encoder.
fn share_part(scene: &Scene<'_>, worker: &mut Worker, generation: &Generation) -> Result<(), Failure> {
    worker.log.did("sub-encoder of a shared encoder");
    let part = worker.use_part(&scene.studio, generation.kind, &generation.encoder, false);
    if let Some(part) = part.filter(|part| !generation.keep_part(part)) {
        worker.end(EncoderKind::SubEncoder, &part);
    }
    Ok(())
}

/// Ends an encoder, or a sub-encoder, that others use. In half of the cases nobody opens the next one yet: the others' calls
/// come late.
pub(super) fn end_any(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let stream = any(scene, worker);
    let generation = stream.current();
    worker.log.did("end of a shared encoder of any kind");
    let part = if worker.below(2) == 0 { generation.any_part(worker) } else { None };
    match part {
        Some(part) => worker.end(EncoderKind::SubEncoder, &part),
        None => generation.end(worker),
    }
    if worker.below(2) == 0 { Ok(()) } else { retire(scene, worker, stream) }
}

/// Opens a new buffer for a stream, and ends and commits the one before, in one way or another.
pub(super) fn retire_any(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    let stream = any(scene, worker);
    retire(scene, worker, stream)
}

fn retire(scene: &Scene<'_>, worker: &mut Worker, stream: &Stream) -> Result<(), Failure> {
    let kind = any_kind(scene, worker);
    let next = Generation::open(&scene.studio, kind)?;
    worker.log.opened(kind);
    let old = std::mem::replace(&mut *stream.0.lock(), next);
    match worker.below(8) {
        0 if old.opener == current().id() || may_wait_long(scene) => {
            worker.log.did("shared buffer committed with an encoder of any kind open");
            old.buffer.commit();
            old.end(worker);
        }
        1 if old.kind == EncoderKind::Parallel && may_wait_long(scene) => {
            worker.log.did("shared encoder ended before those that it has made");
            worker.end(old.kind, &old.encoder);
            old.end_parts(worker);
            old.buffer.commit();
        }
        2 => {
            worker.log.did("second end and second commit of a shared buffer of any kind");
            for _ in 0..2 {
                old.end(worker);
            }
            for _ in 0..2 {
                old.buffer.commit();
            }
        }
        3 => {
            worker.log.did("calls between the end and the commit of a shared buffer of any kind");
            old.end(worker);
            worker.call(&scene.studio, old.kind, &old.encoder);
            old.buffer.commit();
        }
        _ => {
            worker.log.did("end and commit of a shared buffer of any kind");
            old.end(worker);
            old.buffer.commit();
        }
    }
    worker.complete(&[&old.buffer]);
    Ok(())
}
