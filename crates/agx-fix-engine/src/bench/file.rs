//! The file of `agx-fix-lab bench --json`: every sample of every run, and the tables made of them. docs/json.md describes it.

use super::interval::{Method, Ratio, Spread};
use crate::call_cost::CallCost;
use crate::provenance::Provenance;
use agx_fix_interface::document::{self, Flaw};
use agx_fix_interface::waits::Waits;
use agx_fix_workload::{Batching, Model};
use serde::{Deserialize, Serialize};

/// The version of the layout below; a reader refuses any other.
pub const SCHEMA: &str = "agx-fix-bench/2";

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bench {
    /// [`SCHEMA`].
    pub schema: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// When it began: RFC 3339, UTC, to the second.
    pub time: String,
    /// What everything took together, in seconds.
    pub seconds: f64,
    /// The system's average load in the minute before; `null` where it does not say. Above 0 others were at work.
    pub load: Option<f64>,
    /// The model of the GPU that the simulated driver followed; `null` on a real one.
    pub gpu: Option<GpuModel>,
    /// How much was run.
    pub options: Options,
    /// How intervals were made.
    pub method: Method,
    /// Every run of the throughput table, in the order of running.
    pub samples: Vec<Sample>,
    /// Throughput by threads and contender.
    pub throughput: Vec<Throughput>,
    /// What the library counted, by contender, at [`Options::counted_threads`] threads.
    pub contention: Vec<Contention>,
    /// The sweep, where one was asked for.
    pub sweep: Option<Sweep>,
    /// What calls cost, where that was asked for.
    pub calls: Option<Vec<CallCost>>,
}

/// The constants of the modelled GPU. A command buffer takes the latency, which passes beside others'; then its queue's time
/// for the buffer, its encoders and dispatches, one buffer after the other; then the device's for its arithmetic, one
/// buffer after the other over all queues.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpuModel {
    /// From the commit to the queue's work on it, in microseconds.
    pub latency_us: f64,
    /// A queue's time for a command buffer, beside what is in it, in microseconds.
    pub buffer_us: f64,
    /// A queue's time for an encoder, in microseconds.
    pub encoder_us: f64,
    /// A queue's time for a dispatch, in microseconds.
    pub dispatch_us: f64,
    /// The device's time for a floating-point operation, in picoseconds.
    pub flop_ps: f64,
}

/// How much was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Rounds: each contender ran once in each, at each number of threads.
    pub iterations: u32,
    /// Threads that encoded.
    pub threads: Vec<usize>,
    /// Operations of each thread in a run.
    pub ops: usize,
    /// The number of threads whose runs the contention table is made of.
    pub counted_threads: usize,
    /// What an operation is, and how operations were parted.
    pub shape: Shape,
    /// Seed of the first round's numbers; each further round adds 1.
    pub seed: u64,
    /// The time limit of one run, in seconds.
    pub limit_seconds: u32,
}

/// What an operation is (a perceptron `input -> hidden -> ReLU -> input`, a dispatch a layer), and how operations are parted
/// among encoders, command buffers and queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Inputs, and outputs.
    pub input: usize,
    /// Hidden units.
    pub hidden: usize,
    /// Rows computed at once.
    pub batch: usize,
    /// Dispatches in an encoder.
    pub dispatches: usize,
    /// Encoders in a command buffer.
    pub encoders: usize,
    /// Command queues, which the threads share.
    pub queues: usize,
}

impl Shape {
    /// The paper's.
    pub const PAPER: Self = Self::of(Model::PAPER, Batching::PAPER);
    /// A smaller perceptron, parted like the paper's.
    pub const SMALL: Self = Self::of(Model::SMALL, Batching::PAPER);

    const fn of(model: Model, batching: Batching) -> Self {
        let Model { input, hidden, batch } = model;
        let Batching { dispatches, encoders, queues } = batching;
        Self { input, hidden, batch, dispatches, encoders, queues }
    }

