//! Random programs of bind and dispatch calls. Each runs twice: first one thread after the other, each on encoders of its own;
//! then all threads at once on shared encoders, without a lock of the application and with random ends and commits. If threads
//! do not disturb each other, the outputs are the same, bit for bit.
//!
//! What a thread does follows from the seed. How threads interleave does not; pauses in mid-sequence make them interleave.

use crate::gpu::Gpu;
use crate::outcome::Failure;
use crate::random::random;
use crate::stream::{Current, Stream};
use crate::team::{self, Task};
use crate::{Model, statistics};
use agx_fix_interface::statistics::Statistics;
use agx_fix_metal::{Buffer, Device};
use agx_fix_objc::memory::autorelease_pool;
use fastrand::Rng;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::thread::sleep;
use std::time::Duration;

/// Both layers take and answer as much, so that every choice of kernel, weights and input is a program.
const MODEL: Model = Model { input: 16, hidden: 16, batch: 2 };
/// The random sequences of the threads' steps; inputs have lower numbers.
const STEPS: u64 = 1 << 33;
/// Long enough for other threads to make calls in the meantime.
const PAUSE: Duration = Duration::from_micros(200);

/// Which programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramsConfig {
    /// Threads; at least 1.
    pub threads: usize,
    /// Steps of each thread.
    pub steps: usize,
    /// Seed of the steps and of the numbers.
    pub seed: u64,
}

/// What came of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramsOutcome {
    /// Dispatches, each with an output of its own.
    pub dispatches: u64,
    /// Outputs that were not written, though they were on an encoder of the thread's own.
    pub lost: u64,
    /// Outputs that differ in another way.
    pub wrong: u64,
    /// Encoders that were ended by one of the threads.
    pub ends: u64,
    /// What the injected library counted; `None` without the library.
    pub statistics: Option<Statistics>,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Selects the kernel of that layer.
    Kernel(usize),
    /// Binds the weights of that layer.
    Weights(usize),
    /// Binds one of the thread's inputs.
    Input(usize),
    /// Binds the next output, and after a pause or none dispatches.
    Dispatch { pause: bool },
    /// Lets other threads go on.
    Pause,
    /// Takes the current encoder and binds everything.
    Fetch,
    /// Opens the next encoder, ends the one before and commits its command buffer; takes the new one.
    End,
}

impl Step {
    fn random(random: &mut Rng) -> Self {
        let choice = random.usize(..2);
        match random.u8(..32) {
            0..5 => Self::Kernel(choice),
            5..10 => Self::Weights(choice),
            10..15 => Self::Input(choice),
            15..25 => Self::Dispatch { pause: choice == 0 },
            25..27 => Self::Pause,
            27..30 => Self::Fetch,
            _ => Self::End,
        }
    }
}

/// One thread's program and what it works on.
struct ThreadProgram {
    steps: Vec<Step>,
    inputs: Vec<Buffer>,
    outputs: Vec<Buffer>,
}

/// What is bound, so that it can be bound again on a new encoder.
#[derive(Clone, Copy, Default)]
struct Chosen {
    kernel: usize,
    weights: usize,
    input: usize,
}

impl ThreadProgram {
    fn new(gpu: &Gpu, thread: usize, config: &ProgramsConfig) -> Result<Self, Failure> {
        let mut random = random(config.seed, STEPS + thread as u64);
        let steps: Vec<Step> = (0..config.steps).map(|_| Step::random(&mut random)).collect();
        let dispatches = steps.iter().filter(|step| matches!(step, Step::Dispatch { .. })).count();
        let input = |nth| gpu.input(2 * thread + nth).map(|(buffer, _)| buffer);
        Ok(Self { steps, inputs: vec![input(0)?, input(1)?], outputs: gpu.outputs(&gpu.first, dispatches)? })
    }

    /// Runs it on a stream's encoders; answers how many it has ended.
    fn run(&self, gpu: &Gpu, stream: &Stream<'_>, switching: &Mutex<()>) -> Result<u64, Failure> {
        let mut ends = 0;
        let mut outputs = self.outputs.iter();
        let mut chosen = Chosen::default();
        let mut current = stream.current();
        self.bind(gpu, &current, chosen);
        for &step in &self.steps {
            autorelease_pool(|| {
                let encoder = &current.encoder;
                match step {
                    Step::Kernel(kernel) => {
                        chosen.kernel = kernel;
                        layer(gpu, kernel).select(encoder);
                    }
                    Step::Weights(weights) => {
                        chosen.weights = weights;
                        layer(gpu, weights).bind_weights(encoder);
                    }
                    Step::Input(input) => {
                        chosen.input = input;
                        encoder.set_buffer(&self.inputs[input], 0, 0);
                    }
                    Step::Dispatch { pause } => {
                        encoder.set_buffer(outputs.next().expect("an output for each dispatch"), 0, 2);
                        if pause {
                            sleep(PAUSE);
                        }
                        gpu.first.dispatch(encoder);
                    }
                    Step::Pause => sleep(PAUSE),
                    Step::Fetch => {
                        current = stream.current();
                        self.bind(gpu, &current, chosen);
                    }
                    Step::End => {
                        current = end(stream, switching)?;
                        ends += 1;
                        self.bind(gpu, &current, chosen);
                    }
                }
                Ok(())
            })?;
        }
        Ok(ends)
    }

