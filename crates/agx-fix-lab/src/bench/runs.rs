//! The runs: each in a process of its own, all contenders in turn, every result checked.

use super::args::config;
use agx_fix_engine::bench::file::{Counts, GpuModel, Options, Sample};
use agx_fix_engine::bench::model;
use agx_fix_engine::child::set_job;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::error::Error;
use agx_fix_engine::run::{Stop, Workbench, judge};
use agx_fix_engine::session::progress;
use agx_fix_workload::{Config, Outcome};
use std::time::Duration;

/// What runs are made of.
pub(super) struct Runner<'a> {
    pub(super) workbench: &'a Workbench,
    pub(super) gpu: Option<GpuModel>,
    pub(super) limit: Duration,
}

impl Runner<'_> {
    /// Makes one run. What is not right is an error, and no sample.
    pub(super) fn run(&self, contender: Contender, config: &Config) -> Result<Outcome, Stop> {
        let mut command = self.workbench.command(contender);
        // The paper counted a mutex for each encoder, so its driver gave no pointer a second time.
        command.env("AGX_SIM_COALESCE", "0");
        // Nothing else is to slow the simulator down than what the result says.
        command.env_remove("AGX_SIM_WIDEN_US").env_remove("AGX_SIM_SERVICE_US");
        if let Some(gpu) = &self.gpu {
            model::set(&mut command, gpu);
        }
        set_job(&mut command, config);
        let finished = self.workbench.finish(&mut command, self.limit)?;
        let run = judge::<Config>(&finished, contender)?;
        let outcome = run.finished(self.limit).map_err(|fault| self.failed(contender, config, &fault))?;
        fault(config, &outcome).map_or(Ok(outcome), |fault| Err(self.failed(contender, config, &fault)))
    }

    fn failed(&self, contender: Contender, config: &Config, fault: &str) -> Stop {
        let Config { threads, ops, seed, .. } = config;
        Stop::Error(Error::new(format!(
            "a run of {} ({threads} threads x {ops} operations, seed {seed}) {fault}; a measurement of wrong work \
             shows nothing, so there is no result",
            contender.name(),
        )))
    }
}

/// What is wrong with a run's work.
fn fault(config: &Config, outcome: &Outcome) -> Option<String> {
    let Outcome { operations, encoders, lost, wrong, seconds, .. } = *outcome;
    let wanted = (config.threads * config.batching.encoders_for(config.ops)) as u64;
    if lost > 0 || wrong > 0 {
        Some(format!("had {wrong} operations wrong and {lost} lost of {operations}"))
    } else if operations != (config.threads * config.ops) as u64 {
        Some(format!("made {operations} operations"))
    } else if encoders != wanted {
        Some(format!("was given {encoders} encoders and not {wanted}"))
    } else if seconds <= 0.0 {
        Some("took no time".to_owned())
    } else {
        None
    }
}

/// One run of each contender at each number of threads, round by round. A round begins with another contender than the one
/// before, so that none has the same predecessor all the time.
pub(super) fn samples(
    runner: &Runner<'_>,
    options: &Options,
    contenders: &[Contender],
) -> Result<Vec<Sample>, Stop> {
    let mut samples = Vec::new();
    let runs = options.iterations as usize * options.threads.len() * contenders.len();
    let progress = progress(runs as u64);
    for round in 0..options.iterations {
        for &threads in &options.threads {
            for turn in 0..contenders.len() {
                let contender = contenders[(turn + round as usize) % contenders.len()];
                progress.set_message(format!("{threads} threads, {}", contender.name()));
                let seed = options.seed.wrapping_add(round.into());
                let outcome = runner.run(contender, &config(&options.shape, threads, options.ops, seed))?;
                samples.push(sample(contender, round, threads, seed, &outcome));
                progress.inc(1);
            }
        }
    }
    progress.finish_and_clear();
    Ok(samples)
}

fn sample(contender: Contender, round: u32, threads: usize, seed: u64, outcome: &Outcome) -> Sample {
    Sample {
        contender: contender.name().to_owned(),
        round,
        threads,
        seed,
        operations: outcome.operations,
        encoders: outcome.encoders,
        seconds: outcome.seconds,
        counts: outcome.statistics.as_ref().map(|it| Counts {
            acquisitions: it.acquisitions,
            contentions: it.contentions,
            mutex_creations: it.mutex_creations,
            waits: it.waits.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use agx_fix_engine::bench::file::Shape;

    #[test]
    fn only_right_work_is_a_sample() {
        let config = config(&Shape::SMALL, 2, 3, 1);
        let good = Outcome { operations: 6, encoders: 12, seconds: 0.5, ..Outcome::default() };
        assert_eq!(fault(&config, &good), None);
        for bad in [
            Outcome { wrong: 1, ..good.clone() },
            Outcome { lost: 1, ..good.clone() },
            Outcome { operations: 5, ..good.clone() },
            Outcome { encoders: 11, ..good.clone() },
            Outcome { seconds: 0.0, ..good.clone() },
        ] {
            assert!(fault(&config, &bad).is_some(), "{bad:?}");
        }
    }
}
