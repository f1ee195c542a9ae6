//! `agx-fix-lab soak`: random interleavings of all misuses, in one process, for as long as wanted.
//!
//! With a strategy that guards, nothing of all this together is to break the driver. With one that does not, it must:
//! that is the baseline, in a run of its own, as it ends with its first crash. `verdict` says what is wrong.

mod verdict;

use agx_fix_engine::child;
use agx_fix_engine::contender::Contender;
use agx_fix_engine::error::{Error, Result};
use agx_fix_engine::output::{self, Files};
use agx_fix_engine::provenance::Provenance;
use agx_fix_engine::provenance::{self, heading};
use agx_fix_engine::run::{Run, Workbench};
use agx_fix_engine::session::stopped;
use agx_fix_engine::verdict::{exit_code, line};
use agx_fix_interface::findings::{ClassOfFinding, OutcomeOfFinding};
use agx_fix_interface::options::Strategy;
use agx_fix_interface::statistics::Statistics;
use agx_fix_workload::{EncoderKind, Failure, KindOutcome, SoakConfig, SoakOutcome};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Runs random interleavings of all misuses for so long, in one process
///
/// With a strategy that guards it is to survive, with `unguarded` or `none` it is not: else the exit code is 1.
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
    #[arg(long, value_name = "STRATEGY", value_parser = Contender::parser())]
    strategy: Option<Contender>,
    /// Only encoders of this kind; may be repeated
    #[arg(long, value_name = "KIND", value_parser = kind_parser())]
    kind: Vec<EncoderKind>,
    /// Write the result as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn kind_parser() -> impl TypedValueParser<Value = EncoderKind> {
    PossibleValuesParser::new(EncoderKind::ALL.map(EncoderKind::name))
        .try_map(|name| name.parse::<EncoderKind>())
}

/// The soak, in a process of its own.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Job(SoakConfig);

impl child::Job for Job {
    const COMMAND: &'static str = "run-soak";
    type Outcome = SoakOutcome;

    fn perform(&self) -> std::result::Result<SoakOutcome, Failure> {
        agx_fix_workload::soak(&self.0)
    }

    fn statistics(outcome: &SoakOutcome) -> Option<&Statistics> {
        outcome.statistics.as_ref()
    }
}

/// After its time a soak completes what is in flight; one that takes longer than this hangs.
const AFTERWARDS: Duration = Duration::from_secs(60);
const TAKES_ALL: &str = "a string takes everything";

/// The result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    #[serde(flatten)]
    provenance: Provenance,
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
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let strategy = args.strategy.unwrap_or(Contender::Guarded(Strategy::default()));
    if !strategy.excludes() && !strategy.is_baseline() {
        return Err(Error::new(format!(
            "{strategy} is not meant to survive a soak nor to break in it, so there would be no verdict; give --strategy one \
             that guards, or unguarded or none"
        )));
    }
    let files = Files::check(args.json.as_deref(), None)?;
    let workbench = Workbench::set_up()?;
    let kinds = if args.kind.is_empty() { EncoderKind::ALL.to_vec() } else { args.kind.clone() };
    let (threads, seconds) = (args.threads as usize, args.seconds.into());
    let job = Job(SoakConfig { threads, seconds, seed: args.seed, kinds });
    // Before it begins: a soak that is stopped from outside can be repeated too.
    output::print(&format!("to repeat: {}\n", repeat(&job.0, strategy)))?;
    let limit = Duration::from_secs(seconds) + AFTERWARDS;
    let run = workbench.run(&job, strategy, limit).map_err(stopped)?;
    let report = Report {
        schema: "agx-fix-soak/1",
        provenance: provenance::here(),
        broke: verdict::broke(&run),
        faults: verdict::faults(&run, &job.0.kinds, strategy),
        outcome: if let Run::Finished(outcome) = run { Some(*outcome) } else { None },
        config: job.0,
        strategy,
    };
    files.write(&report, String::new, &render(&report))?;
    Ok(exit_code(report.faults.is_empty()))
}

fn repeat(config: &SoakConfig, strategy: Contender) -> String {
    let SoakConfig { threads, seconds, seed, kinds } = config;
    let mut text =
        format!("agx-fix-lab soak {seconds} --threads {threads} --seed {seed} --strategy {strategy}");
    for kind in kinds.iter().filter(|_| kinds[..] != EncoderKind::ALL) {
        write!(text, " --kind {kind}").expect(TAKES_ALL);
    }
    text
}

fn render(report: &Report) -> String {
    let mut text = heading("agx-fix-lab soak", &report.provenance, &[]);
    if let Some(outcome) = &report.outcome {
        text.push_str(&counts(outcome));
    }
    if let Some(broke) = &report.broke {
        writeln!(text, "\n{}: {broke}", report.strategy).expect(TAKES_ALL);
    }
    write!(text, "\n{}", line(report.faults.is_empty())).expect(TAKES_ALL);
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
