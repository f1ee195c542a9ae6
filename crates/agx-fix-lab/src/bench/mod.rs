//! `agx-fix-lab bench`: throughput and contention without a guard and with every preset, side by side in one run.
//!
//! - `args`: the options; `runs`: every run in a process of its own, interleaved and checked; `sweep`: other shapes than the paper's.
//!
//! What the samples come to, for people too, is `agx_fix_engine::bench`; the file is its `file`.

mod args;
mod runs;
mod sweep;

pub(crate) use args::Args;

use crate::calls;
use agx_fix_engine::bench::file::{Bench, SCHEMA};
use agx_fix_engine::bench::model::fitted;
use agx_fix_engine::bench::{interval, render, tables as made};
use agx_fix_engine::error::Result;
use agx_fix_engine::output::Files;
use agx_fix_engine::provenance::{self, Driver};
use agx_fix_engine::run::{Stop, Workbench};
use agx_fix_engine::session::stopped;
use runs::Runner;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

/// What writes the generated part of docs/results.md.
const COMMAND: &str = "agx-fix-lab bench --markdown";

/// Runs everything and reports.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let files = Files::check(args.json.as_deref(), args.markdown.as_deref().map(|path| (path, COMMAND)))?;
    let workbench = Workbench::set_up()?;
    let mut bench = blank(args);
    let started = Instant::now();
    let limit = Duration::from_secs(bench.options.limit_seconds.into());
    let runner = Runner { workbench: &workbench, gpu: bench.gpu, limit };
    measure(&runner, args, &mut bench).map_err(stopped)?;
    if args.calls {
        let calls = calls::for_bench(&workbench, bench.options.iterations);
        bench.calls = Some(calls.map_err(stopped)?);
    }
    bench.seconds = started.elapsed().as_secs_f64();
    files.write(&bench, || render::markdown(&bench), &render::render(&bench))?;
    Ok(ExitCode::SUCCESS)
}

/// The result before the first run.
fn blank(args: &Args) -> Bench {
    let options = args.options();
    Bench {
        schema: SCHEMA.to_owned(),
        provenance: provenance::here(),
        time: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        seconds: 0.0,
        load: provenance::load(),
        gpu: (provenance::driver() == Driver::Simulated).then(|| fitted(&options.shape)),
        method: interval::method(args.resamples, options.seed),
        options,
        samples: Vec::new(),
        throughput: Vec::new(),
        contention: Vec::new(),
        sweep: None,
        calls: None,
    }
}

fn measure(runner: &Runner<'_>, args: &Args, bench: &mut Bench) -> std::result::Result<(), Stop> {
    let (tables, sweep) = args.parts();
    if tables {
        let contenders = args.contenders();
        let names: Vec<&str> = contenders.iter().map(|it| it.name()).collect();
        bench.samples = runs::samples(runner, &bench.options, &contenders)?;
        bench.throughput = made::throughput(&bench.samples, &names, &bench.options, &bench.method);
        bench.contention = made::contention(&bench.samples, &names, &bench.options);
    }
    if sweep {
        bench.sweep = Some(sweep::run(runner, args, bench)?);
    }
    Ok(())
}
