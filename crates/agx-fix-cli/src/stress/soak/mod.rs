//! `agx-fix stress --soak`: random interleavings of all misuses, in one process, for as long as wanted.
//!
//! With a strategy that guards, nothing of all this together is to break the driver. With one that does not, it must:
//! that is the baseline, in a run of its own, as it ends with its first crash.

pub(crate) mod child;
mod verdict;

use super::args::Args;
use crate::contender::Contender;
use crate::destination::Destination;
use crate::error::{Error, Result};
use crate::machine::{self, COMMIT, VERSION};
use crate::output;
use crate::run_one::{Run, Stop, Workbench, finish, judge};
use crate::session::{set_up, stopped};
use crate::supervise::Interrupt;
use agx_fix_interface::findings::{ClassOfFinding, OutcomeOfFinding};
use agx_fix_interface::options::Strategy;
use agx_fix_interface::provenance::{Driver, Machine};
use agx_fix_workload::{EncoderKind, KindOutcome, SoakConfig, SoakOutcome};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

/// Unless told otherwise.
const THREADS: u32 = 16;
/// After its time a soak completes what is in flight; one that takes longer than this hangs.
const AFTERWARDS: Duration = Duration::from_secs(60);
const TAKES_ALL: &str = "a string takes everything";

/// The result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    version: &'static str,
    commit: &'static str,
    driver: Driver,
    machine: Machine,
    command: Vec<String>,
    config: SoakConfig,
    strategy: Contender,
    /// How it broke, in one sentence; absent where the process came to its end.
    broke: Option<String>,
    /// Absent where the process did not come to its end.
    outcome: Option<SoakOutcome>,
    /// What is wrong; empty for a pass.
    faults: Vec<String>,
}

/// Soaks and returns 0 only if nothing was wrong.
pub(super) fn run(args: &Args, seconds: u32, destination: Option<&Destination>) -> Result<ExitCode> {
    let strategy = strategy(args)?;
    let (workbench, interrupt) = set_up()?;
    let threads = args.threads.unwrap_or(THREADS) as usize;
    let kinds = if args.kind.is_empty() { EncoderKind::ALL.to_vec() } else { args.kind.clone() };
    let config = SoakConfig { threads, seconds: seconds.into(), seed: args.seed, kinds };
    // Before it begins: a soak that is stopped from outside can be repeated too.
    output::print(&format!("to repeat: {}\n", repeat(&config, strategy)))?;
    let run = run_in_child(&workbench, &config, strategy, &interrupt).map_err(stopped)?;
    let broke = verdict::broke(&run);
    let faults = verdict::faults(&run, &config.kinds, strategy);
    let outcome = if let Run::Finished(outcome) = run { Some(*outcome) } else { None };
    let report = Report {
        schema: "agx-fix-soak/1",
        version: VERSION,
        commit: COMMIT,
        driver: machine::driver(),
        machine: machine::this(),
        command: machine::command(),
        config,
        strategy,
        broke,
        outcome,
        faults,
    };
    if let Some(destination) = destination {
        destination.write(&report)?;
    }
    output::print(&render(&report))?;
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn strategy(args: &Args) -> Result<Contender> {
    match args.strategy.as_slice() {
        [] => Ok(Contender::Guarded(Strategy::default())),
        [one] if one.excludes() || one.is_baseline() => Ok(*one),
        _ => Err(Error::new(
            "--soak takes one strategy: one that guards, which is to survive it, or unguarded or none, which is not",
        )),
    }
}

fn repeat(config: &SoakConfig, strategy: Contender) -> String {
    let SoakConfig { threads, seconds, seed, kinds } = config;
    let mut text =
        format!("agx-fix stress --soak {seconds} --threads {threads} --seed {seed} --strategy {strategy}");
    for kind in kinds.iter().filter(|_| kinds[..] != EncoderKind::ALL) {
        write!(text, " --kind {kind}").expect(TAKES_ALL);
    }
    text
}

fn run_in_child(
    workbench: &Workbench,
    config: &SoakConfig,
    strategy: Contender,
    interrupt: &Interrupt,
) -> std::result::Result<Run<SoakOutcome>, Stop> {
    let mut command = workbench.command(strategy);
    child::arguments(&mut command, config);
    let limit = Duration::from_secs(config.seconds) + AFTERWARDS;
    judge(&finish(&mut command, limit, interrupt)?, strategy)
}

fn render(report: &Report) -> String {
    let mut text = format!(
        "agx-fix stress --soak on {}\nmachine: {}\nbuild:   agx-fix {}, commit {}\n",
        report.driver, report.machine, report.version, report.commit
    );
    if let Some(outcome) = &report.outcome {
        text.push_str(&counts(outcome));
    }
    if let Some(broke) = &report.broke {
        writeln!(text, "\n{}: {broke}", report.strategy).expect(TAKES_ALL);
    }
    writeln!(text, "\nverdict: {}", if report.faults.is_empty() { "PASSED" } else { "FAILED" })
        .expect(TAKES_ALL);
    for fault in &report.faults {
        writeln!(text, "  {fault}").expect(TAKES_ALL);
    }
    text
}

fn counts(outcome: &SoakOutcome) -> String {
    let mut text = String::from("\nkinds of encoder\n");
    for KindOutcome { kind, encoders, calls, late_calls } in &outcome.kinds {
        writeln!(text, "  {kind:<17} {encoders:>10} encoders {calls:>12} calls {late_calls:>10} late")
            .expect(TAKES_ALL);
    }
    text.push_str("what was done\n");
    for (action, count) in &outcome.actions {
        writeln!(text, "  {count:>12} x {action}").expect(TAKES_ALL);
    }
    let SoakOutcome { operations, lost, wrong, refused, .. } = outcome;
    let (late, rescued) =
        outcome.statistics.as_ref().map_or((0, 0), |it| (it.late_dispatches, it.rescued_dispatches));
    writeln!(
        text,
        "operations: {operations} checked, {lost} lost ({late} dispatches came late, {rescued} of them rescued), {wrong} wrong; \
         {refused} encoders refused after a commit or end"
    )
    .expect(TAKES_ALL);
    if let Some(done) = outcome.works_done {
        let works = outcome.works;
        writeln!(text, "other work: {works} calls, {done} came to the GPU").expect(TAKES_ALL);
    }
    if let (Some(early), Some(late)) = (outcome.memory_early, outcome.memory_late) {
        writeln!(text, "memory:     {early} KiB after a tenth of the time, {late} KiB at the end")
            .expect(TAKES_ALL);
    }
    text.push_str("findings\n");
    for ((class, made_of_it), (count, different)) in findings(outcome) {
        writeln!(text, "  {count:>12} x {class} ({made_of_it}), {different} different").expect(TAKES_ALL);
    }
    text
}

/// How often findings of a class and outcome came, and by how many different pairs of calls.
fn findings(outcome: &SoakOutcome) -> BTreeMap<(ClassOfFinding, OutcomeOfFinding), (u64, u64)> {
    let mut all = BTreeMap::new();
    for finding in outcome.findings.iter().flat_map(|it| &it.findings) {
        let (count, different) = all.entry((finding.class, finding.outcome)).or_default();
        *count += finding.count;
        *different += 1;
    }
    all
}
