//! One thread: its operations, its random sequence, and what it has seen.

use super::actions_of;
use super::shared::Generation;
use crate::expected::Expected;
use crate::gpu::{Gpu, blank};
use crate::outcome::Failure;
use crate::random::Random;
use crate::verify::Count;
use agx_fix_objc::metal::{Buffer, ComputeEncoder};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Outputs of a thread: as many operations can be on their way at once.
const OUTPUTS: usize = 16;

/// What a thread has done and seen.
#[derive(Default)]
pub(super) struct Log {
    pub(super) operations: u64,
    pub(super) count: Count,
    pub(super) refused: u64,
    pub(super) handlers: u64,
    pub(super) actions: BTreeMap<&'static str, u64>,
    pub(super) complaints: BTreeSet<String>,
}

impl Log {
    pub(super) fn did(&mut self, action: &'static str) {
        *self.actions.entry(action).or_default() += 1;
    }

    pub(super) fn complain(&mut self, what: impl Into<String>) {
        self.complaints.insert(what.into());
    }

    pub(super) fn add(&mut self, other: Self) {
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

/// One thread.
pub(super) struct Worker {
    pub(super) random: Random,
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
            random: actions_of(seed, thread),
            log: Log::default(),
            pending: Vec::with_capacity(OUTPUTS),
            input,
            expected: numbers.times(&gpu.first.values, gpu.first.shape).relu(),
            free: gpu.outputs(&gpu.first, OUTPUTS)?,
            blank: blank(&gpu.first),
        })
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        (self.random.next() >> 32) % limit
    }

    /// An output full of sentinels; `None` while too many operations are on their way.
    pub(super) fn output(&mut self) -> Option<Buffer> {
        self.free.pop()
    }

    pub(super) fn bind(&self, gpu: &Gpu, encoder: &ComputeEncoder, output: &Buffer) {
        gpu.first.select(encoder);
        gpu.first.bind(encoder, &self.input, output);
    }

    pub(super) fn encode(&self, gpu: &Gpu, encoder: &ComputeEncoder, output: &Buffer) {
        self.bind(gpu, encoder, output);
        gpu.first.dispatch(encoder);
    }

    /// Looks at an output, whose buffer has completed, and makes it ready for the next operation.
    pub(super) fn check(&mut self, output: Buffer, may_be_lost: bool, action: &'static str) {
        let mut count = Count::default();
        count.add(std::iter::once(output.read_f32()), &self.expected);
        self.log.operations += 1;
        self.log.count.wrong += count.wrong;
        if may_be_lost {
            self.log.count.lost += count.lost;
        } else if count.lost > 0 {
            self.log.complain(format!("{action}: work was lost that nobody was late with"));
        }
        self.discard(output);
    }

    /// Makes an output, whose buffer has completed, ready for the next operation.
    pub(super) fn discard(&mut self, output: Buffer) {
        output.write(&self.blank);
        self.free.push(output);
    }
}
