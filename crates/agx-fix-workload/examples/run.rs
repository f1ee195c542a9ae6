//! Runs the workload once: `run SCENARIO THREADS OPS SEED`. Prints the outcome as JSON.

use agx_fix_terms::Named as _;
use agx_fix_workload::{Batching, Config, Model, Scenario, run};
use std::process::ExitCode;

fn config() -> Option<Config> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [scenario, threads, ops, seed] = arguments.as_slice() else { return None };
    Some(Config {
        scenario: Scenario::by_name(scenario)?,
        threads: threads.parse().ok()?,
        ops: ops.parse().ok()?,
        seed: seed.parse().ok()?,
        model: Model::SMALL,
        batching: Batching::PAPER,
    })
}

fn main() -> ExitCode {
    let Some(config) = config() else {
        eprintln!("usage: run own-encoder|shared-encoder|torn-encoder THREADS OPS SEED");
        return ExitCode::from(2);
    };
    match run(&config) {
        Ok(outcome) => {
            println!("{}", serde_json::to_string(&outcome).unwrap_or_default());
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
