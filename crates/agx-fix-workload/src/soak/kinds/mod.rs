//! Encoders of every kind, used and misused by the names of their methods. Which calls they get matters less here than when,
//! and from which thread. The simulated driver counts the work that reaches the GPU. A compute encoder that is not shared also
//! has an operation whose numbers are checked.
//!
//! - `buffer`: command buffers of Metal up to 3 and of Metal 4 alike;
//! - `shared`: encoders that any thread calls, ends and commits at any time;
//! - `private`: encoders that one thread uses, by the rules and against them;
//! - `handoff`: command buffers that two threads use at once.

mod buffer;
mod handoff;
mod private;
mod shared;

use buffer::AnyBuffer;
pub(super) use buffer::Studio;
pub(super) use handoff::Mailbox;
pub(super) use shared::{STREAMS, Stream};

use super::Scene;
use super::work::Worker;
use crate::encoder_kind::EncoderKind;
use crate::outcome::Failure;
use agx_fix_metal::{Buffer, Object};

/// One action. The numbers are parts of 256.
pub(super) fn act(scene: &Scene<'_>, worker: &mut Worker) -> Result<(), Failure> {
    match worker.below(256) {
        0..110 => shared::call_any(scene, worker),
        110..130 => shared::end_any(scene, worker),
        130..160 => shared::retire_any(scene, worker),
        160..176 => private::proper(scene, worker),
        176..188 => private::called_after_end(scene, worker),
        188..198 => private::released_open(scene, worker),
        198..204 => private::abandoned(scene, worker),
        204..214 => private::used_after_commit(scene, worker),
        214..224 => private::committed_open(scene, worker),
        224..230 => private::event_while_open(scene, worker),
        230..244 => handoff::offer(scene, worker),
        _ => handoff::take(scene, worker),
    }
}

/// One of the kinds that command buffers make.
fn any_kind(scene: &Scene<'_>, worker: &mut Worker) -> EncoderKind {
    let kinds = &scene.made_by_buffers;
    kinds[worker.below(kinds.len() as u64) as usize]
}

/// The kind of a thread's own encoder: in half of the cases the one whose numbers are checked.
fn own_kind(scene: &Scene<'_>, worker: &mut Worker) -> EncoderKind {
    let kind = any_kind(scene, worker);
    let computes = worker.below(2) == 0 && scene.kinds.contains(&EncoderKind::Compute);
    if computes { EncoderKind::Compute } else { kind }
}

/// One of those that a buffer of `like`'s sort makes.
fn any_kind_like(scene: &Scene<'_>, worker: &mut Worker, metal4: bool) -> EncoderKind {
    let fitting = |kind: &&EncoderKind| kind.is_metal4() == metal4;
    let count = scene.made_by_buffers.iter().filter(fitting).count() as u64;
    let number = worker.below(count.max(1)) as usize;
    scene.made_by_buffers.iter().filter(fitting).nth(number).copied().unwrap_or(EncoderKind::Compute)
}

impl Worker {
    /// Opens an encoder where there must be one.
    fn open(&mut self, buffer: &AnyBuffer, kind: EncoderKind) -> Result<Object, Failure> {
        let encoder = buffer.encoder(kind).ok_or(Failure::Refused(kind.name()))?;
        self.log.opened(kind);
        Ok(encoder)
    }

    /// Opens an encoder where there must be one, does something else, and encodes. A compute encoder has an operation, whose
    /// output is returned, unless too many operations are on their way.
    fn open_and_call(
        &mut self,
        scene: &Scene<'_>,
        buffer: &AnyBuffer,
        kind: EncoderKind,
        meanwhile: impl FnOnce(),
    ) -> Result<(Object, Option<Buffer>), Failure> {
        let operation = buffer.command.as_ref().filter(|_| kind == EncoderKind::Compute);
        let operation = operation.and_then(|command| Some((command, self.output()?)));
        let (encoder, output) = if let Some((command, output)) = operation {
            let encoder = self.open_encoder(command)?;
            meanwhile();
            self.encode(scene.gpu, &encoder, &output);
            (Object::from(&encoder), Some(output))
        } else {
            let encoder = self.open(buffer, kind)?;
            meanwhile();
            (encoder, None)
        };
        self.call(&scene.studio, kind, &encoder);
        Ok((encoder, output))
    }

    /// Looks at the output of an operation that nobody disturbed.
    fn check_own(&mut self, output: Option<Buffer>, action: &'static str) {
        if let Some(output) = output {
            self.check(output, false, action);
        }
    }

    /// Opens an encoder where there may be none any more.
    fn try_open(&mut self, maker: impl FnOnce() -> Option<Object>, kind: EncoderKind) -> Option<Object> {
        let encoder = maker();
        match encoder {
            Some(_) => self.log.opened(kind),
            None => self.log.refused += 1,
        }
        encoder
    }

    /// A few calls, some of them work.
    fn call(&mut self, studio: &Studio, kind: EncoderKind, encoder: &Object) {
        for _ in 0..=self.below(3) {
            let wanted = self.below(2) == 0;
            let work = kind.work().filter(|work| wanted && (work.is_harmless || studio.is_simulated));
            let is_work = work.is_some();
            let call = work.unwrap_or(kind.state());
            if !call.is_harmless && !studio.is_simulated {
                continue;
            }
            if !call.send(encoder) {
                return self
                    .log
                    .complain(format!("an encoder of the kind {kind} has no method of the kind's"));
            }
            self.log.called(kind, 1);
            self.log.works += u64::from(is_work);
        }
    }

    /// Completes buffers that have been committed.
    fn complete(&mut self, buffers: &[&AnyBuffer]) {
        if !AnyBuffer::complete(buffers) {
            self.log.complain("a queue of Metal 4 did not signal that it was done");
        }
    }

    /// Ends an encoder, perhaps not for the first time.
    fn end(&mut self, kind: EncoderKind, encoder: &Object) {
        encoder.tell(c"endEncoding");
        self.log.called(kind, 1);
    }

    /// A sub-encoder of a parallel render encoder, used and, if so wanted, ended. Nothing for other kinds.
    fn use_part(
        &mut self,
        studio: &Studio,
        kind: EncoderKind,
        encoder: &Object,
        ended: bool,
    ) -> Option<Object> {
        if kind != EncoderKind::Parallel {
            return None;
        }
        let part = self.try_open(|| EncoderKind::SubEncoder.open(encoder), EncoderKind::SubEncoder)?;
        self.call(studio, EncoderKind::SubEncoder, &part);
        if ended {
            self.end(EncoderKind::SubEncoder, &part);
        }
        Some(part)
    }
}
