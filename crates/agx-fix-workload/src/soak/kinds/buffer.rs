//! Command buffers of Metal up to 3 and of Metal 4 alike.
//!
//! Up to Metal 3 one call ends the recording and hands the work in; in Metal 4 these are two calls. Here `commit` ends the
//! recording, and `complete` does the rest and waits until the GPU is done. For Metal 4 it waits for a shared event, which the
//! queue signals after the buffer.

use crate::encoder_kind::EncoderKind;
use crate::gpu::{Gpu, open_buffer};
use crate::outcome::Failure;
use agx_fix_metal::simulated;
use agx_fix_metal::{Argument, CommandBuffer, CommandQueue, Object};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How long the GPU may take.
const LIMIT_MS: usize = 30_000;

/// What command buffers are made of.
pub(in crate::soak) struct Studio {
    device: Object,
    queue: CommandQueue,
    /// Absent where the driver has no Metal 4.
    queue4: Option<Object>,
    /// Absent where the driver has no events.
    event: Option<Object>,
    /// Whether the driver takes arguments that no other one would, and counts the work that it is given.
    pub(super) is_simulated: bool,
}

impl Studio {
    pub(in crate::soak) fn new(gpu: &Gpu) -> Self {
        let (device, queue) = (gpu.object(), gpu.queue_of(1).clone());
        let (queue4, event) = (device.ask(c"newMTL4CommandQueue"), device.ask(c"newEvent"));
        Self { queue, queue4, event, is_simulated: simulated::counted_work().is_some(), device }
    }
}

/// A command buffer that records.
pub(in crate::soak) struct AnyBuffer {
    object: Object,
    /// Up to Metal 3, the same with its type.
    pub(super) command: Option<CommandBuffer>,
    metal4: Option<Metal4>,
}

/// What a buffer of Metal 4 has beside it.
struct Metal4 {
    queue: Object,
    allocator: Object,
    /// Signalled with the number of the round that is done.
    done: Object,
    rounds: AtomicUsize,
}

impl AnyBuffer {
    /// One that makes encoders of that kind.
    pub(super) fn open(studio: &Studio, kind: EncoderKind) -> Result<Self, Failure> {
        if !kind.is_metal4() {
            let command = open_buffer(&studio.queue)?;
            return Ok(Self { object: Object::from(&command), command: Some(command), metal4: None });
        }
        let make = |factory, what| studio.device.ask(factory).ok_or(Failure::Refused(what));
        let buffer = Self {
            object: make(c"newCommandBuffer", "command buffer")?,
            command: None,
            metal4: Some(Metal4 {
                queue: studio.queue4.clone().ok_or(Failure::Refused("command queue of Metal 4"))?,
                allocator: make(c"newCommandAllocator", "command allocator")?,
                done: make(c"newSharedEvent", "shared event")?,
                rounds: AtomicUsize::new(0),
            }),
        };
        buffer.begin();
        Ok(buffer)
    }

    /// Has a buffer of Metal 4 record, again if it was completed.
    pub(super) fn begin(&self) {
        if let Some(Metal4 { allocator, .. }) = &self.metal4 {
            allocator.tell(c"reset");
            self.object.tell_with(c"beginCommandBufferWithAllocator:", allocator);
        }
    }

    pub(super) fn is_metal4(&self) -> bool {
        self.metal4.is_some()
    }

    /// Opens an encoder; `None` if it is refused.
    pub(super) fn encoder(&self, kind: EncoderKind) -> Option<Object> {
        kind.open(&self.object)
    }

    /// Nothing more can be encoded. Once, and with no encoder open.
    pub(super) fn commit(&self) {
        self.object.tell(if self.is_metal4() { c"endCommandBuffer" } else { c"commit" });
    }

    /// Has the GPU do the work, after `commit`, and waits for it. Those of Metal 4 are handed in together. False if one of
    /// them is not done in time.
    pub(super) fn complete(all: &[&Self]) -> bool {
        let new: Vec<(&Object, &Metal4)> =
            all.iter().filter_map(|it| Some((&it.object, it.metal4.as_ref()?))).collect();
        if let Some((_, Metal4 { queue, .. })) = new.first() {
            let list: Vec<&Object> = new.iter().map(|(object, _)| *object).collect();
            queue.tell_list(c"commit:count:", &list);
        }
        for buffer in all.iter().filter(|it| !it.is_metal4()) {
            buffer.object.tell(c"waitUntilCompleted");
        }
        new.into_iter().all(|(_, metal4)| metal4.await_round())
    }

    /// Encodes an event, if the driver has them. With no encoder open.
    pub(super) fn signal_event(&self, studio: &Studio) {
        if let Some(event) = &studio.event {
            let arguments = [Argument::Object(Some(event)), Argument::Word(1)];
            self.object.tell_all(c"encodeSignalEvent:value:", &arguments);
        }
    }
}

impl Metal4 {
    fn await_round(&self) -> bool {
        let Self { queue, done, rounds, .. } = self;
        let round = rounds.fetch_add(1, Ordering::Relaxed) + 1;
        queue.tell_all(c"signalEvent:value:", &[Argument::Object(Some(done)), Argument::Word(round)]);
        done.says_of(c"waitUntilSignaledValue:timeoutMS:", [round, LIMIT_MS]) == Some(true)
    }
}