    fn bind(&self, gpu: &Gpu, current: &Current, chosen: Chosen) {
        let encoder = &current.encoder;
        layer(gpu, chosen.kernel).select(encoder);
        layer(gpu, chosen.weights).bind_weights(encoder);
        encoder.set_buffer(&self.inputs[chosen.input], 0, 0);
        gpu.first.bind_shape(encoder);
    }

    /// The outputs as bits; and as they were for the next run.
    fn take(&self, gpu: &Gpu) -> Vec<Vec<u32>> {
        let blank = crate::gpu::blank(&gpu.first);
        let bits = |output: &Buffer| output.read_f32().into_iter().map(f32::to_bits).collect();
        let taken = self.outputs.iter().map(bits).collect();
        self.outputs.iter().for_each(|output| output.write(&blank));
        taken
    }
}

fn layer(gpu: &Gpu, number: usize) -> &crate::gpu::Layer {
    if number == 0 { &gpu.first } else { &gpu.second }
}

/// One thread at a time switches the stream. The end that follows races with all other threads' calls.
fn end(stream: &Stream<'_>, switching: &Mutex<()>) -> Result<Current, Failure> {
    let old = {
        let _turn = switching.lock();
        stream.switch()?
    };
    old.encoder.end_encoding();
    old.commit();
    Ok(stream.current())
}

/// Runs the programs, in this process: with a driver that has no protection they may crash it.
///
/// # Errors
/// Why it could not begin, or what Metal refused on the way.
pub fn programs(config: &ProgramsConfig) -> Result<ProgramsOutcome, Failure> {
    let device = Device::system_default().map_err(Failure::NoMetal)?;
    let outcome = autorelease_pool(|| run(device, config))?;
    Ok(ProgramsOutcome { statistics: statistics()?, ..outcome })
}

fn run(device: Device, config: &ProgramsConfig) -> Result<ProgramsOutcome, Failure> {
    let gpu = Gpu::new(device, MODEL, 1, config.seed)?;
    let programs = (0..config.threads)
        .map(|thread| ThreadProgram::new(&gpu, thread, config))
        .collect::<Result<Vec<_>, _>>()?;

    for program in &programs {
        let stream = Stream::new(&gpu.queue)?;
        program.run(&gpu, &stream, &Mutex::new(()))?;
        stream.finish();
    }
    let expected: Vec<_> = programs.iter().map(|program| program.take(&gpu)).collect();

    let (stream, switching) = (Stream::new(&gpu.queue)?, Mutex::new(()));
    let task = |(thread, program)| together(thread, program, &gpu, &stream, &switching);
    let results = team::run(programs.iter().enumerate().map(task).collect());
    stream.finish();
    let ends = results?.0.into_iter().sum::<Result<u64, _>>()?;

    let found = programs.iter().map(|program| program.take(&gpu));
    let pairs = expected.iter().flatten().zip(found.flatten().collect::<Vec<_>>());
    let mut outcome = ProgramsOutcome { ends, ..ProgramsOutcome::default() };
    for (expected, found) in pairs {
        outcome.dispatches += 1;
        let untouched = found.iter().all(|&bits| bits == crate::expected::SENTINEL.to_bits());
        outcome.lost += u64::from(*expected != found && untouched);
        outcome.wrong += u64::from(*expected != found && !untouched);
    }
    Ok(outcome)
}

fn together<'a>(
    thread: usize,
    program: &'a ThreadProgram,
    gpu: &'a Gpu,
    stream: &'a Stream<'_>,
    switching: &'a Mutex<()>,
) -> Task<'a, Result<u64, Failure>> {
    Task::new(format!("program-{thread}"), move || program.run(gpu, stream, switching))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_comes_up_and_repeats_by_seed() {
        let steps = |seed| {
            let mut random = random(seed, STEPS);
            (0..400).map(|_| Step::random(&mut random)).collect::<Vec<_>>()
        };
        assert_eq!(steps(1), steps(1));
        assert_ne!(steps(1), steps(2));
        for step in [Step::Kernel(0), Step::Weights(1), Step::Input(1), Step::Pause, Step::Fetch, Step::End] {
            assert!(steps(1).contains(&step), "{step:?}");
        }
        assert!(steps(1).contains(&Step::Dispatch { pause: true }));
    }
}
