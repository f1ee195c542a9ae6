//! What to run.

use agx_fix_terms::named_by_inherent;
use serde::{Deserialize, Serialize};

/// Which threads use which encoders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// The paper's workload: each operation is a two-layer perceptron in two encoders of its own.
    #[default]
    OwnEncoder,
    /// All threads encode into one encoder, each bind-to-dispatch sequence under the application's own lock, while
    /// another thread ends the encoder without that lock, commits and opens the next.
    SharedEncoder,
    /// The same without the application's lock: threads bind and dispatch on one encoder in between each other's calls.
    TornEncoder,
}

impl Scenario {
    /// All scenarios, in the order of tables.
    pub const ALL: [Self; 3] = [Self::OwnEncoder, Self::SharedEncoder, Self::TornEncoder];

    /// The name in options, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnEncoder => "own-encoder",
            Self::SharedEncoder => "shared-encoder",
            Self::TornEncoder => "torn-encoder",
        }
    }

    /// Whether an unprotected driver is meant to fail here.
    pub const fn breaks_unguarded(self) -> bool {
        matches!(self, Self::SharedEncoder | Self::TornEncoder)
    }

    /// Whether a lock around each call is not enough for right numbers.
    pub const fn tears_sequences(self) -> bool {
        matches!(self, Self::TornEncoder)
    }
}

named_by_inherent!(Scenario);

/// The shape of the perceptron `input -> hidden -> ReLU -> input`, and the rows computed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Inputs, and outputs.
    pub input: usize,
    /// Hidden units.
    pub hidden: usize,
    /// Rows in a batch.
    pub batch: usize,
}

impl Model {
    /// The paper's: 512 -> 1024 -> ReLU -> 512, batch 32.
    pub const PAPER: Self = Self { input: 512, hidden: 1024, batch: 32 };
    /// The default: a run of all presets ends within a minute on 2 cores.
    pub const SMALL: Self = Self { input: 32, hidden: 64, batch: 4 };
}

/// How `own-encoder` spreads its dispatches, two an operation, over encoders, command buffers and queues. The other scenarios
/// ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batching {
    /// Dispatches in an encoder; at least 1.
    pub dispatches: usize,
    /// Encoders in a command buffer; at least 1. Together with `dispatches` an even number, so that a command buffer has
    /// whole operations.
    pub encoders: usize,
    /// Command queues, which the threads share evenly; at least 1.
    pub queues: usize,
}

impl Batching {
    /// The paper's: an operation has a command buffer of its own, with an encoder for each of its two dispatches.
    pub const PAPER: Self = Self { dispatches: 1, encoders: 2, queues: 1 };

    /// Operations in a command buffer. `None` if that is no whole number above 0.
    pub const fn operations(&self) -> Option<usize> {
        let dispatches = self.dispatches.saturating_mul(self.encoders);
        if dispatches > 0 && dispatches.is_multiple_of(2) { Some(dispatches / 2) } else { None }
    }

    /// Encoders that so many operations of one thread take.
    pub const fn encoders_for(&self, operations: usize) -> usize {
        let Some(whole) = self.operations() else { return 0 };
        let rest = operations % whole;
        operations / whole * self.encoders + (2 * rest).div_ceil(self.dispatches)
    }
}

/// One run of the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Which threads use which encoders.
    pub scenario: Scenario,
    /// Threads that encode; at least 1.
    pub threads: usize,
    /// Operations of each thread; at least 1.
    pub ops: usize,
    /// Seed of weights and inputs.
    pub seed: u64,
    /// The perceptron.
    pub model: Model,
    /// How operations are spread.
    pub batching: Batching,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EncoderKind, Program};
    use agx_fix_terms::Named;

    fn check_names<T: Named + Serialize>() {
        for value in T::ALL {
            assert!(T::by_name(value.name()) == Some(*value), "{}", value.name());
            assert_eq!(serde_json::to_value(value).unwrap(), value.name());
        }
    }

    #[test]
    fn names_go_round_and_json_uses_them() {
        check_names::<Scenario>();
        check_names::<Program>();
        check_names::<EncoderKind>();
    }

    #[test]
    fn encoders_are_counted_to_the_last_part_of_a_buffer() {
        assert_eq!((Batching::PAPER.operations(), Batching::PAPER.encoders_for(50)), (Some(1), 100));
        let eight = Batching { dispatches: 4, encoders: 4, queues: 1 };
        assert_eq!((eight.operations(), eight.encoders_for(16)), (Some(8), 8));
        assert_eq!(eight.encoders_for(17), 9, "two dispatches, in one encoder");
        assert_eq!(eight.encoders_for(19), 10, "six dispatches, in two");
        for odd in
            [Batching { dispatches: 3, ..Batching::PAPER }, Batching { encoders: 0, ..Batching::PAPER }]
        {
            assert_eq!(odd.operations().is_some(), odd.encoders == 2);
        }
        assert_eq!(Batching { dispatches: 3, encoders: 1, queues: 1 }.operations(), None);
    }
}
