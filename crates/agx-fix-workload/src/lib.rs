//! A Metal client: the workload that the stress test, the benchmark and the tests run. The same source runs on a
//! Mac's Metal and on the simulator.

mod config;
mod outcome;

pub use config::{Config, Model, Scenario};
pub use outcome::{Failure, Outcome};
