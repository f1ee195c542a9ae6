//! Runs the workload once: `run SCENARIO THREADS OPS SEED [report]`. Prints the outcome as JSON.

use agx_fix_workload::{Batching, Config, Model, run};
use std::process::ExitCode;

const USAGE: &str = "usage: run own-encoder|shared-encoder THREADS OPS SEED [report]";

fn config() -> Option<Config> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (scenario, numbers, model) = match arguments.as_slice() {
        [scenario, numbers @ ..] if numbers.len() == 3 => (scenario, numbers, Model::SMALL),
        [scenario, numbers @ .., last] if numbers.len() == 3 && last == "report" => {
            (scenario, numbers, Model::PAPER)
        }
        _ => return None,
    };
    Some(Config {
        scenario: scenario.parse().ok()?,
        threads: numbers[0].parse().ok()?,
        ops: numbers[1].parse().ok()?,
        seed: numbers[2].parse().ok()?,
        model,
        batching: Batching::PAPER,
    })
}

fn main() -> ExitCode {
    let Some(config) = config() else {
        eprintln!("{USAGE}");
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
