//! What to run.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How threads and encoders meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// The report's workload: each operation is a two-layer perceptron in two encoders that nobody else uses.
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

impl FromStr for Scenario {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|scenario| scenario.name() == name)
            .ok_or_else(|| "it takes own-encoder, shared-encoder or torn-encoder".to_owned())
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The shape of the perceptron `input -> hidden -> ReLU -> input`, and the rows computed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Inputs, and outputs.
    pub input: usize,
    /// Hidden units.
    pub hidden: usize,
    /// Rows in a batch.
    pub batch: usize,
}

impl Model {
    /// The report's: 512 -> 1024 -> ReLU -> 512, batch 32.
    pub const REPORT: Self = Self { input: 512, hidden: 1024, batch: 32 };
    /// The default: a run of all strategies ends within a minute on 2 cores.
    pub const SMALL: Self = Self { input: 32, hidden: 64, batch: 4 };
}

/// One run of the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// How threads and encoders meet.
    pub scenario: Scenario,
    /// Threads that encode; at least 1.
    pub threads: usize,
    /// Operations of each thread; at least 1.
    pub ops: usize,
    /// Seed of weights and inputs.
    pub seed: u64,
    /// The perceptron.
    pub model: Model,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_round_and_json_uses_them() {
        for scenario in Scenario::ALL {
            assert_eq!(scenario.name().parse(), Ok(scenario));
            assert_eq!(scenario.to_string(), scenario.name());
            assert_eq!(serde_json::to_string(&scenario).unwrap(), format!("\"{}\"", scenario.name()));
        }
    }

    #[test]
    fn an_unknown_scenario_is_told_the_names() {
        let error = "own encoder".parse::<Scenario>().unwrap_err();
        assert!(Scenario::ALL.iter().all(|scenario| error.contains(scenario.name())), "{error}");
    }
}