    /// Floating-point operations of one operation: a multiplication and an addition for each weight and row.
    pub const fn flops(&self) -> u64 {
        4 * self.batch as u64 * self.input as u64 * self.hidden as u64
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// What was compared: `unguarded`, or a preset's name.
    pub contender: String,
    /// The round, from 0 on. Runs of one round are a pair.
    pub round: u32,
    /// Threads that encoded.
    pub threads: usize,
    /// Seed of the run's numbers.
    pub seed: u64,
    /// Operations, all checked and right.
    pub operations: u64,
    /// Encoders that the driver handed out.
    pub encoders: u64,
    /// From the first encoder to the last completed buffer.
    pub seconds: f64,
    /// What the library counted; `null` without it.
    pub counts: Option<Counts>,
}

impl Sample {
    /// Operations in a second.
    pub fn throughput(&self) -> f64 {
        self.operations as f64 / self.seconds
    }
}

/// What the library counted in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Calls that took a lock.
    pub acquisitions: u64,
    /// Acquisitions that had to wait.
    pub contentions: u64,
    /// Mutexes made.
    pub mutex_creations: u64,
    /// How long the contended acquisitions waited.
    pub waits: Waits,
}

/// Throughput of one contender at one number of threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throughput {
    /// As in [`Sample`].
    pub contender: String,
    /// Threads that encoded.
    pub threads: usize,
    /// Operations in a second, over the rounds.
    pub ops_per_second: Spread,
    /// To `unguarded`; `null` for itself.
    pub ratio: Option<Ratio>,
}

/// What the library counted for one contender, over the rounds; each figure is of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contention {
    /// As in [`Sample`].
    pub contender: String,
    /// Threads that encoded.
    pub threads: usize,
    /// Operations of a run.
    pub operations: u64,
    /// Calls that took a lock.
    pub acquisitions: Spread,
    /// Acquisitions that had to wait.
    pub contentions: Spread,
    /// Contentions of all rounds as a share of their acquisitions, 0 to 1.
    pub rate: f64,
    /// Mutexes made.
    pub mutex_creations: Spread,
    /// How long the contended acquisitions of all rounds waited.
    pub waits: Waits,
}

/// A sweep over the shapes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// As in [`Sample`].
    pub contender: String,
    /// Threads that encoded.
    pub threads: usize,
    /// Rounds: each shape ran once in each.
    pub rounds: u32,
    /// Every shape, the first one the paper's.
    pub steps: Vec<Step>,
    /// The place in `steps` of the shape with the most work in a second.
    pub best: usize,
}

/// One shape of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What was varied.
    pub varied: String,
    /// The shape.
    pub shape: Shape,
    /// Work in a second, a sample a round: floating-point operations over those of one operation of the first shape.
    pub samples: Vec<f64>,
    /// The samples in short.
    pub work: Spread,
    /// To the first shape.
    pub factor: Ratio,
    /// What the model of the GPU says it can be at most; `null` on a real GPU.
    pub predicted: Option<f64>,
    /// The mean as a share of what the modelled GPU computes if it does nothing else, 0 to 1; `null` on a real GPU.
    pub share_of_maximum: Option<f64>,
}

impl Bench {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with the text, and in which line: not JSON, cut off, another schema, missing or foreign fields.
    pub fn from_json(text: &str) -> Result<Self, Flaw> {
        document::read(text, SCHEMA)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::fixture::whole;
    use agx_fix_interface::document::field_names;

    #[test]
    fn json_goes_round_and_every_field_is_documented() {
        let json = serde_json::to_string_pretty(&whole()).unwrap();
        assert_eq!(Bench::from_json(&json), Ok(whole()));
        let page = include_str!("../../../../docs/json.md");
        for name in field_names(&whole()) {
            assert!(page.contains(&format!("`{name}`")), "docs/json.md says nothing of {name}");
        }
    }
}
