//! What the class programs share: a GPU, operations with known numbers, and a second thread.

use crate::config::{Batching, Config, Model, Scenario};
use crate::expected::Expected;
use crate::gpu::{Gpu, open_buffer};
use crate::outcome::Failure;
use crate::verify::Count;
use agx_fix_interface::Document as _;
use agx_fix_interface::findings::Findings;
use agx_fix_metal::injected;
use agx_fix_metal::{Buffer, CommandBuffer, ComputeEncoder, Device};
use agx_fix_objc::memory::autorelease_pool;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, scope, sleep};
use std::time::{Duration, Instant};

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
        let config = Config {
            scenario: Scenario::OwnEncoder,
            threads: 1,
            ops: operations,
            seed,
            model: Model::SMALL,
            batching: Batching::PAPER,
        };
        let gpu = Gpu::new(device, &config)?;
        let operations =
            (0..operations).map(|number| Operation::new(&gpu, number)).collect::<Result<_, _>>()?;
        Ok(Self { gpu, operations })
    }

    pub(super) fn open_buffer(&self) -> Result<CommandBuffer, Failure> {
        open_buffer(&self.gpu.queue)
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

/// Runs `other` on a second thread beside `here`. What `other` sends, `here` hears; both have a pool of their own.
pub(super) fn beside<T: Send, R>(
    name: &str,
    other: impl FnOnce(&Sender<()>) -> Result<T, Failure> + Send,
    here: impl FnOnce(&Receiver<()>) -> Result<R, Failure>,
) -> Result<(T, R), Failure> {
    let (tell, hear) = channel();
    scope(|scope| {
        let thread = Builder::new()
            .name(name.to_owned())
            .spawn_scoped(scope, move || autorelease_pool(|| other(&tell)))
            .map_err(|cause| Failure::Threads { wanted: 2, cause: cause.to_string() })?;
        let here = autorelease_pool(|| here(&hear));
        let other = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((other?, here?))
    })
}

/// Waits until the other thread has said that it is about to call; one that has left instead has said why.
pub(super) fn announced(hear: &Receiver<()>) {
    let _ = hear.recv();
}

/// Gives a thread that is about to wait inside the guard the time to get there: until the guard has found something, at
/// most [`GRACE`].
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
