//! One thread of a soak: its operations, its random sequence, and its log; and the encoders that it shares with others.

use crate::encoder_kind::EncoderKind;
use crate::expected::{Count, Expected};
use crate::gpu::{Gpu, blank, open_buffer, open_encoder};
use crate::outcome::Failure;
use crate::random::random;
use agx_fix_metal::{Buffer, CommandBuffer, ComputeEncoder};
use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{ThreadId, current};

/// Outputs of a thread: as many operations can be on their way at once.
const OUTPUTS: usize = 16;

/// The random sequence of the first thread's choices; inputs have low numbers.
const CHOICES: u64 = 1 << 32;

/// What was done with encoders of one kind.
#[derive(Clone, Copy, Default)]
pub(super) struct Use {
    pub(super) encoders: u64,
    pub(super) calls: u64,
}

/// What a thread has done and seen.
#[derive(Default)]
pub(super) struct Log {
    pub(super) operations: u64,
    pub(super) count: Count,
    pub(super) refused: u64,
    pub(super) handlers: u64,
    pub(super) actions: BTreeMap<&'static str, u64>,
    pub(super) kinds: BTreeMap<EncoderKind, Use>,
    /// Calls that are work for the GPU, whose result is not checked.
    pub(super) works: u64,
    pub(super) complaints: BTreeSet<String>,
}

impl Log {
    pub(super) fn did(&mut self, action: &'static str) {
        *self.actions.entry(action).or_default() += 1;
    }

    pub(super) fn complain(&mut self, what: impl Into<String>) {
        self.complaints.insert(what.into());
    }

    pub(super) fn opened(&mut self, kind: EncoderKind) {
        self.kinds.entry(kind).or_default().encoders += 1;
    }

    pub(super) fn called(&mut self, kind: EncoderKind, calls: u64) {
        self.kinds.entry(kind).or_default().calls += calls;
    }

    pub(super) fn add(&mut self, other: Self) {
        for (kind, used) in other.kinds {
            self.called(kind, used.calls);
            self.kinds.entry(kind).or_default().encoders += used.encoders;
        }
        self.works += other.works;
        self.operations += other.operations;
        self.count.lost += other.count.lost;
        self.count.wrong += other.count.wrong;
        self.refused += other.refused;
        self.handlers += other.handlers;
        for (action, count) in other.actions {
            *self.actions.entry(action).or_default() += count;
        }
        self.complaints.extend(other.complaints);
    }
}

/// A command buffer and its only encoder, which all threads share.
pub(super) struct Generation {
    pub(super) buffer: CommandBuffer,
    pub(super) encoder: ComputeEncoder,
    pub(super) opener: ThreadId,
    pub(super) completed: AtomicBool,
}

impl Generation {
    pub(super) fn open(gpu: &Gpu) -> Result<Arc<Self>, Failure> {
        let buffer = open_buffer(&gpu.queue)?;
        let encoder = open_encoder(&buffer)?;
        let (opener, completed) = (current().id(), AtomicBool::new(false));
        Ok(Arc::new(Self { buffer, encoder, opener, completed }))
    }

    pub(super) fn complete(&self) {
        self.buffer.wait_until_completed();
        self.completed.store(true, Ordering::Release);
    }
}

/// One thread.
pub(super) struct Worker {
    /// Gives a seed to each action, which makes its own choices by it. What an action finds thus does not change the next ones.
    choices: Rng,
    /// Of the present action.
    random: Rng,
    pub(super) log: Log,
    /// Operations in shared encoders whose buffer has not completed.
    pub(super) pending: Vec<(Arc<Generation>, Buffer)>,
    input: Buffer,
    expected: Expected,
    free: Vec<Buffer>,
    blank: Vec<f32>,
}

impl Worker {
    pub(super) fn new(gpu: &Gpu, thread: usize, seed: u64) -> Result<Self, Failure> {
        let (input, numbers) = gpu.input(thread)?;
        Ok(Self {
            choices: random(seed, CHOICES + thread as u64),
            random: random(seed, CHOICES + thread as u64),
            log: Log::default(),
            pending: Vec::with_capacity(OUTPUTS),
            input,
            expected: numbers.times(&gpu.first.values, gpu.first.shape).relu(),
            free: gpu.outputs(&gpu.first, OUTPUTS)?,
            blank: blank(&gpu.first),
        })
    }

    /// The next action begins.
    pub(super) fn choose(&mut self) {
        self.random = self.choices.fork();
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.random.u64(..limit)
    }

    /// An output full of sentinels; `None` while too many operations are on their way.
    pub(super) fn output(&mut self) -> Option<Buffer> {
        self.free.pop()
    }

    /// A compute encoder of the command buffer, where there must be one.
    pub(super) fn open_encoder(&mut self, buffer: &CommandBuffer) -> Result<ComputeEncoder, Failure> {
        self.log.opened(EncoderKind::Compute);
        open_encoder(buffer)
    }

    pub(super) fn bind(&mut self, gpu: &Gpu, encoder: &ComputeEncoder, output: &Buffer) {
        self.log.called(EncoderKind::Compute, 5);
        gpu.first.select(encoder);
        gpu.first.bind(encoder, &self.input, output);
    }

    pub(super) fn dispatch(&mut self, gpu: &Gpu, encoder: &ComputeEncoder) {
        self.log.called(EncoderKind::Compute, 1);
        gpu.first.dispatch(encoder);
    }

    pub(super) fn encode(&mut self, gpu: &Gpu, encoder: &ComputeEncoder, output: &Buffer) {
        self.bind(gpu, encoder, output);
        self.dispatch(gpu, encoder);
    }

    /// Whether nothing has been written to an output yet.
    pub(super) fn is_blank(&self, output: &Buffer) -> bool {
        self.judge(output).lost > 0
    }

    fn judge(&self, output: &Buffer) -> Count {
        let mut count = Count::default();
        count.add(std::iter::once(output.read_f32()), &self.expected);
        count
    }

    /// Looks at an output, whose buffer has completed, and makes it ready for the next operation.
    pub(super) fn check(&mut self, output: Buffer, may_be_lost: bool, action: &'static str) {
        let count = self.judge(&output);
        self.log.operations += 1;
        self.log.count.wrong += count.wrong;
        if may_be_lost {
            self.log.count.lost += count.lost;
        } else if count.lost > 0 {
            self.log.complain(format!("{action}: work was lost without a late call"));
        }
        self.discard(output);
    }

    /// Makes an output, whose buffer has completed, ready for the next operation.
    pub(super) fn discard(&mut self, output: Buffer) {
        output.write(&self.blank);
        self.free.push(output);
    }
}
