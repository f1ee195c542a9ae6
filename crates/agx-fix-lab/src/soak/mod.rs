//! `agx-fix-lab soak`: random interleavings of all misuses, in one process, for as long as wanted.
//!
//! With a preset that guards, the driver must survive. With one that does not, it must not: that is the baseline, in a run of
//! its own, which ends with its first crash. `verdict` says what is wrong.

mod verdict;

use crate::trial::Trial;
use agx_fix_engine::contender::{Contender, named};
use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::grid::Grid;
use agx_fix_engine::output::{self, Files};
use agx_fix_engine::run::{Run, Workbench};
use agx_fix_engine::session::stopped;
use agx_fix_terms::{FindingClass, Outcome as FindingOutcome, Preset};
use agx_fix_workload::{EncoderKind, KindOutcome, SoakConfig, SoakOutcome};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Runs random interleavings of all misuses for so long, in one process
///
/// With a preset that guards the process must survive, and with `unguarded` or `none` it must not; else the exit code is 1.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// For how long
    #[arg(value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// Threads that misuse encoders
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: u32,
    /// Seed of the interleaving
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
    /// How encoders are guarded, or `unguarded` for no library at all [default: the library's]
    #[arg(long = "preset", alias = "strategy", value_name = "PRESET", value_parser = Contender::parser())]
    strategy: Option<Contender>,
    /// Only encoders of this kind; may be repeated
    #[arg(long, value_name = "KIND", value_parser = named::<EncoderKind>())]
    kind: Vec<EncoderKind>,
    /// Write the result as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// After its time a soak completes what is in flight. If that takes longer than this, it hangs.
const AFTERWARDS: Duration = Duration::from_secs(60);
const TAKES_ALL: &str = "a string takes everything";

/// What the soak came to.
#[derive(Serialize)]
struct Row {
    strategy: Contender,
    /// How it broke, in one sentence; absent where the process came to its end.
    broke: Option<String>,
    /// Absent where the process did not come to its end.
    outcome: Option<SoakOutcome>,
}

/// Soaks and returns 0 only if nothing was wrong.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let strategy = args.strategy.unwrap_or(Contender::Guarded(Preset::default()));
    if !strategy.excludes() && !strategy.is_baseline() {
        return Err(Error::new(format!(
            "{strategy} is not meant to survive a soak nor to break in it, so there would be no verdict; give --preset one \
             that guards, or unguarded or none"
        )));
    }
    let files = Files::check(args.json.as_deref(), None)?;
    let workbench = Workbench::set_up()?;
    let kinds = if args.kind.is_empty() { EncoderKind::ALL.to_vec() } else { args.kind.clone() };
    let (threads, seconds) = (args.threads as usize, args.seconds.into());
    let job = SoakConfig { threads, seconds, seed: args.seed, kinds };
    // Printed first, so that a soak that is stopped can be repeated.
    output::print(&format!("to repeat: {}\n", repeat(&job, strategy)))?;
    let started = Instant::now();
    let run = workbench.run(&job, strategy, Duration::from_secs(seconds) + AFTERWARDS).map_err(stopped)?;
    let verdict = verdict::of(&run, &job.kinds, strategy);
    let broke = verdict::broke(&run);
    let outcome = if let Run::Finished(outcome) = run { Some(*outcome) } else { None };
    let row = Row { strategy, broke, outcome };
    let text = render(&row);
    let runs = format!("one of {seconds} s, {threads} threads, seed {}", args.seed);
    let trial = Trial::new("soak", job, started.elapsed().as_secs_f64(), vec![row], verdict);
    files.write(&trial, String::new, &trial.text(&runs, &text))?;
    Ok(trial.verdict.exit_code())
}

fn repeat(config: &SoakConfig, strategy: Contender) -> String {
    let SoakConfig { threads, seconds, seed, kinds } = config;
    let mut text =
        format!("agx-fix-lab soak {seconds} --threads {threads} --seed {seed} --preset {strategy}");
    for kind in kinds.iter().filter(|_| kinds[..] != EncoderKind::ALL) {
        write!(text, " --kind {kind}").expect(TAKES_ALL);
    }
    text
}

fn render(row: &Row) -> String {
    let mut text = row.outcome.as_ref().map_or_else(String::new, counts);
    if let Some(broke) = &row.broke {
        writeln!(text, "{}: {broke}", row.strategy).expect(TAKES_ALL);
    }
    text
}

fn counts(outcome: &SoakOutcome) -> String {
    let mut kinds = Grid::new(["kind of encoder", "encoders", "calls", "late calls"]);
    for KindOutcome { kind, encoders, calls, late_calls } in &outcome.kinds {
        kinds.add_row([kind.to_string(), encoders.to_string(), calls.to_string(), late_calls.to_string()]);
    }
    let mut actions = Grid::new(["what was done", "how often"]);
    for (action, count) in &outcome.actions {
        actions.add_row([action.clone(), count.to_string()]);
    }
    let mut found = Grid::new(["finding", "outcome", "how often", "different"]).with_words(2);
    for ((class, made_of_it), (count, different)) in findings(outcome) {
        found.add_row([class.to_string(), made_of_it.to_string(), count.to_string(), different.to_string()]);
    }
    let mut text = format!("{kinds}\n\n{actions}\n\n");
    let SoakOutcome { operations, lost, wrong, refused, works, .. } = outcome;
    let statistics = outcome.statistics.as_ref();
    let (late, rescued) = statistics.map_or((0, 0), |it| (it.late_dispatches, it.rescued_dispatches));
    writeln!(
        text,
        "operations: {operations} checked, {lost} lost ({late} dispatches came late, {rescued} of them rescued), {wrong} wrong; \
         {refused} encoders refused after a commit or end"
    )
    .expect(TAKES_ALL);
    if let Some(done) = outcome.works_done {
        writeln!(text, "other work: {works} calls, {done} came to the GPU").expect(TAKES_ALL);
    }
    if let (Some(early), Some(late)) = (outcome.memory_early, outcome.memory_late) {
        writeln!(text, "memory:     {early} KiB after a tenth of the time, {late} KiB at the end")
            .expect(TAKES_ALL);
    }
    format!("{text}\n{found}\n")
}

/// How often findings of a class and outcome came, and by how many different pairs of calls.
fn findings(outcome: &SoakOutcome) -> BTreeMap<(FindingClass, FindingOutcome), (u64, u64)> {
    let mut all = BTreeMap::new();
    for finding in outcome.findings.iter().flat_map(|it| &it.findings) {
        let (count, different) = all.entry((finding.class, finding.outcome)).or_default();
        *count += finding.count;
        *different += 1;
    }
    all
}
