//! What the class programs share: Metal's objects, operations with known numbers, and a second thread.

use crate::config::Model;
use crate::expected::{Count, Expected};
use crate::gpu::{Gpu, complete, open_buffer, open_encoder};
use crate::outcome::Failure;
use agx_fix_interface::Document as _;
use agx_fix_interface::findings::Findings;
use agx_fix_metal::injected;
use agx_fix_metal::{Buffer, CommandBuffer, ComputeEncoder, Device};
use agx_fix_objc::memory::autorelease_pool;
use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, scope, sleep};
use std::time::{Duration, Instant};

/// What a program says of itself, beside the numbers of its operations.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    pub(super) complaints: Vec<String>,
    pub(super) unsupported: Option<String>,
}

impl Remarks {
    pub(super) fn unsupported(what: &str) -> Self {
        Self { unsupported: Some(what.to_owned()), ..Self::default() }
    }
}

/// How long a thread is given to arrive at its wait in the guard.
const GRACE: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// One layer with an input, and so with numbers, of its own.
pub(super) struct Operation {
    input: Buffer,
    pub(super) output: Buffer,
    expected: Expected,
}

/// The scene of a program.
pub(super) struct Scene {
    pub(super) gpu: Gpu,
    pub(super) operations: Vec<Operation>,
}

impl Scene {
    pub(super) fn new(device: Device, operations: usize, seed: u64) -> Result<Self, Failure> {
        let gpu = Gpu::new(device, Model::SMALL, 1, seed)?;
        let operations =
            (0..operations).map(|number| Operation::new(&gpu, number)).collect::<Result<_, _>>()?;
        Ok(Self { gpu, operations })
    }

    pub(super) fn open_buffer(&self) -> Result<CommandBuffer, Failure> {
        open_buffer(&self.gpu.queue)
    }

    /// A buffer with operation 0, whose encoder has ended.
    pub(super) fn encoded_buffer(&self) -> Result<CommandBuffer, Failure> {
        let buffer = self.open_buffer()?;
        let encoder = open_encoder(&buffer)?;
        self.encode(0, &encoder);
        encoder.end_encoding();
        Ok(buffer)
    }

    /// The numbers of all operations, after all of them had their chance.
    pub(super) fn count(&self) -> Count {
        let mut count = Count::default();
        for operation in &self.operations {
            count.add(std::iter::once(operation.output.read_f32()), &operation.expected);
        }
        count
    }

    /// Encodes operation `number` from the kernel to the dispatch.
    pub(super) fn encode(&self, number: usize, encoder: &ComputeEncoder) {
        self.bind(number, encoder);
        self.dispatch(encoder);
    }

    /// The kernel and the arguments.
    pub(super) fn bind(&self, number: usize, encoder: &ComputeEncoder) {
        let Operation { input, output, .. } = &self.operations[number];
        self.gpu.first.select(encoder);
        self.gpu.first.bind(encoder, input, output);
    }

    /// The work.
    pub(super) fn dispatch(&self, encoder: &ComputeEncoder) {
        self.gpu.first.dispatch(encoder);
    }
}

impl Operation {
    fn new(gpu: &Gpu, number: usize) -> Result<Self, Failure> {
        let (input, numbers) = gpu.input(number)?;
        Ok(Self {
            input,
            output: gpu.output(&gpu.first)?,
            expected: numbers.times(&gpu.first.values, gpu.first.shape).relu(),
        })
    }
}

/// Commits a buffer and waits for it: the usual end of a program, which then has nothing to say but its numbers.
pub(super) fn finish(buffer: &CommandBuffer) -> Result<Remarks, Failure> {
    complete(buffer);
    Ok(Remarks::default())
}

/// Runs `first` on a second thread, and then `here`, while that thread is still there.
pub(super) fn after(name: &str, first: impl FnOnce() + Send, here: impl FnOnce()) -> Result<(), Failure> {
    let first = |tell: &Sender<()>| {
        first();
        let _ = tell.send(());
    };
    beside(name, first, here)
}

/// Runs `other` on a second thread, and `here` from the moment at which the other one is about to begin.
pub(super) fn meanwhile(name: &str, other: impl FnOnce() + Send, here: impl FnOnce()) -> Result<(), Failure> {
    let other = |tell: &Sender<()>| {
        let _ = tell.send(());
        other();
    };
    beside(name, other, here)
}

/// Runs `other` on a second thread, and `here` once that thread has sent a word. Both have an autorelease pool of their own.
fn beside(name: &str, other: impl FnOnce(&Sender<()>) + Send, here: impl FnOnce()) -> Result<(), Failure> {
    let (tell, hear) = channel();
    scope(|scope| {
        let thread = Builder::new()
            .name(name.to_owned())
            .spawn_scoped(scope, move || autorelease_pool(|| other(&tell)))
            .map_err(|cause| Failure::Threads { wanted: 2, cause: cause.to_string() })?;
        let _ = hear.recv();
        autorelease_pool(here);
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok(())
    })
}

/// Gives a thread that is about to wait inside the guard the time to get there: until the guard has a finding, at most
/// [`GRACE`].
pub(super) fn grace() {
    let limit = Instant::now() + GRACE;
    while Instant::now() < limit && !found_something() {
        sleep(LOOK_AGAIN);
    }
}

fn found_something() -> bool {
    let findings = injected::findings_json().and_then(|json| Findings::from_json(&json).ok());
    findings.is_some_and(|it| !it.findings.is_empty())
}
